"""How well a reconstructor does once it has been calibrated to its wearer."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recon.cohort import Cohort
from recon.layout import Layout
from recon.personal import personalise
from recon.reconstructor import Reconstructor
from recon.validate import Score, score

_SEED = 0


def visit(person: Cohort, steps: int) -> tuple[Cohort, Cohort]:
    """A person's steps to calibrate with, of both feet in turn, drawn at random; and the others.

    Raises:
        ValueError: fewer than 0 steps, or none would be left to score.
    """
    if steps < 0:
        raise ValueError(f"calibration_steps must be 0 or more, got {steps}")
    if len(person.samples) <= steps:
        raise ValueError(
            f"calibration_steps: {steps} wanted, but {', '.join(person.subjects)} has "
            f"{len(person.samples)} steps, and one at least must be left to score"
        )
    order = np.random.default_rng(_SEED).permutation(len(person.samples)).tolist()
    sides = [person.samples[i].side for i in order]
    turn = [sides[:i].count(side) for i, side in enumerate(sides)]
    order = [order[i] for i in np.argsort(turn, kind="stable")]
    return _part(person, order[:steps]), _part(person, order[steps:])


def calibrated_score(
    reconstructor: Reconstructor,
    cohort: Cohort,
    layout: Layout,
    pixels: NDArray[np.bool_],
    *,
    steps: int,
    calibrate: bool = True,
) -> Score:
    """Score a fitted reconstructor on people it has not seen, calibrated to each in turn.

    Args:
        pixels: (rows, columns) that NRMSE counts.
        steps: of each person to calibrate with; the score is that of their other steps.
        calibrate: False scores the same steps without any calibration.

    Raises:
        ValueError: a person with too few steps.
    """
    if not steps:
        return score(reconstructor, cohort, layout, pixels)
    parts = []
    for name in cohort.subjects:
        known, others = visit(cohort.subset([name]), steps)
        fitted = personalise(reconstructor, known) if calibrate else reconstructor
        parts.append(score(fitted, others, layout, pixels))
    return Score.pooled(parts)


def _part(cohort: Cohort, chosen: list[int]) -> Cohort:
    return Cohort(tuple(cohort.samples[i] for i in chosen), cohort.grid, cohort.provenance)
