"""The linear fidelity where sensors sit a little elsewhere than planned and their gain drifts."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from placement.disturbance import Disturbance
from placement.moments import (
    Floats,
    GaitFrames,
    Ints,
    functionals,
    gait_frames,
    site_matrix,
    training_moments,
)
from placement.scoring import force_and_cop, noisy_inverse, relative_error
from recon.cohort import Cohort
from recon.layout import Sensor
from recon.linear import RIDGE
from recon.validate import Folds

_CHUNK = 16  # layouts scored at once


@dataclass(frozen=True)
class _Fold:
    """What the errors of one fold's tested frames follow from, S sites and n frames.

    Args:
        between: (S, S) training covariance of the readings at the planned sites.
        kernel: (S, S) C C', C that of readings and pixels.
        aligned: (S, n) C y, y the frames about the training mean over the stance's highest load.
        summary: (S, 3), see `placement.moments.FoldMoments`.
        square: (s,) mean square of y of each tested person, as NRMSE counts it.
        share: (n, s) weight of each frame in it.
        disturbed: frames for force and centre of pressure, with the readings of each draw.
    """

    between: Floats
    kernel: Floats
    aligned: Floats
    summary: Floats
    square: Floats
    share: Floats
    disturbed: tuple[GaitFrames, ...]


class ShiftScorer:
    """Scores sets of candidate sites as `LinearScorer` does, but reads elsewhere than it learned.

    The weights are fitted at the planned sites with a gain of 1; what is read are the disturbed
    sensors. Exact for each draw: with z = C y summed up before, a frame's squared error is
    |y|^2 - 2 z' A^-1 r + r' A^-1 C C' A^-1 r, which has no pixels left.

    Args:
        baseline: (3,) errors of the mean map, see `LinearScorer.baseline`.
        Others: see `LinearScorer`.
    """

    def __init__(
        self,
        cohort: Cohort,
        sites: Floats,
        sensor: Sensor,
        folds: Folds,
        pixels: NDArray[np.bool_],
        baseline: Floats,
        disturbance: Disturbance,
        ridge: float = RIDGE,
    ) -> None:
        matrix = site_matrix(sites, sensor, cohort.grid)
        moved, gains = disturbance.of(sites, cohort.grid)
        read = [
            site_matrix(one, sensor, cohort.grid) * gain[:, None]
            for one, gain in zip(moved, gains, strict=True)
        ]
        self._people = len(cohort.subjects)
        self._baseline = baseline
        self._ridge = ridge
        self._folds = [
            _fold(cohort, matrix, read, pixels.ravel(), *moments)
            for moments in training_moments(cohort, matrix, folds)
        ]

    def relative(self, layouts: Ints) -> Floats:
        """Mean relative error over the draws (b,) of layouts of one size (b, k)."""
        each = relative_error(self.errors(layouts), self._baseline)
        # Layout by layout, so that a score does not depend on the others' to the last bit.
        return np.asarray(np.ascontiguousarray(each.T).mean(axis=-1))

    def errors(self, layouts: Ints) -> Floats:
        """Errors under each draw: (b, k) site numbers -> (draws, b, 3), see `errors_of`."""
        layouts = np.sort(layouts, axis=1)
        draws = len(self._folds[0].disturbed)
        result = np.zeros((draws, len(layouts), 3))
        for i in range(0, len(layouts), _CHUNK):
            for fold in self._folds:
                result[:, i : i + _CHUNK] += _error_sums(fold, layouts[i : i + _CHUNK], self._ridge)
        return result / self._people


def _fold(
    cohort: Cohort,
    matrix: Floats,
    read: list[Floats],
    counted: NDArray[np.bool_],
    tested: NDArray[np.bool_],
    mean: Floats,
    cross: Floats,
) -> _Fold:
    """One fold; the arguments follow `fold_moments`."""
    stances = tested[cohort.subject_index]
    pressure = cohort.pressure[stances]
    shape = pressure.shape[:2]
    gait = gait_frames(cohort, matrix, tested, mean)
    highest = pressure.sum(axis=(2, 3), dtype=float).max(axis=1)
    peak = pressure.max(axis=(1, 2, 3)).astype(float)
    scaled = pressure.reshape(*shape, -1).astype(float) / highest[:, None, None]
    scaled = scaled.reshape(-1, len(counted))
    per_frame = np.repeat(1 / highest, shape[1])
    y = scaled[:, counted] - np.outer(per_frame, mean[counted])
    mine = gait.person[:, None] == np.arange(tested.sum())
    counts = mine.sum(axis=0) * counted.sum()
    share = np.repeat((highest / peak) ** 2, shape[1])[:, None] * mine / counts
    known = np.outer(matrix @ mean, per_frame)
    targets = cross[:, counted]
    return _Fold(
        between=cross @ matrix.T,
        kernel=targets @ targets.T,
        aligned=targets @ y.T,
        summary=cross @ functionals(cohort.grid.shape),
        square=np.square(y).sum(axis=1) @ share,
        share=share,
        disturbed=tuple(replace(gait, readings=x @ scaled.T - known) for x in read),
    )


def _error_sums(fold: _Fold, layouts: Ints, ridge: float) -> Floats:
    """Sum over the fold's people of each error under each draw: (draws, b, 3)."""
    pair = layouts[:, :, None], layouts[:, None]
    inverse = noisy_inverse(fold.between[pair], ridge)
    gram = inverse @ fold.kernel[pair] @ inverse
    aligned = 2 * inverse @ fold.aligned[layouts]
    weights = inverse @ fold.summary[layouts]
    found = []
    for frames in fold.disturbed:
        read = frames.readings[layouts]  # (b, k, n)
        change = ((gram @ read - aligned) * read).sum(axis=1)
        mean_square = fold.square + (change[:, None] @ fold.share)[:, 0]
        force, cop = force_and_cop(frames, layouts, weights, frames.force_weight, frames.cop_weight)
        nrmse = np.sqrt(np.maximum(mean_square, 0)).sum(axis=-1)
        found.append(np.stack([nrmse, force[:, 0], cop[:, 0]], axis=-1))
    return np.stack(found)
