"""Recordings: frames as they came from an instrument, before any registration."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Units = Literal["kPa", "arbitrary"]
Side = Literal["left", "right"]
SIDES: tuple[Side, ...] = ("left", "right")
UNITS: tuple[Units, ...] = ("kPa", "arbitrary")


@dataclass(frozen=True)
class Recording:
    """One pressure recording of one foot.

    Args:
        frames: pressure (T, rows, columns), finite and >= 0; toes at the top, seen from above,
            so that the medial edge of a right foot is on the left.
        pitch_mm: (row, column) distance of neighbouring cells, mm.
        rate_hz: frames per second.
        units: "kPa", or "arbitrary" where the scale is unknown.
        source: file (and part of it) that the frames came from.
        cells: (rows, columns), the cells that exist, as on an insole; None where all do.

    Raises:
        ValueError: a frame stack that is empty, not 3-D, not finite or negative, unknown units, a
            pitch or rate that is none, or cells of another shape.
    """

    frames: NDArray[np.float32]
    pitch_mm: tuple[float, float]
    rate_hz: float
    units: Units
    source: str
    cells: NDArray[np.bool_] | None = None

    def __post_init__(self) -> None:
        if self.frames.ndim != 3 or self.frames.size == 0:
            raise ValueError(
                f"{self.source}: frames must be (time, rows, columns) and not empty, "
                f"got shape {self.frames.shape}"
            )
        if not np.isfinite(self.frames).all():
            raise ValueError(f"{self.source}: pressures contain NaN or infinity")
        if self.frames.min() < 0:
            raise ValueError(f"{self.source}: pressures must be >= 0, lowest {self.frames.min()}")
        if self.units not in UNITS:
            raise ValueError(f"{self.source}: units must be kPa or arbitrary, got {self.units!r}")
        if np.shape(self.pitch_mm) != (2,):
            raise ValueError(
                f"{self.source}: pitch_mm must be (row, column) distances, got {self.pitch_mm}"
            )
        if not all(0 < value < math.inf for value in (*self.pitch_mm, self.rate_hz)):
            raise ValueError(
                f"{self.source}: cell pitch and rate must be positive, "
                f"got {self.pitch_mm} mm, {self.rate_hz} Hz"
            )
        if self.cells is not None and self.cells.shape != self.frames.shape[1:]:
            raise ValueError(
                f"{self.source}: cells {self.cells.shape}, frames of {self.frames.shape[1:]}"
            )
