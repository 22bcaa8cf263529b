"""The linear fidelity: cross-validated errors of many layouts at once, in closed form."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from placement.moments import (
    Floats,
    FoldMoments,
    GaitFrames,
    Ints,
    fold_moments,
    pair_rows,
    site_matrix,
)
from recon import gait
from recon.cohort import Cohort
from recon.layout import Sensor
from recon.linear import RIDGE
from recon.validate import Folds, Score

_CHUNK = 64  # layouts scored at once, so that what they need stays in the processor's cache


def errors_of(score: Score) -> Floats:
    """The errors that a search minimises, (3,): NRMSE, vertical force in %, CoP in cm."""
    return np.array(
        [score.mean("nrmse"), 100 - score.mean("vgrf_accuracy"), score.mean("cop_error_cm")]
    )


def person_errors_of(score: Score) -> Floats:
    """The same of each person, (people, 3)."""
    metrics = (score.values[x] for x in ("nrmse", "vgrf_accuracy", "cop_error_cm"))
    nrmse, accuracy, cop = map(np.array, metrics)
    return np.stack([nrmse, 100 - accuracy, cop], axis=-1)


WEIGHTS = np.array([4.0, 1.0, 1.0])
"""Of map, force and centre of pressure in the relative error; docs/results.md has the choice."""


def relative_error(errors: Floats, baseline: Floats) -> Floats:
    """One number for how much of what is unknown without sensors stays unknown with them.

    The geometric mean, weighted 4 : 1 : 1, of the errors of pressure map, vertical force and
    centre of pressure over those of the mean map: 1 is no better than no sensor, 0 is perfect.
    A geometric mean weighs a tenth less alike wherever it is won. Peak pressure is left out: it
    hangs on single pixels of single frames and would add noise to the choice.

    Args:
        errors: (..., 3) as `errors_of` orders them.
        baseline: (3,) or (..., 3) errors of the mean map.
    """
    return np.prod((errors / baseline) ** (WEIGHTS / WEIGHTS.sum()), axis=-1)


def relative_of(score: Score, mean_map: Score) -> float:
    """Relative error of a score, given that of the mean map on the same people."""
    return float(relative_error(errors_of(score), errors_of(mean_map)))


class LinearScorer:
    """Scores sets of candidate sites by the linear reconstructor under cross-validation.

    Exact, in double precision: the map's error follows from second moments of pairs of sites (see
    `placement.moments`), the force and centre-of-pressure errors from three linear functionals of
    the map in every frame. No map is ever formed. The score of a set is the same to the last bit
    whatever else is scored with it and in whichever order its sites are given.

    What is scored differs from `recon.linear.Linear` in the metrics of `recon.gait` in three
    things: maps may be negative, which leaves force and centre of pressure as they are
    (`recon.nonnegative`); a person's NRMSE is the root of the mean square over stances, not the
    mean of roots; and the centre of pressure is moments over a load of at least
    `gait.LOADED_SHARE` of the stance's highest.

    Args:
        cohort: the people to search on.
        sites: (S, 2) candidate sites (u, v).
        folds: test groups that cover the cohort.
        pixels: (rows, columns) that NRMSE counts.
        components: keep so many leading principal components of the targets, fold by fold, and
            take what is left of the truth as unknown; None keeps all. It changes NRMSE by
            `nrmse_bounds` at most, force and centre of pressure not at all. A layout takes as
            long either way.
        threads: that share the work; a score does not depend on it.

    Raises:
        ValueError: `components` below 1.

    Attributes:
        baseline: (3,) errors of the mean map.
    """

    def __init__(
        self,
        cohort: Cohort,
        sites: Floats,
        sensor: Sensor,
        folds: Folds,
        pixels: NDArray[np.bool_],
        ridge: float = RIDGE,
        components: int | None = None,
        threads: int = 1,
    ) -> None:
        if components is not None and components < 1:
            raise ValueError(f"components must be at least 1, got {components}")
        matrix = site_matrix(sites, sensor, cohort.grid)
        self._sites = len(matrix)
        self._ridge = ridge
        self._people = len(cohort.subjects)
        self._threads = threads
        self._folds = list(fold_moments(cohort, matrix, folds, pixels, components))
        nothing = np.empty((1, 0), int)
        self.baseline = self.errors(nothing)[0]
        self._person_baseline = self.person_errors(nothing)[0]

    def errors(self, layouts: Ints) -> Floats:
        """Errors of layouts of one size: (b, k) site numbers -> (b, 3), see `errors_of`."""
        return self._summed(layouts, 3, _error_sums) / self._people

    def relative(self, layouts: Ints) -> Floats:
        """Relative error (b,) of layouts of one size, see `relative_error`."""
        return relative_error(self.errors(layouts), self.baseline)

    def person_errors(self, layouts: Ints) -> Floats:
        """Errors of each person: (b, k) site numbers -> (b, people, 3), see `errors_of`."""

        def in_their_columns(fold: FoldMoments, *of_sets: Any) -> Floats:
            found = np.zeros((len(of_sets[0]), self._people, 3))
            found[:, fold.tested] = _person_errors(fold, *of_sets)
            return found.reshape(len(found), -1)

        found = self._summed(layouts, 3 * self._people, in_their_columns)
        return found.reshape(len(layouts), self._people, 3)

    def worst(self, layouts: Ints) -> Floats:
        """Highest relative error of any one person (b,), each against the mean map's for them."""
        return relative_error(self.person_errors(layouts), self._person_baseline).max(axis=-1)

    def nrmse_bounds(self, layouts: Ints) -> Floats:
        """How far the NRMSE of each layout (b,) lies from that of targets not compressed, at most.

        With Q the projection on what is left out, the two estimates differ by Q C' A^-1 r, and so
        two root mean squares by its root mean square at most. It is no larger than the part of
        the estimate itself that is left out, hence small where few components hold nearly all.
        """
        return self._summed(layouts, 1, _bound_sums)[:, 0] / self._people

    def _summed(
        self, layouts: Ints, width: int, sums: Callable[[FoldMoments, Ints, Floats, Floats], Floats]
    ) -> Floats:
        """Sum over folds of what `sums` (b, width) adds up over the people of one."""
        layouts = np.sort(layouts, axis=1)
        result = np.zeros((len(layouts), width))
        triangle = _Triangle(layouts.shape[1])

        def add(i: int) -> None:
            chunk = layouts[i : i + _CHUNK]
            first, second = chunk[:, triangle.first], chunk[:, triangle.second]
            rows = pair_rows(first, second, self._sites)
            for fold in self._folds:
                pairs = fold.pairs.take(rows, axis=0)
                inverse = noisy_inverse(triangle.square(pairs[..., 0]), self._ridge)
                result[i : i + _CHUNK] += sums(fold, chunk, pairs, inverse)

        starts = range(0, len(layouts), _CHUNK)
        if self._threads == 1 or len(starts) < 2:
            for i in starts:
                add(i)
        else:
            with ThreadPoolExecutor(self._threads) as pool:
                list(pool.map(add, starts))
        return result


