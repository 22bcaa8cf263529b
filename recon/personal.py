"""Calibration to the wearer: a few densely recorded steps correct any reconstructor."""

from __future__ import annotations

import copy
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recon.cohort import Cohort, Sample
from recon.grid import FootGrid
from recon.history import inputs
from recon.kernel import deviation, load_of, noise_shape, reading_unit
from recon.layout import Layout
from recon.layout import readings as read_at
from recon.nonnegative import nonnegative
from recon.reconstructor import Reconstructor, Shown, check_people, check_readings

_NOISE = 0.5  # of single steps, against the wearer's habit

Floats = NDArray[np.float64]


def personalise(reconstructor: Reconstructor, samples: Cohort) -> Personalised:
    """Adapt a fitted reconstructor to one person.

    Args:
        samples: some steps of the person, of one foot or both, recorded densely (on a plate or by
            a borrowed insole) and registered, as `placement import` makes them.

    Raises:
        ValueError: samples of several people, no `Cohort`, or on another grid or in other units
            than the reconstructor's.
    """
    if not isinstance(samples, Cohort):
        raise ValueError(f"samples must be a recon.Cohort, got {type(samples).__name__}")
    if len(samples.subjects) > 1:
        raise ValueError(f"samples must be of one person, got {', '.join(samples.subjects)}")
    check_people(reconstructor, samples)
    return Personalised(reconstructor, samples)


class Personalised(Shown):
    """A reconstructor plus what it misses on one person; serves what the reconstructor serves.

    What the reconstructor missed in the person's steps is regressed on the readings, in closed
    form, by a Gaussian process whose variance grows with the load (`recon.kernel` has sources);
    for one with a memory, on what is remembered, too. It asks nothing of the reconstructor but its
    predictions.
    """

    def __init__(self, base: Reconstructor, samples: Cohort) -> None:
        self.base = base
        self.samples = samples
        self.memory = bool(getattr(base, "memory", False))
        self._solved: tuple[Layout, Correction] | None = None

    @property
    def units_(self) -> str:
        """Of the pressures that it takes and gives."""
        return self.samples.units

    @property
    def grid_(self) -> FootGrid:
        """Of the maps."""
        return self.samples.grid

    def __copy__(self) -> Self:
        """What is underneath is copied too: what it keeps for its last layout and foot."""
        return type(self)(copy.copy(self.base), self.samples)

    def fit(self, cohort: Cohort, layout: Layout | None = None) -> Self:
        """Fit a copy of the reconstructor underneath to others; the person's steps are kept."""
        self.base = copy.copy(self.base).fit(cohort, layout)
        self._solved = None
        return self

    def predict(
        self,
        readings: ArrayLike,
        layout: Layout,
        geometry: ArrayLike | None = None,
    ) -> NDArray[np.float32]:
        """See `Reconstructor.predict`."""
        read = check_readings(readings, layout, stances=self.memory)
        maps = self.base.predict(read, layout, geometry)
        correction = self.correction(layout)
        missed = correction.maps(inputs(read, self.memory))
        corrected = maps.reshape(missed.shape) + missed
        shape = self.samples.grid.shape
        return nonnegative(corrected, correction.foot, shape, centre=False).reshape(maps.shape)

    def correction(self, layout: Layout) -> Correction:
        """What is added for one layout; the last one is kept."""
        if self._solved is None or self._solved[0] != layout:
            self._solved = layout, Correction.of(self.base, self.samples, layout, self.memory)
        return self._solved[1]

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
class Correction:
    """What a reconstructor misses on a person, by rows of one layout (`recon.history.inputs`).

    Args:
        sensors: of the layout; scale: mean reading; rows: (n, c) the person's, over it;
            weights: (n, P); foot: (P,) pixels that the person loads, or is thought to.
    """

    sensors: int
    scale: float
    rows: Floats
    weights: NDArray[np.float32]
    foot: NDArray[np.bool_]

    @classmethod
    def of(cls, base: Reconstructor, samples: Cohort, layout: Layout, memory: bool) -> Correction:
        truth, geometry = samples.pressure, samples.geometry
        read = read_at(truth, layout, samples.grid)  # (steps, T, k)
        rows = inputs(read, memory)
        if not memory:
            geometry = None if geometry is None else np.repeat(geometry, truth.shape[1], axis=0)
            truth, read = truth.reshape(-1, *samples.grid.shape), rows
        predicted = base.predict(read, layout, geometry)
        missed = (truth - predicted).reshape(len(rows), -1)
        foot = np.any((truth + predicted).reshape(len(rows), -1), axis=0)
        scale = reading_unit(read, truth)
        rows = rows / scale
        now = rows[:, : len(layout)]
        system = deviation(rows, rows, len(layout))
        noise = _NOISE * (load_of(now) ** 2).mean() * noise_shape(now)
        system[np.diag_indices_from(system)] += noise
        weights = np.linalg.solve(system, missed.astype(float))
        return cls(len(layout), scale, rows, weights.astype(np.float32), foot)

    def maps(self, rows: Floats) -> NDArray[np.float32]:
        """(n, c) -> (n, P)."""
        covariance = deviation(rows / self.scale, self.rows, self.sensors)
        return covariance.astype(np.float32) @ self.weights
