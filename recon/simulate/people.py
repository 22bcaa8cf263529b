"""Who walks: bodies, feet and habits, drawn from published distributions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Wang et al. 2026, mean and SD by sex: height cm, mass kg, foot length mm. The correlations
# within a sex are what makes the published pooled ones (0.83, 0.55, 0.50) come out.
MEN_SHARE = 24 / 35
BODIES = {
    "man": (np.array([177.8, 75.3, 261.2]), np.array([5.4, 13.5, 11.0])),
    "woman": (np.array([167.2, 59.5, 239.7]), np.array([7.2, 8.2, 5.3])),
}
WITHIN = np.array([[1.0, 0.27, 0.74], [0.27, 1.0, 0.29], [0.74, 0.29, 1.0]])
MASS_KG = (47.0, 103.0)  # the published ranges
FOOT_MM = (225.0, 294.0)  # 231-288 for the left feet, and some room for the right
SIDE_DIFFERENCE_MM = 2.6  # SD of left minus right foot length
ARCHES = {"normal": (44 / 70, 11.0), "low": (15 / 70, 7.0), "high": (11 / 70, 15.0)}  # share, mm
SPEED_M_S = (1.3, 0.12)  # preferred, mean and SD over people
STEP_SPEED_SD = 0.15  # of a person's steps


@dataclass(frozen=True)
class Person:
    """One simulated person.

    Args:
        subject: name.
        height_cm, mass_kg: of the body.
        foot_length_mm: left and right.
        arch_mm: height of the medial arch over the floor.
        speed_m_s: preferred walking speed.
        stiffness: factor on the stiffness of all soft tissue; does not show in the geometry.
        seeds: of all that the person's feet share, of the left and the right foot, and of what a
            plate adds to either.
    """

    subject: str
    height_cm: float
    mass_kg: float
    foot_length_mm: tuple[float, float]
    arch_mm: float
    speed_m_s: float
    stiffness: float
    seeds: tuple[np.random.SeedSequence, ...]


def draw_people(count: int, seed: int = 0) -> list[Person]:
    """Draw people; the i-th does not depend on how many there are.

    Raises:
        ValueError: count below 1.
    """
    if count < 1:
        raise ValueError(f"people must be at least 1, got {count}")
    return [
        _draw(f"sim{number:03d}", child)
        for number, child in enumerate(np.random.SeedSequence(seed).spawn(count))
    ]


def _draw(subject: str, seed: np.random.SeedSequence) -> Person:
    own, *others = seed.spawn(6)
    rng = np.random.default_rng(own)
    mean, sd = BODIES["man" if rng.random() < MEN_SHARE else "woman"]
    height, mass, length = mean + sd * (np.linalg.cholesky(WITHIN) @ rng.standard_normal(3))
    difference = rng.normal(0, SIDE_DIFFERENCE_MM) / 2
    shares, heights = np.array(list(ARCHES.values())).T
    arch = rng.choice(heights, p=shares) + rng.normal(0, 1.0)
    low, high = np.clip([length - difference, length + difference], *FOOT_MM)
    return Person(
        subject=subject,
        height_cm=float(height),
        mass_kg=float(np.clip(mass, *MASS_KG)),
        foot_length_mm=(float(high), float(low)),
        arch_mm=float(arch),
        speed_m_s=float(np.clip(rng.normal(*SPEED_M_S), 0.9, 1.7)),
        stiffness=float(np.exp(rng.normal(0, 0.2))),
        seeds=tuple(others),
    )
