"""Points and polygons on the reference footprint, in mm or in foot coordinates."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np
from matplotlib.path import Path
from numpy.typing import NDArray

from recon.grid import FootGrid

Floats = NDArray[np.float64]
Pairs = tuple[tuple[float, float], ...]

SLACK_MM = 0.05
"""Positions count as equal within this: layouts keep theirs to 0.03 mm, front.csv to 0.1 mm."""

MOST_CORNERS = 500


def _is_number(value: Any) -> bool:
    """Whether it is a number that can be meant here, one of numpy's too."""
    known = isinstance(value, Real) and not isinstance(value, bool)
    return known and -1e6 < value < 1e6


def real(key: str, value: Any) -> float:
    """A finite number, or a ValueError that names the key."""
    if not _is_number(value):
        raise ValueError(f"{key} must be a number, got {value!r:.80}")
    return float(value)


def number(key: str, value: Any, least: float) -> float:
    """A finite number of at least `least`, or a ValueError that names the key."""
    if not _is_number(value) or value < least:
        raise ValueError(f"{key} must be a number, {least:g} or more, got {value!r:.80}")
    return float(value)


def whole(key: str, value: Any) -> int:
    """A whole number of 0 or more, or a ValueError that names the key."""
    if isinstance(value, bool) or not isinstance(value, Integral) or value < 0:
        raise ValueError(f"{key} must be a whole number, 0 or more, got {value!r:.80}")
    return int(value)


def text(key: str, value: Any) -> str:
    """A name in printable characters, or a ValueError that names the key."""
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise ValueError(f"{key} must be a text in quotes, got {value!r:.80}")
    return value


def pair(key: str, value: Any) -> tuple[float, float]:
    """Two finite numbers, or a ValueError that names the key."""
    if (
        not isinstance(value, list | tuple)
        or len(value) != 2
        or not all(_is_number(x) for x in value)
    ):
        raise ValueError(f"{key} must be two numbers in brackets, got {value!r:.80}")
    return float(value[0]), float(value[1])


def pairs(key: str, value: Any) -> Pairs:
    """A list of pairs of numbers, or a ValueError that names the key."""
    if not isinstance(value, list | tuple):
        raise ValueError(f"{key} must be a list of pairs of numbers, got {value!r:.80}")
    return tuple(pair(f"{key}, point {i},", x) for i, x in enumerate(value, 1))


@dataclass(frozen=True)
class Points:
    """Points on the reference footprint, given in one of two ways.

    Args:
        mm: (x, y) pairs, x from the medial edge, y from the heel, as in `front.csv`.
        uv: (u, v) pairs, u from heel to toes, v from medial to lateral, both 0 to 1.

    Raises:
        ValueError: not pairs of numbers, both ways at once, or one in the numbers of the other.
    """

    mm: Pairs = ()
    uv: Pairs = ()

    def __post_init__(self) -> None:
        for key in ("mm", "uv"):
            object.__setattr__(self, key, pairs(key, getattr(self, key)))
        if self.mm and self.uv:
            raise ValueError("mm and uv are both given; one of them is wanted")
        if self.mm and 0 < np.abs(self.mm).max() <= 1.5:
            raise ValueError(f"mm must be in millimetres, got {list(self.mm)!s:.80}; is it uv?")
        if self.uv and np.abs(self.uv).max() > 3:
            raise ValueError(f"uv must run from 0 to 1, got {list(self.uv)!s:.80}; is it mm?")

    def __len__(self) -> int:
        return len(self.mm or self.uv)

    def on(self, grid: FootGrid) -> Floats:
        """(n, 2) x, y in mm on the grid's reference foot."""
        return np.array(self.mm) if self.mm else grid.mm(np.array(self.uv).reshape(-1, 2))


def check_polygon(name: str, points: Points) -> None:
    """Raise a ValueError unless the points, in their order, bound an area."""
    key = "uv" if points.uv else "mm"
    corners = np.array(points.mm or points.uv)
    if len(corners) < 3:
        raise ValueError(f"{key} must have three corners or more, got {len(corners)} ({name!r})")
    if len(corners) > MOST_CORNERS:
        raise ValueError(f"{key}: {name!r} has {len(corners)} corners, {MOST_CORNERS} are the most")
    if _crosses_itself(corners):
        raise ValueError(
            f"{key}: the edges of {name!r} cross or touch; its corners go in order around it"
        )


def depth_mm(corners: Floats, points: Floats) -> Floats:
    """How deep points (n, 2) lie in a polygon (c, 2): distance to its edge, < 0 outside."""
    start, end = corners, np.roll(corners, -1, axis=0)
    along = end - start
    offset = points[:, None] - start
    share = np.clip((offset * along).sum(-1) / (along**2).sum(-1), 0, 1)
    distance = np.linalg.norm(offset - share[..., None] * along, axis=-1).min(axis=1)
    return np.where(Path(corners).contains_points(points), distance, -distance)


def _crosses_itself(corners: Floats) -> bool:
    """Whether two edges meet elsewhere than neighbours do, or an edge has no length."""
    start, end = corners, np.roll(corners, -1, axis=0)

    def side(point: Floats) -> Floats:  # of each edge (rows) on which each point (columns) lies
        a, b = end - start, point - start[:, None]
        return np.asarray(np.sign(a[:, None, 0] * b[..., 1] - a[:, None, 1] * b[..., 0]))

    divides = side(start[None]) * side(end[None]) <= 0
    edge = np.arange(len(corners))
    gap = np.abs(edge[:, None] - edge)
    apart = (gap > 1) & (gap < len(corners) - 1)
    low, high = np.minimum(start, end), np.maximum(start, end)
    overlap = ((low[:, None] <= high) & (low <= high[:, None])).all(axis=-1)
    flat = not np.any(side(start[None]))
    return bool(
        (divides & divides.T & apart & overlap).any() or flat or (start == end).all(1).any()
    )
