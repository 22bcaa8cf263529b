"""What layouts are measured on, beyond the linear score: robustness, wires and prices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from placement.areas import Points, number
from placement.disturbance import Disturbance
from placement.moments import Floats, Ints
from placement.peak_scoring import PeakScorer
from placement.scoring import LinearScorer
from placement.shift_scoring import ShiftScorer
from placement.wiring import CONNECTOR_UV, wire_cm
from recon.cohort import Cohort
from recon.layout import Sensor
from recon.validate import Folds


@dataclass(frozen=True)
class Assumptions:
    """What objectives take for given of how an insole is built and worn.

    Args:
        disturbance: of sensors against the plan, for `shift`.
        connector: where the wires end, one point.
        sensor_price: of one sensor, in any currency.
        wire_price: of a cm of wire, in the same.

    Raises:
        ValueError: a negative price, or a connector that is none or several points.
    """

    disturbance: Disturbance = field(default_factory=Disturbance)
    connector: Points = field(default_factory=lambda: Points(uv=(CONNECTOR_UV,)))
    sensor_price: float = 1.0
    wire_price: float = 0.0

    def __post_init__(self) -> None:
        for name in ("sensor_price", "wire_price"):
            object.__setattr__(self, name, number(name, getattr(self, name), 0))
        if len(self.connector) != 1:
            raise ValueError(f"connector must be one point, got {len(self.connector)}")

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """The inverse of `dataclasses.asdict`, after a way through JSON."""
        parts = {"disturbance": Disturbance, "connector": Points}
        return cls(**{k: parts[k](**v) if k in parts else v for k, v in stored.items()})


@dataclass(frozen=True)
class Basis:
    """What sets of candidate sites are measured on; what takes long is made when it is needed.

    Args:
        sites: (S, 2) candidate sites (u, v).
        pixels: (rows, columns) that NRMSE counts.
    """

    people: Cohort
    sites: Floats
    sensor: Sensor
    folds: Folds
    pixels: NDArray[np.bool_]
    assumptions: Assumptions = field(default_factory=Assumptions)
    threads: int = 1

    @cached_property
    def linear(self) -> LinearScorer:
        return LinearScorer(
            self.people, self.sites, self.sensor, self.folds, self.pixels, threads=self.threads
        )

    @cached_property
    def peak(self) -> PeakScorer:
        return PeakScorer(self.people, self.sites, self.sensor, self.folds)

    @cached_property
    def shift(self) -> ShiftScorer:
        return ShiftScorer(
            self.people,
            self.sites,
            self.sensor,
            self.folds,
            self.pixels,
            self.linear.baseline,
            self.assumptions.disturbance,
        )

    def dead_sensor(self, sets: Ints) -> Floats:
        """Highest relative error (b,) of what is left of a set without one of its sensors."""
        left = [np.delete(sets, i, axis=1) for i in range(sets.shape[1])]
        return np.asarray(np.max([self.linear.relative(x) for x in left], axis=0))

    def wiring(self, sets: Ints) -> Floats:
        """Length of wire (b,) in cm."""
        grid = self.people.grid
        return wire_cm(grid.mm(self.sites)[np.sort(sets)], self.assumptions.connector.on(grid)[0])

    def cost(self, sets: Ints) -> Floats:
        """Price (b,) of sensors and wire."""
        prices = self.assumptions
        wire = prices.wire_price * self.wiring(sets) if prices.wire_price else 0.0
        return np.asarray(np.full(len(sets), prices.sensor_price * sets.shape[1]) + wire)
