"""Kernel ridge regression: the mean of a Gaussian process over readings, in closed form."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from recon.cohort import Cohort
from recon.grid import FootGrid
from recon.layout import Layout, reading_matrix
from recon.reconstructor import check_readings

CENTRES = 500
"""Default number of frames that the kernels of `Kernel` stand on."""

_LENGTH = 0.5  # of the kernel over features
_LOAD = 0.3  # weight of the log load among the features
_FAINT = 0.05  # of the mean reading: loads below hardly change the features
STEADY = 0.1  # share of the noise that does not grow with the load
_CONSTANT = 1e-2  # variance of an offset of the whole map

Floats = NDArray[np.float64]


class Kernel:
    """Kernel ridge regression on readings, serving any layout; it makes no use of geometry.

    Features are how the load is shared among the sensors, which is what moves the centre of
    pressure whatever the person weighs, and the logarithm of its mean. The kernel is a constant,
    a linear one of the readings and a rational quadratic one of the features (Rasmussen and
    Williams, Gaussian Processes for Machine Learning, 2006, eq. 4.19, alpha = 1). The noise,
    which here is chiefly that people differ, grows with the load, so that the faint frames at
    heel strike and toe-off, which the centre of pressure hangs on, are fitted closely. All frames
    count, projected on the kernels at `centres` of them (Nystroem's method, ibid., eq. 8.14).

    Args:
        noise: variance of the noise over that of the kernel, on average.
        centres: frames that kernels stand on.
        seed: of their choice.

    Raises:
        ValueError: noise not positive, or fewer than 2 centres.
    """

    def __init__(self, noise: float = 0.2, centres: int = CENTRES, seed: int = 0) -> None:
        if not noise > 0:
            raise ValueError(f"noise must be > 0, got {noise}")
        if centres < 2:
            raise ValueError(f"centres must be at least 2, got {centres}")
        self.noise = noise
        self.centres = centres
        self.seed = seed

    def fit(self, cohort: Cohort, layout: Layout | None = None) -> Self:
        """Keep `frames_` (N, P) and solve for the layout, or for each one when it is first used."""
        self._learned(cohort.grid, cohort.pressure.reshape(-1, int(np.prod(cohort.grid.shape))))
        if layout is not None:
            self._solution(layout)
        return self

    def predict(
        self,
        readings: NDArray[np.floating],
        layout: Layout,
        geometry: NDArray[np.floating] | None = None,
    ) -> NDArray[np.float32]:
        """See `Reconstructor.predict`; geometry is ignored."""
        check_readings(readings, layout)
        maps = self._solution(layout).maps(np.asarray(readings, float))
        return np.maximum(maps, 0).astype(np.float32).reshape(-1, *self.grid_.shape)

    def state(self) -> dict[str, Any]:
        """See `recon.model_file.Storable`."""
        settings = {"noise": self.noise, "centres": self.centres, "seed": self.seed}
        return {"settings": settings, "grid": asdict(self.grid_), "frames": self.frames_}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        return cls(**state["settings"])._learned(FootGrid(**state["grid"]), state["frames"])

    def _learned(self, grid: FootGrid, frames: NDArray[np.float32]) -> Self:
        self.grid_ = grid
        self.frames_ = frames
        self._solved: tuple[Layout, _Solution] | None = None
        return self

    def _solution(self, layout: Layout) -> _Solution:
        if self._solved is None or self._solved[0] != layout:
            matrix = reading_matrix(layout.sites, layout.sensor, self.grid_)
            read = (self.frames_ @ matrix.T.astype(np.float32)).astype(float)
            rng = np.random.default_rng(self.seed)
            centres = rng.permutation(len(read))[: self.centres]
            self._solved = layout, _Solution.of(read, self.frames_, centres, self.noise)
        return self._solved[1]


@dataclass(frozen=True)
class _Solution:
    """The regression for one layout of k sensors, on m centres.

    Args:
        scale: mean reading, the unit of what follows.
        centres: (m, k) readings.
        weights: (m, P); offset: (P,).
    """

    scale: float
    centres: Floats
    weights: Floats
    offset: Floats

    @classmethod
    def of(
        cls, read: Floats, frames: NDArray[np.float32], centres: NDArray[np.int64], noise: float
    ) -> _Solution:
        """Fit frames (N, P) to their readings (N, k)."""
        scale = max(float(read.mean()), np.finfo(float).tiny)
        read = read / scale
        mean = frames.mean(axis=0, dtype=np.float64)
        across, between = kernel(read[centres], read), kernel(read[centres], read[centres])
        variance = noise * (1 + _CONSTANT + (read**2).mean())
        precision = 1 / (variance * noise_shape(read))
        weighted = across * precision
        system = weighted @ across.T + between
        system[np.diag_indices_from(system)] += 1e-8 * np.trace(system) / len(system)
        weights = np.linalg.solve(system, weighted @ (frames - mean))
        return cls(scale, read[centres], weights, mean)

    def maps(self, read: Floats) -> Floats:
        """(n, k) -> (n, P), before they are cut at 0."""
        return (
            kernel(read / self.scale, self.centres).astype(np.float32) @ self.weights + self.offset
        )


def kernel(first: Floats, second: Floats) -> Floats:
    """Covariance (n, m) of the maps at scaled readings (n, k) and (m, k)."""
    return _CONSTANT + first @ second.T / first.shape[1] + likeness(first, second)


def likeness(first: Floats, second: Floats) -> Floats:
    """How alike two frames are by their scaled readings, (n, k) and (m, k) -> (n, m) in (0, 1].

    The rational quadratic kernel over each sensor's share of the load and the load's logarithm.
    """
    a, b = _features(first), _features(second)
    distance2 = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1) - 2 * a @ b.T
    return np.asarray(1 / (1 + np.maximum(distance2, 0) / (2 * _LENGTH**2)))


def load_of(read: Floats) -> Floats:
    """Mean of scaled readings (n, k), never below a faint load: (n,)."""
    return np.asarray(np.maximum(read, 0).mean(axis=1) + _FAINT)


def noise_shape(read: Floats) -> Floats:
    """Variance of the noise over its mean, at scaled readings (n, k): (n,), growing with load."""
    load2 = load_of(read) ** 2
    return np.asarray(STEADY + (1 - STEADY) * load2 / load2.mean())


def _features(read: Floats) -> Floats:
    load = load_of(read)[:, None]
    return np.hstack([read / (load * read.shape[1]), _LOAD * np.log(load)])
