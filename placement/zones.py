"""Zones of the foot, and how many sensors each may hold."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray

from placement.areas import Floats, Pairs, Points, check_polygon, depth_mm, text, whole
from recon.grid import FootGrid

_TOES = 0.80

ANATOMICAL: dict[str, tuple[float, float]] = {
    "heel": (-inf, _TOES / 3),
    "midfoot": (_TOES / 3, _TOES * 2 / 3),
    "forefoot": (_TOES * 2 / 3, _TOES),
    "toes": (_TOES, inf),
}
"""Bands of u, from (included) and to. Heel, midfoot and forefoot are the equal thirds of the
footprint without the toes of Cavanagh and Rodgers (J Biomech 1987, 20(5):547-551). The toes begin
at u = 0.80, between the published landmarks of the distal metatarsals (up to 0.775) and of hallux
and lesser toes (from 0.869), all of which so lie in the zone of their name. The line across is
straight: laterally the toes begin further back, at 0.70, for which a polygon can be drawn."""


@dataclass(frozen=True)
class Zone:
    """At least `min` and at most `max` sensors whose centres lie in a zone.

    Args:
        name: "heel", "midfoot", "forefoot" or "toes", or any name for a polygon.
        max: None for any number.
        mm, uv: corners of a polygon, see `placement.areas.Points`; none for an anatomical zone.

    Raises:
        ValueError: counts or corners that make no sense, or an unknown name without corners.
    """

    name: str
    min: int = 0
    max: int | None = None
    mm: Pairs = ()
    uv: Pairs = ()

    def __post_init__(self) -> None:
        text("name", self.name)
        whole("min", self.min)
        if self.max is not None and whole("max", self.max) < self.min:
            raise ValueError(f"max must not be below min = {self.min}, got {self.max}")
        if len(self.corners):
            check_polygon(self.name, self.corners)
        elif self.name not in ANATOMICAL:
            raise ValueError(
                f"name must be {', '.join(ANATOMICAL)}, or the zone needs corners in mm or uv, "
                f"got {self.name!r}"
            )
        object.__setattr__(self, "mm", self.corners.mm)
        object.__setattr__(self, "uv", self.corners.uv)

    @property
    def corners(self) -> Points:
        return Points(self.mm, self.uv)

    def holds(self, uv: Floats, grid: FootGrid) -> NDArray[np.bool_]:
        """Which of the points (n, 2) lie in it."""
        if len(self.corners):
            return depth_mm(self.corners.on(grid), grid.mm(uv)) >= 0
        low, high = ANATOMICAL[self.name]
        return np.asarray((uv[:, 0] >= low) & (uv[:, 0] < high))
