"""Calibration to the wearer: a few densely recorded steps correct any reconstructor."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recon.cohort import Cohort, Sample
from recon.grid import FootGrid
from recon.kernel import likeness, load_of, noise_shape
from recon.layout import Layout
from recon.layout import readings as read_at
from recon.reconstructor import Reconstructor, check_readings

_NOISE = 0.5  # of single steps, against the wearer's habit
_ALWAYS = 0.3  # how much a wearer differs in the same way whatever the readings

Floats = NDArray[np.float64]


def personalise(reconstructor: Reconstructor, samples: Cohort) -> Personalised:
    """Adapt a fitted reconstructor to one person.

    Args:
        samples: some steps of the person, of one foot or both, recorded densely (on a plate or by
            a borrowed insole) and registered, as `placement import` makes them.

    Raises:
        ValueError: samples of several people, or a reconstructor with a memory.
    """
    if getattr(reconstructor, "memory", False):
        raise ValueError("a reconstructor with memory cannot be personalised; use one without")
    if len(samples.subjects) > 1:
        raise ValueError(f"samples must be of one person, got {', '.join(samples.subjects)}")
    return Personalised(reconstructor, samples)


class Personalised:
    """A reconstructor plus what it misses on one person; serves what the reconstructor serves.

    What the reconstructor missed in the person's steps is regressed on the readings, in closed
    form, by a Gaussian process whose variance grows with the load (`recon.kernel` has sources).
    It works for every reconstructor of single frames, and asks nothing of it but its predictions.
    """

    def __init__(self, base: Reconstructor, samples: Cohort) -> None:
        self.base = base
        self.samples = samples
        self._solved: tuple[Layout, _Correction] | None = None

    def fit(self, cohort: Cohort, layout: Layout | None = None) -> Self:
        """Fit the reconstructor underneath to other people; the person's steps are kept."""
        self.base.fit(cohort, layout)
        self._solved = None
        return self

    def predict(
        self,
        readings: ArrayLike,
        layout: Layout,
        geometry: ArrayLike | None = None,
    ) -> NDArray[np.float32]:
        """See `Reconstructor.predict`."""
        read = check_readings(readings, layout)
        if self._solved is None or self._solved[0] != layout:
            self._solved = layout, _Correction.of(self.base, self.samples, layout)
        maps = self.base.predict(read, layout, geometry)
        correction = self._solved[1].maps(read.astype(float))
        return np.maximum(maps + correction.reshape(maps.shape), 0)

    def state(self) -> dict[str, Any]:
        """See `recon.model_file.Storable`."""
        samples = [
            {
                "side": sample.side,
                "pressure": sample.pressure,
                "mm_per_pixel": list(sample.mm_per_pixel),
                "stance_s": sample.stance_s,
                "units": sample.units,
                "geometry": sample.geometry,
            }
            for sample in self.samples.samples
        ]
        grid = asdict(self.samples.grid)
        return {"base": self.base, "grid": grid, "samples": dict(enumerate(samples))}

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        samples = tuple(
            Sample(**{**one, "mm_per_pixel": tuple(one["mm_per_pixel"])}, subject="", trial=str(i))
            for i, one in state["samples"].items()
        )
        return cls(state["base"], Cohort(samples, FootGrid(**state["grid"])))


@dataclass(frozen=True)
class _Correction:
    """What a reconstructor misses on a person, by the k readings of one layout.

    Args:
        scale: mean reading; read: (n, k) the person's, over it; weights: (n, P).
    """

    scale: float
    read: Floats
    weights: NDArray[np.float32]

    @classmethod
    def of(cls, base: Reconstructor, samples: Cohort, layout: Layout) -> _Correction:
        steps, frames = samples.pressure.shape[:2]
        truth = samples.pressure.reshape(steps * frames, *samples.grid.shape)
        geometry = None if samples.geometry is None else np.repeat(samples.geometry, frames, axis=0)
        read = read_at(truth, layout, samples.grid)
        missed = (truth - base.predict(read, layout, geometry)).reshape(len(truth), -1)
        scale = max(float(read.mean()), np.finfo(float).tiny)
        read = read.astype(float) / scale
        system = _covariance(read, read)
        noise = _NOISE * (load_of(read) ** 2).mean() * noise_shape(read)
        system[np.diag_indices_from(system)] += noise
        weights = np.linalg.solve(system, missed.astype(float))
        return cls(scale, read, weights.astype(np.float32))

    def maps(self, read: Floats) -> NDArray[np.float32]:
        """(n, k) -> (n, P)."""
        return _covariance(read / self.scale, self.read).astype(np.float32) @ self.weights


def _covariance(first: Floats, second: Floats) -> Floats:
    return np.outer(load_of(first), load_of(second)) * (
        _ALWAYS + likeness(first, second, first.shape[1])
    )
