"""How good linear readings can be at the very best, from principal components."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigvalsh

from recon.cohort import Cohort
from recon.validate import Folds

Floats = NDArray[np.float64]


def nrmse_bounds(cohort: Cohort, folds: Folds, pixels: NDArray[np.bool_], most: int) -> list[float]:
    """NRMSE that no 1, 2, ... `most` linear readings can better, as `LinearScorer` measures it.

    Whatever k readings are, discs or not, and whatever their weights: in one fold, the linear
    estimates about the training mean lie in one subspace of k dimensions. The tested people's own
    best subspace leaves the tail of the eigenvalues of their frames' second moment (Eckart and
    Young 1936), which knows them as no training can, so the bound is out of reach by some.

    NRMSE sums square roots m^1/2 over people, and one subspace must serve them all. No less than
    the person's own tail l and no more than the square s of the mean map's error is left of each,
    and between the two a root is no less than its chord, c m + d. So what the best subspace for the
    moments summed with the weights c leaves, plus the sum of d, is a bound.

    Args:
        pixels: (rows, columns) that NRMSE counts.
    """
    total = np.zeros(most)
    for test in folds:
        tested = np.isin(cohort.subjects, test)
        people = _deviations(cohort, tested, pixels)
        spectra = [_leading(x, most) for x in people]
        squares = np.array([np.square(x).sum() for x in people])
        for k in range(1, most + 1):
            tails = np.array(
                [s - values[:k].sum() for s, values in zip(squares, spectra, strict=True)]
            )
            tails = np.clip(tails, 0, squares)
            slopes = 1 / (np.sqrt(squares) + np.sqrt(tails))
            stacked = np.concatenate([x * np.sqrt(c) for x, c in zip(people, slopes, strict=True)])
            tail = slopes @ squares - _leading(stacked, k).sum()
            joint = (np.sqrt(tails) - slopes * tails).sum() + max(tail, 0.0)
            total[k - 1] += max(joint, np.sqrt(tails).sum())
    return (total / len(cohort.subjects)).tolist()


def _deviations(
    cohort: Cohort, tested: NDArray[np.bool_], pixels: NDArray[np.bool_]
) -> list[Floats]:
    """Of each tested person, frames (n, P) less the training mean, scaled so that the sum of
    squares is the mean square that NRMSE takes the root of."""
    training = cohort.pressure[~tested[cohort.subject_index]][..., pixels]
    mean = training.mean(axis=(0, 1), dtype=np.float64)
    found = []
    for person in np.flatnonzero(tested):
        stances = cohort.pressure[cohort.subject_index == person]
        peak = stances.max(axis=(1, 2, 3)).astype(float)
        x = (stances[..., pixels] - mean) / peak[:, None, None]
        found.append(x.reshape(-1, x.shape[-1]) / np.sqrt(x.size))
    return found


def _leading(x: Floats, count: int) -> Floats:
    """The `count` largest eigenvalues of x' x, descending."""
    small = x @ x.T if x.shape[0] < x.shape[1] else x.T @ x
    size = len(small)
    values = eigvalsh(small, subset_by_index=(max(size - count, 0), size - 1))
    return np.maximum(values[::-1], 0)
