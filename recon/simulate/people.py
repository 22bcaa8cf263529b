"""Whom to simulate: bodies, arches, tissue and walking speed, drawn from published statistics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Arch = Literal["normal", "low", "high"]

GRAVITY = 9.81

# Wang et al. 2026, mean and SD by sex: height cm, mass kg, foot length mm. The correlations
# within a sex are what makes the published pooled ones (0.83, 0.55, 0.50) come out.
MEN_SHARE = 24 / 35
BODIES = {
    "man": (np.array([177.8, 75.3, 261.2]), np.array([5.4, 13.5, 11.0])),
    "woman": (np.array([167.2, 59.5, 239.7]), np.array([7.2, 8.2, 5.3])),
}
WITHIN = np.array([[1.0, 0.27, 0.74], [0.27, 1.0, 0.29], [0.74, 0.29, 1.0]])
MASS_KG = (47.0, 103.0)  # the published range
LENGTH_MM = (225.0, 295.0)  # the published range, and some more for the untypical
SIDE_DIFFERENCE_MM = 2.6  # SD of left minus right foot length
ARCHES: dict[Arch, tuple[float, float]] = {  # share of feet, height of the vault in mm
    "normal": (44 / 70, 11.0),
    "low": (15 / 70, 7.0),
    "high": (11 / 70, 15.0),
}
WALK_RATIO = 0.0064  # step length over cadence, m min, of a person of 1.75 m (Sekiya et al. 1996)


@dataclass(frozen=True)
class Person:
    """One simulated person.

    Args:
        subject: name.
        height_cm, mass_kg: of the body.
        foot_length_mm: left and right, heel to longest toe.
        arch: type of the medial arch.
        arch_mm: height of its vault over the floor.
        speed_m_s: of walking.
        stiffness: factors on the stiffness of heel, forefoot and toe tissue. No scan shows them.
        seed: of everything that varies between the person's feet and steps.
    """

    subject: str
    height_cm: float
    mass_kg: float
    foot_length_mm: tuple[float, float]
    arch: Arch
    arch_mm: float
    speed_m_s: float
    stiffness: tuple[float, float, float]
    seed: np.random.SeedSequence

    @property
    def weight_n(self) -> float:
        return self.mass_kg * GRAVITY

    @property
    def cadence_per_min(self) -> float:
        """Steps a minute: speed = step length x cadence, and step length = ratio x cadence."""
        ratio = WALK_RATIO * self.height_cm / 175
        return float(np.sqrt(60 * self.speed_m_s / ratio))


def draw_people(count: int, seed: int = 0) -> list[Person]:
    """Draw people; the i-th does not depend on how many there are.

    Raises:
        ValueError: count below 1.
    """
    if count < 1:
        raise ValueError(f"people must be at least 1, got {count}")
    return [
        _draw_person(f"sim{number:03d}", child)
        for number, child in enumerate(np.random.SeedSequence(seed).spawn(count))
    ]


def _draw_person(subject: str, seed: np.random.SeedSequence) -> Person:
    own, rest = seed.spawn(2)
    rng = np.random.default_rng(own)
    mean, sd = BODIES["man" if rng.random() < MEN_SHARE else "woman"]
    height, mass, length = mean + sd * (np.linalg.cholesky(WITHIN) @ rng.standard_normal(3))
    difference = rng.normal(0, SIDE_DIFFERENCE_MM) / 2
    types: list[Arch] = list(ARCHES)
    arch = types[rng.choice(len(types), p=[ARCHES[kind][0] for kind in types])]
    vault = ARCHES[arch][1] + rng.normal(0, 1.0)
    speed = np.clip(rng.normal(1.25, 0.15), 0.9, 1.6)
    tissue = np.exp(rng.normal(0, 0.15) + rng.normal(0, 0.20, 3))  # whole foot, then its parts
    return Person(
        subject=subject,
        height_cm=float(height),
        mass_kg=float(np.clip(mass, *MASS_KG)),
        foot_length_mm=_pair(np.clip(length + np.array([difference, -difference]), *LENGTH_MM)),
        arch=arch,
        arch_mm=float(vault),
        speed_m_s=float(speed),
        stiffness=(float(tissue[0]), float(tissue[1]), float(tissue[2])),
        seed=rest,
    )


def _pair(values: NDArray[np.float64]) -> tuple[float, float]:
    return (float(values[0]), float(values[1]))
