"""The foot grid: the one authority on foot coordinates, millimetres and pixels.

Foot coordinates: ``u`` runs from 0 at the heel to 1 at the toes along the foot's long axis,
``v`` from 0 at the medial to 1 at the lateral edge of the contact footprint. In an image the
toes are at the top and the medial edge is on the left; left feet are mirrored onto this.
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import index

import numpy as np
from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True)
class FootGrid:
    """A pixel grid centred on the reference foot.

    The study images are 64 x 64 pixels of 5 mm; the default here is their crop around a
    260 x 100 mm foot with a 10 mm border, which holds the same pixels for a third of the cost.

    Args:
        shape: rows, columns.
        pitch_mm: pixel edge on the reference foot, mm.
        foot_mm: length and width of the reference foot's contact footprint, mm.
    """

    shape: tuple[int, int] = (56, 24)
    pitch_mm: float = 5.0
    foot_mm: tuple[float, float] = (260.0, 100.0)

    def __post_init__(self) -> None:
        object.__setattr__(self, "shape", tuple(map(index, self.shape)))
        object.__setattr__(self, "foot_mm", tuple(self.foot_mm))
        if not all(0 < size < np.inf for size in (*self.shape, self.pitch_mm, *self.foot_mm)):
            raise ValueError(f"FootGrid needs positive shape, pitch and foot size, got {self}")

    def mm(self, uv: ArrayLike) -> NDArray[np.float64]:
        """Foot coordinates (..., 2) -> mm on the reference foot (..., 2).

        x is measured from the medial edge towards lateral, y from the heel towards the toes.
        """
        u, v = np.moveaxis(np.asarray(uv, float), -1, 0)
        return np.stack([v * self.foot_mm[1], u * self.foot_mm[0]], axis=-1)

    def uv_from_mm(self, xy_mm: ArrayLike) -> NDArray[np.float64]:
        """Inverse of `mm`: (..., 2) x, y in mm on the reference foot -> (..., 2) u, v."""
        x, y = np.moveaxis(np.asarray(xy_mm, float), -1, 0)
        return np.stack([y / self.foot_mm[0], x / self.foot_mm[1]], axis=-1)

    def pixel(self, uv: ArrayLike) -> NDArray[np.float64]:
        """Foot coordinates (..., 2) -> continuous (row, column) (..., 2); centres are integers."""
        x, y = np.moveaxis(self.mm(uv), -1, 0)
        (height, width), (length_mm, width_mm) = self.shape, self.foot_mm
        row = (height - 1) / 2 - (y - length_mm / 2) / self.pitch_mm
        column = (width - 1) / 2 + (x - width_mm / 2) / self.pitch_mm
        return np.stack([row, column], axis=-1)

    def uv(self, pixel: ArrayLike) -> NDArray[np.float64]:
        """Inverse of `pixel`: (row, column) (..., 2) -> (u, v) (..., 2)."""
        row, column = np.moveaxis(np.asarray(pixel, float), -1, 0)
        (height, width), (length_mm, width_mm) = self.shape, self.foot_mm
        y = length_mm / 2 + ((height - 1) / 2 - row) * self.pitch_mm
        x = width_mm / 2 + (column - (width - 1) / 2) * self.pitch_mm
        return self.uv_from_mm(np.stack([x, y], axis=-1))

    def centres(self) -> NDArray[np.float64]:
        """(u, v) of every pixel centre, (rows, columns, 2)."""
        return self.uv(np.moveaxis(np.indices(self.shape), 0, -1))

    def mm_per_pixel(self, length_mm: float, width_mm: float) -> tuple[float, float]:
        """(row, column) size in mm of one pixel on a foot whose footprint has this size."""
        return (
            self.pitch_mm * length_mm / self.foot_mm[0],
            self.pitch_mm * width_mm / self.foot_mm[1],
        )
