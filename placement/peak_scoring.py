"""The linear fidelity's error of peak pressure, which only whole maps give."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from placement.moments import Floats, Ints, site_matrix, training_moments
from recon.cohort import Cohort
from recon.layout import Sensor
from recon.linear import RIDGE, solve_weights
from recon.validate import Folds


@dataclass(frozen=True)
class _Fold:
    """Training covariances of S sites and the P pixels ever loaded, and tested frames.

    Args:
        between: (S, S) of the readings; cross: (S, P) of readings and pixels.
        mean: (P,) training mean; known: (S,) its readings.
        readings: (S, stances, T).
        peak: (stances,) true peaks; weight: (stances,) that make a sum the sum of people's means.
    """

    between: Floats
    cross: Floats
    mean: Floats
    known: Floats
    readings: NDArray[np.float32]
    peak: Floats
    weight: Floats


class PeakScorer:
    """Scores sets of candidate sites by the estimate of `recon.linear.Linear`, as `recon.validate`
    measures it, before it is made non-negative, which would take most of the time.

    Maps are formed in single precision, as the reconstructor does, of the pixels that anybody in
    training loads: at all others the estimate is 0.

    Args:
        see `placement.scoring.LinearScorer`.
    """

    def __init__(
        self, cohort: Cohort, sites: Floats, sensor: Sensor, folds: Folds, ridge: float = RIDGE
    ) -> None:
        matrix = site_matrix(sites, sensor, cohort.grid)
        self._people = len(cohort.subjects)
        self._ridge = ridge
        self._folds = [
            _fold(cohort, matrix, *moments) for moments in training_moments(cohort, matrix, folds)
        ]

    def error(self, layouts: Ints) -> Floats:
        """100 - peak accuracy in %: (b, k) site numbers -> (b,)."""
        layouts = np.sort(layouts, axis=1)
        total = np.zeros(len(layouts))
        for fold in self._folds:
            for i, sites in enumerate(layouts):
                total[i] += fold.weight @ np.abs(_peaks(fold, sites, self._ridge) / fold.peak - 1)
        return 100 * total / self._people


def _fold(
    cohort: Cohort, matrix: Floats, tested: NDArray[np.bool_], mean: Floats, cross: Floats
) -> _Fold:
    stances = tested[cohort.subject_index]
    pressure = cohort.pressure[stances]
    _, person, number = np.unique(
        cohort.subject_index[stances], return_inverse=True, return_counts=True
    )
    read = pressure.reshape(*pressure.shape[:2], -1) @ matrix.T.astype(np.float32)
    loaded = mean > 0
    return _Fold(
        between=cross @ matrix.T,
        cross=cross[:, loaded],
        mean=mean[loaded],
        known=matrix @ mean,
        readings=np.ascontiguousarray(np.moveaxis(read, -1, 0)),
        peak=pressure.max(axis=(1, 2, 3)).astype(float),
        weight=1 / number[person],
    )


def _peaks(fold: _Fold, sites: Ints, ridge: float) -> NDArray[np.float32]:
    """Of each tested stance, the highest pressure of its maps: (k,) -> (stances,)."""
    weights = solve_weights(fold.between[np.ix_(sites, sites)], fold.cross[sites], ridge)
    offset = fold.mean - fold.known[sites] @ weights
    rows = np.concatenate([weights, offset[None]]).astype(np.float32)
    read = fold.readings[sites]
    one = np.ones((1, *read.shape[1:]), np.float32)
    read = np.moveaxis(np.concatenate([read, one]), 0, -1)  # (stances, T, k + 1)
    highest = [(stance @ rows).max(initial=0) for stance in np.ascontiguousarray(read)]
    return np.array(highest)
