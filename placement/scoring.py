"""The linear fidelity: cross-validated errors of many layouts at once, in closed form."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recon import gait
from recon.cohort import Cohort
from recon.layout import Sensor, reading_matrix
from recon.linear import RIDGE, SiteMoments, solve_weights
from recon.validate import Folds, Score

_CHUNK = 128  # layouts scored at once, to bound memory

Floats = NDArray[np.float64]


def errors_of(score: Score) -> Floats:
    """The errors that a search minimises, (3,): NRMSE, vertical force in %, CoP in cm."""
    return np.array(
        [score.mean("nrmse"), 100 - score.mean("vgrf_accuracy"), score.mean("cop_error_cm")]
    )


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
        baseline: (3,) errors of the mean map.
    """
    return np.prod((errors / baseline) ** (WEIGHTS / WEIGHTS.sum()), axis=-1)


class LinearScorer:
    """Scores sets of candidate sites by the linear reconstructor under cross-validation.

    The map's error follows exactly from second moments, and the force and centre-of-pressure
    errors from three linear functionals of the map: no map is ever formed. Two things differ
    from scoring `recon.linear.Linear` itself: negative pressures are not cut at 0, and a
    person's NRMSE is the root of the mean square over stances, not the mean of roots.

    Args:
        cohort: the people to search on.
        sites: (S, 2) candidate sites (u, v).
        folds: test groups that cover the cohort.
        pixels: (rows, columns) that NRMSE counts.
    """

    def __init__(
        self,
        cohort: Cohort,
        sites: Floats,
        sensor: Sensor,
        folds: Folds,
        pixels: NDArray[np.bool_],
        ridge: float = RIDGE,
    ) -> None:
        matrix = reading_matrix([(u, v) for u, v in sites], sensor, cohort.grid)
        peak = cohort.pressure.max(axis=(1, 2, 3)).astype(float)
        moments = SiteMoments.of(cohort, matrix)
        weighted = SiteMoments.of(cohort, matrix, 1 / peak**2)
        self._ridge = ridge
        self._people = len(cohort.subjects)
        self._folds = [
            _Fold.of(cohort, moments, weighted, np.isin(cohort.subjects, test), pixels.ravel())
            for test in folds
        ]
        self.baseline = self.errors(np.empty((1, 0), int))[0]

    def errors(self, layouts: NDArray[np.integer]) -> Floats:
        """Errors of layouts of one size: (b, k) site numbers -> (b, 3), see `errors_of`."""
        parts = []
        for i in range(0, len(layouts), _CHUNK):
            chunk = layouts[i : i + _CHUNK]
            parts.append(sum(fold.error_sums(chunk, self._ridge) for fold in self._folds))
        return np.concatenate(parts) / self._people

    def relative(self, layouts: NDArray[np.integer]) -> Floats:
        """Relative error (b,) of layouts of one size, see `relative_error`."""
        return relative_error(self.errors(layouts), self.baseline)