def noisy_inverse(between: Floats, ridge: float) -> Floats:
    """(b, k, k) inverse of the readings' training covariance with their noise."""
    count = between.shape[-1]
    variance = np.trace(between, axis1=-2, axis2=-1) / max(count, 1)
    noise = np.maximum(ridge * variance, np.finfo(float).tiny)
    return np.linalg.inv(between + noise[:, None, None] * np.eye(count))


class _Triangle:
    """Symmetric matrices (b, k, k), and their upper triangles row by row, (b, k (k + 1) / 2)."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.first, self.second = np.triu_indices(count)
        place = np.zeros((count, count), int)
        place[self.first, self.second] = np.arange(len(self.first))
        self._place = np.maximum(place, place.T)

    def square(self, packed: Floats) -> Floats:
        return packed.take(self._place, axis=-1)

    def packed(self, square: Floats) -> Floats:
        flat = square.reshape(len(square), self.count**2)
        return flat.take(self.first * self.count + self.second, axis=-1)


def _error_sums(fold: FoldMoments, layouts: Ints, pairs: Floats, inverse: Floats) -> Floats:
    """Sum over the fold's people of each error: (b, 3)."""
    nrmse = _nrmse(fold, layouts, pairs, inverse).sum(axis=-1)
    weights = inverse @ fold.summary[layouts]
    force, cop = force_and_cop(
        fold.gait, layouts, weights, fold.gait.force_weight, fold.gait.cop_weight
    )
    return np.stack([nrmse, force[:, 0], cop[:, 0]], axis=-1)


