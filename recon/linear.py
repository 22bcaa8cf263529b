"""Closed-form reconstructors: the mean map and the conditional Gaussian."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recon.cohort import Cohort
from recon.grid import FootGrid
from recon.layout import Layout, reading_matrix
from recon.nonnegative import nonnegative
from recon.reconstructor import Shown, check_fit, check_fitted, check_readings

RIDGE = 1e-2
"""Default sensor noise variance of `Linear`, as a share of the readings' mean variance."""


class MeanMap(Shown):
    """The mean training frame, whatever the sensors read: what is known without any sensor."""

    def fit(self, cohort: Cohort, layout: Layout | None = None) -> Self:
        """Learn `mean_` (rows, columns)."""
        check_fit(cohort, layout)
        self.grid_, self.units_ = cohort.grid, cohort.units
        self.mean_ = cohort.pressure.mean(axis=(0, 1), dtype=np.float64).astype(np.float32)
        return self

    def predict(
        self,
        readings: ArrayLike,
        layout: Layout,
        geometry: ArrayLike | None = None,
    ) -> NDArray[np.float32]:
        """The mean map, once for each row of readings."""
        check_fitted(self)
        return np.repeat(self.mean_[None], len(check_readings(readings, layout)), axis=0)

    def state(self) -> dict[str, Any]:
        """See `recon.model_file.Storable`."""
        return {"mean": self.mean_, "grid": asdict(self.grid_)}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        model = cls()
        model.mean_ = state["mean"]
        if "grid" in state:  # releases before 0.6 did not tell
            model.grid_ = FootGrid(**state["grid"])
        return model


class Linear(Shown):
    """The mean of the pressure map given the readings, under one Gaussian over all frames.

    With x the map, r = D x + noise the readings and C the covariance of x, the estimate is
    mean + C D' (D C D' + lambda I)^-1 (r - D mean), made non-negative. It serves any layout, since
    C is kept whole, and makes no use of geometry. (Bishop, Pattern Recognition and Machine
    Learning, 2006, eq. 2.81.)

    Args:
        ridge: lambda as a share of the readings' mean variance; keeps noise of the training
            people out of the fit.
        offset: False for a mean of zero, which makes maps proportional to the readings; it is
            better in faint frames, on which the centre of pressure hangs.

    Raises:
        ValueError: ridge below 0 or not finite.
    """

    _solved: tuple[Layout, Affine] | None

    def __init__(self, ridge: float = RIDGE, *, offset: bool = True) -> None:
        if not 0 <= ridge < np.inf:
            raise ValueError(f"ridge must be 0 or more, got {ridge}")
        self.ridge = ridge
        self.offset = offset

    def fit(self, cohort: Cohort, layout: Layout | None = None) -> Self:
        """Learn `mean_` (P,) and `covariance_` (P, P) over the P pixels of the grid."""
        check_fit(cohort, layout)
        frames = cohort.pressure.reshape(-1, np.prod(cohort.grid.shape)).astype(np.float64)
        mean = frames.mean(axis=0) if self.offset else np.zeros(frames.shape[1])
        frames -= mean
        self.units_ = cohort.units
        return self._learned(cohort.grid, mean, frames.T @ frames / len(frames))

    def predict(
        self,
        readings: ArrayLike,
        layout: Layout,
        geometry: ArrayLike | None = None,
    ) -> NDArray[np.float32]:
        """See `Reconstructor.predict`; geometry is ignored."""
        check_fitted(self)
        maps = self.maps(check_readings(readings, layout), layout)
        return nonnegative(maps, self.foot, self.grid_.shape).reshape(-1, *self.grid_.shape)

    def maps(self, readings: NDArray[np.floating], layout: Layout) -> NDArray[np.float32]:
        """The estimate before it is made non-negative, (n, P)."""
        linear = self.affine(layout)
        return readings.astype(np.float32) @ linear.weights + linear.offset

    @property
    def foot(self) -> NDArray[np.bool_]:
        """(P,) pixels that somebody loaded."""
        return np.asarray(np.diagonal(self.covariance_) > 0)

    def state(self) -> dict[str, Any]:
        """See `recon.model_file.Storable`."""
        return {
            "ridge": self.ridge,
            "offset": self.offset,
            "grid": asdict(self.grid_),
            "mean": self.mean_,
            "covariance": self.covariance_,
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        grid = FootGrid(**state["grid"])
        linear = cls(state["ridge"], offset=state["offset"])
        return linear._learned(grid, state["mean"], state["covariance"])

    def affine(self, layout: Layout) -> Affine:
        """The estimate for one layout; the last one is kept."""
        if self._solved is None or self._solved[0] != layout:
            matrix = reading_matrix(layout.sites, layout.sensor, self.grid_)
            cross = matrix @ self.covariance_
            weights = solve_weights(cross @ matrix.T, cross, self.ridge)
            offset = self.mean_ - (matrix @ self.mean_) @ weights
            self._solved = layout, Affine(weights.astype(np.float32), offset.astype(np.float32))
        return self._solved[1]

    def _learned(
        self, grid: FootGrid, mean: NDArray[np.float64], covariance: NDArray[np.float64]
    ) -> Self:
        self.grid_ = grid
        self.mean_ = mean
        self.covariance_ = covariance
        self._solved = None
        return self


@dataclass(frozen=True)
class Affine:
    """Maps as weighted sums of k readings plus an offset: weights (k, P), offset (P,)."""

    weights: NDArray[np.float32]
    offset: NDArray[np.float32]


def solve_weights(
    between: NDArray[np.float64], cross: NDArray[np.float64], ridge: float
) -> NDArray[np.float64]:
    """Weights (..., k, P) of a linear reconstruction.

    Args:
        between: (..., k, k) covariance of the readings.
        cross: (..., k, P) covariance of readings and pixels.
        ridge: noise variance over the mean variance of the readings.
    """
    count = between.shape[-1]
    if count == 0:
        return cross
    variance = np.trace(between, axis1=-2, axis2=-1) / count
    noise = np.maximum(ridge * variance, np.finfo(float).tiny)
    return np.linalg.solve(between + noise[..., None, None] * np.eye(count), cross)


@dataclass(frozen=True)
class SiteMoments:
    """Per-person sums over frames from which the linear fit of any set of sites follows.

    They add up: the moments of a training set are the sum over its people.

    Args:
        frames: (s,) how many each person has.
        pixels: (s, P) sum of frames.
        cross: (s, S, P) sum of readings x frame.
        matrix: (S, P) the sites' reading matrix.
    """

    frames: NDArray[np.int64]
    pixels: NDArray[np.float64]
    cross: NDArray[np.float64]
    matrix: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        cohort: Cohort,
        matrix: NDArray[np.float64],
    ) -> Self:
        """Sum up a cohort."""
        flat = cohort.pressure.reshape(*cohort.pressure.shape[:2], -1)
        sums = []
        for person in range(len(cohort.subjects)):
            x = flat[cohort.subject_index == person].astype(np.float64)
            x = x.reshape(-1, x.shape[-1])
            sums.append((len(x), x.sum(axis=0), (x @ matrix.T).T @ x))
        frames, pixels, cross = (np.array(part) for part in zip(*sums, strict=True))
        return cls(frames, pixels, cross, matrix)

    def covariances(
        self, people: NDArray[np.bool_]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean (P,) and covariance (S, P) of readings and pixels over the chosen people."""
        frames = self.frames[people].sum()
        mean = self.pixels[people].sum(axis=0) / frames
        cross = self.cross[people].sum(axis=0) / frames
        return mean, cross - np.outer(self.matrix @ mean, mean)
