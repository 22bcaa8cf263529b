"""Who competes. To add a reconstructor, add a line to MODELS."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import typer

from recon import Cohort, Linear, MeanMap
from recon.ensemble import Ensemble
from recon.kernel import Kernel
from recon.modes import ModeNetwork
from recon.reconstructor import Reconstructor
from recon.study import PRESETS, Preset, StudyUNet
from recon.unet import UNetReconstructor


@dataclass(frozen=True)
class Effort:
    """How long the networks train, and where."""

    study: Preset
    unet_steps: int
    device: str


@dataclass(frozen=True)
class Model:
    """A competitor.

    Args:
        make: a fresh, unfitted reconstructor.
        reads: whether it makes use of landmarks; if not, it is fitted once for all layouts.
        geometry: whether it needs scans; mass: whether it needs to know what people weigh.
        sees: what it sees of a cohort; scores do not depend on the unit of a stance's pressures.
    """

    make: Callable[[Effort], Reconstructor]
    reads: bool = True
    geometry: bool = False
    mass: bool = False
    sees: Callable[[Cohort], Cohort] = lambda cohort: cohort


def without_scans(cohort: Cohort) -> Cohort:
    samples = tuple(replace(sample, geometry=None) for sample in cohort.samples)
    return replace(cohort, samples=samples)


def masses_kg(cohort: Cohort) -> dict[str, float]:
    """Of the people whose mass is known."""
    people = cohort.provenance.get("subjects", {})
    return {name: facts["mass_kg"] for name, facts in people.items() if facts.get("mass_kg")}


def by_body_weight(cohort: Cohort) -> Cohort:
    """Each pixel's force over the person's mass: wearers know what they weigh."""
    masses = masses_kg(cohort)
    samples = tuple(
        replace(s, pressure=s.pressure * np.float32(np.prod(s.mm_per_pixel) / masses[s.subject]))
        for s in cohort.samples
    )
    return replace(cohort, samples=samples)


def served(model: Model, cohort: Cohort) -> bool:
    """Whether the cohort has the scans and the masses that a model needs."""
    weighed = set(cohort.subjects) <= masses_kg(cohort).keys()
    return (cohort.geometry is not None or not model.geometry) and (weighed or not model.mass)


def check(names: list[str], size: str) -> None:
    """Refuse what is not below."""
    if size not in SIZES:
        raise typer.BadParameter(f"--size must be one of {', '.join(SIZES)}, got {size}")
    if unknown := set(names) - set(MODELS):
        raise typer.BadParameter(f"--models: no {', '.join(sorted(unknown))} in models.py")


def both(effort: Effort) -> Reconstructor:
    return Ensemble([Kernel(), ModeNetwork()])


SIZES = {
    "published": (PRESETS["published"], 700),
    "light": (PRESETS["light"], 700),
    "trial": (replace(PRESETS["light"], epochs=1), 10),  # to see that everything runs
}
"""Preset of the study's model, and steps of our U-Net."""

MODELS = {
    "mean map": Model(lambda e: MeanMap(), reads=False),
    "study, geometry only": Model(
        lambda e: StudyUNet(e.study, inputs="geometry", device=e.device),
        reads=False,
        geometry=True,
    ),
    "study, landmarks only": Model(
        lambda e: StudyUNet(e.study, inputs="landmarks", device=e.device)
    ),
    "study, data fusion": Model(
        lambda e: StudyUNet(e.study, fusion="data", device=e.device), geometry=True
    ),
    "study, feature fusion": Model(lambda e: StudyUNet(e.study, device=e.device), geometry=True),
    "linear": Model(lambda e: Linear()),
    "kernel": Model(lambda e: Kernel()),
    "kernel, no scan": Model(lambda e: Kernel(), geometry=True, sees=without_scans),
    "kernel + mode network": Model(both),
    "kernel + mode network, no scan": Model(both, geometry=True, sees=without_scans),
    "kernel + mode network, mass known": Model(both, geometry=True, mass=True, sees=by_body_weight),
    "our U-Net": Model(lambda e: UNetReconstructor(steps=e.unet_steps, device=e.device)),
}