@dataclass(frozen=True)
class _Fold:
    """What one fold needs: training covariances, and the tested people about the training mean.

    P counts the insole's pixels only, s the tested people, n their stances of T frames.
    """

    between: Floats  # (S, S) covariance of readings, training
    cross: Floats  # (S, P) of readings and pixels
    summary: Floats  # (S, 3) of readings and the map's load and first moments
    mean_summary: Floats  # (3,)
    square: Floats  # (s,) mean squared deviation from the training mean
    tested_cross: Floats  # (s, S, P) mean product of readings and pixels, about that mean
    tested_between: Floats  # (s, S, S)
    readings: NDArray[np.float32]  # (S, n * T) about the training mean
    person: NDArray[np.int64]  # (n,)
    load: Floats  # (n, T)
    cop: Floats  # (n, T, 2) mm
    mm_per_pixel: Floats  # (n, 2)
    rows: int

    @classmethod
    def of(
        cls,
        cohort: Cohort,
        moments: SiteMoments,
        weighted: SiteMoments,
        tested: NDArray[np.bool_],
        counted: NDArray[np.bool_],
    ) -> _Fold:
        matrix = moments.matrix
        mean, cross = moments.covariances(~tested)
        site_mean = matrix @ mean
        rows, columns = cohort.grid.shape
        column = np.tile(np.arange(columns) + 0.5, rows)
        height = np.repeat(rows - np.arange(rows) - 0.5, columns)
        functionals = np.stack([np.ones(rows * columns), column, height], axis=-1)

        stances = tested[cohort.subject_index]
        pressure = cohort.pressure[stances]
        person = np.searchsorted(np.flatnonzero(tested), cohort.subject_index[stances])
        flat = pressure.reshape(len(pressure), -1, rows * columns)
        peak = pressure.max(axis=(1, 2, 3)).astype(float)
        square = ((flat[..., counted] - mean[counted]) ** 2).sum(axis=(1, 2)) / peak**2

        # Second moments about the training mean, from those about zero. The frames' weights are
        # 1 / (their stance's peak)^2, as NRMSE normalises them.
        sums = weighted.pixels[tested]
        site_sums = sums @ matrix.T
        weight = weighted.weight[tested][:, None, None]
        product = (
            weighted.cross[tested]
            - site_sums[:, :, None] * mean
            - site_mean[:, None] * sums[:, None, :]
            + weight * np.outer(site_mean, mean)
        )
        frames = np.bincount(person) * flat.shape[1]
        terms = frames * counted.sum()
        return cls(
            between=cross @ matrix.T,
            cross=cross[:, counted],
            summary=cross @ functionals,
            mean_summary=mean @ functionals,
            square=np.bincount(person, square) / terms,
            tested_cross=product[:, :, counted] / terms[:, None, None],
            tested_between=product @ matrix.T / terms[:, None, None],
            readings=((flat.reshape(-1, rows * columns) - mean) @ matrix.T).T.astype(np.float32),
            person=person,
            load=gait.total_load(pressure).astype(float),
            cop=gait.centre_of_pressure(pressure, cohort.mm_per_pixel[stances]).astype(float),
            mm_per_pixel=cohort.mm_per_pixel[stances],
            rows=rows,
        )

    def error_sums(self, layouts: NDArray[np.integer], ridge: float) -> Floats:
        """Sum over the tested people of each error: (b, k) -> (b, 3)."""
        first, second = layouts[:, :, None], layouts[:, None, :]
        targets = np.concatenate([self.cross, self.summary], axis=1)[layouts]
        weights = solve_weights(self.between[first, second], targets, ridge)
        pixel_weights, summary_weights = weights[..., :-3], weights[..., -3:]
        gram = pixel_weights @ pixel_weights.swapaxes(-1, -2)  # (b, k, k)
        nrmse = np.zeros(len(layouts))
        for square, cross, between in zip(
            self.square, self.tested_cross, self.tested_between, strict=True
        ):
            fit = np.einsum("bkp,bkp->b", pixel_weights, cross[layouts])
            mean_square = square - 2 * fit + np.einsum("bij,bij->b", gram, between[first, second])
            nrmse += np.sqrt(np.maximum(mean_square, 0))
        force, cop = self._force_and_cop(layouts, summary_weights.astype(np.float32))
        return np.stack([nrmse, force, cop], axis=-1)

    def _force_and_cop(
        self, layouts: NDArray[np.integer], weights: NDArray[np.float32]
    ) -> tuple[Floats, Floats]:
        """Sums over people of the mean force error in % and of the CoP error in cm: two (b,)."""
        estimate = self.readings[layouts].swapaxes(-1, -2) @ weights  # (b, n * T, 3)
        estimate = (estimate + self.mean_summary).reshape(len(layouts), *self.load.shape, 3)
        highest = self.load.max(axis=-1)  # (n,)
        force = np.abs(estimate[..., 0] - self.load).mean(axis=-1) / highest * 100  # (b, n)
        counts = self.load >= gait.LOADED_SHARE * highest[:, None]  # (n, T)
        load = np.maximum(estimate[..., 0], gait.LOADED_SHARE * highest[:, None])
        x = estimate[..., 1] / load * self.mm_per_pixel[:, None, 1] - self.cop[..., 0]
        y = estimate[..., 2] / load * self.mm_per_pixel[:, None, 0] - self.cop[..., 1]
        cop = (np.hypot(x, y) * counts).sum(axis=-1) / counts.sum(axis=-1) / 10
        share = 1 / np.bincount(self.person)[self.person]  # a person's stances average
        return force @ share, cop @ share