def _person_errors(fold: FoldMoments, layouts: Ints, pairs: Floats, inverse: Floats) -> Floats:
    """Errors of each of the fold's people: (b, s, 3)."""
    mine = fold.gait.person[:, None] == np.arange(fold.people)
    force, cop = force_and_cop(
        fold.gait,
        layouts,
        inverse @ fold.summary[layouts],
        fold.gait.force_weight[:, None] * mine,
        fold.gait.cop_weight[:, None] * mine,
    )
    return np.stack([_nrmse(fold, layouts, pairs, inverse), force[:, 0], cop[:, 0]], axis=-1)


def _nrmse(fold: FoldMoments, layouts: Ints, pairs: Floats, inverse: Floats) -> Floats:
    """Of each of the fold's people: (b, s)."""
    triangle = _Triangle(layouts.shape[1])
    gram = inverse @ triangle.square(pairs[..., 1]) @ inverse
    mean_square = (
        fold.square
        + _contracted(triangle.packed(gram), pairs[..., 3 : 3 + fold.people])
        + _contracted(triangle.packed(inverse), pairs[..., 3 + fold.people :])
    )
    return np.sqrt(np.maximum(mean_square, 0))


def _bound_sums(fold: FoldMoments, layouts: Ints, pairs: Floats, inverse: Floats) -> Floats:
    """Sum over the fold's people of what the compression can change in their NRMSE: (b, 1)."""
    triangle = _Triangle(layouts.shape[1])
    gram = inverse @ triangle.square(pairs[..., 2]) @ inverse
    square = _contracted(triangle.packed(gram), pairs[..., 3 : 3 + fold.people])
    return np.sqrt(np.maximum(square, 0)).sum(axis=-1, keepdims=True)


def _contracted(packed: Floats, pairs: Floats) -> Floats:
    """Sum over pairs: (b, p) and (b, p, s) -> (b, s)."""
    return (packed[:, None] @ pairs)[:, 0]


def force_and_cop(
    frames: GaitFrames, layouts: Ints, weights: Floats, force_weight: Floats, cop_weight: Floats
) -> tuple[Floats, Floats]:
    """Sums over frames of the force errors and of the CoP errors in cm, weighted.

    Args:
        layouts: (b, k) site numbers.
        weights: (b, k, 3) of the readings, for load and first moments.
        force_weight, cop_weight: (n,) for (b, 1), or (n, w) for (b, 1, w).
    """
    estimate = weights.swapaxes(-1, -2) @ frames.readings.take(layouts, axis=0)  # (b, 3, n)
    estimate += frames.mean
    load, x, y = estimate.swapaxes(0, 1)
    force = np.abs(load - frames.load)
    safe = np.maximum(load, gait.LOADED_SHARE)
    for moment, size, truth in zip((x, y), frames.cm_per_pixel, frames.cop, strict=True):
        moment /= safe
        moment *= size
        moment -= truth
        moment *= moment
    distance = np.sqrt(x + y)
    # One product for each layout, so that its score does not depend on the others' to the last bit.
    return force[:, None] @ force_weight, distance[:, None] @ cop_weight
