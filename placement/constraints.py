"""What a layout must keep to, as plain values; `placement.allowed` applies them to a foot."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from placement.areas import Pairs, Points, check_polygon, number, pair, text
from placement.sites import MARGIN_MM
from placement.zones import Zone


@dataclass(frozen=True)
class Area:
    """A named polygon on the reference footprint.

    Args:
        mm, uv: its corners in their order around it, see `placement.areas.Points`.
    """

    name: str
    mm: Pairs = ()
    uv: Pairs = ()

    def __post_init__(self) -> None:
        text("name", self.name)
        check_polygon(self.name, self.corners)
        object.__setattr__(self, "mm", self.corners.mm)
        object.__setattr__(self, "uv", self.corners.uv)

    @property
    def corners(self) -> Points:
        return Points(self.mm, self.uv)


@dataclass(frozen=True)
class Snap:
    """A square grid on which all sensors sit, in mm on the reference footprint.

    Args:
        pitch_mm: distance of neighbours, at least 1.
        origin_mm: (x, y) of one of its points.
    """

    pitch_mm: float
    origin_mm: tuple[float, float] = (0.0, 0.0)

    def __post_init__(self) -> None:
        object.__setattr__(self, "pitch_mm", number("pitch_mm", self.pitch_mm, 1))
        object.__setattr__(self, "origin_mm", pair("origin_mm", self.origin_mm))


@dataclass(frozen=True)
class Constraints:
    """All of them hold at once, in every layout that is scored on its way to the front.

    Millimetres are those of the reference footprint. Polygons are kept by whole discs, zones and
    the edge margin by a disc's centre.

    Args:
        margin_mm: least distance of a sensor's centre from the footprint's edge.
        spacing_mm: least gap between the rims of two discs; 0: they may touch.
        keep_out: areas that no disc may touch.
        keep_in: areas of which each disc lies wholly in one; none for the whole foot.
        required: sites that every layout has, on the grid of candidates or not.
        forbidden: sites that none has, nor any within half a pitch of the candidates' grid.
        zones: least and most sensors in zones of the foot, each zone once.
        snap: a grid for the candidate sites; None for the pixels of the foot grid.

    Raises:
        ValueError: a value out of range; which one, in the words of the TOML file.
    """

    margin_mm: float = MARGIN_MM
    spacing_mm: float = 0.0
    keep_out: tuple[Area, ...] = ()
    keep_in: tuple[Area, ...] = ()
    required: Points = field(default_factory=Points)
    forbidden: Points = field(default_factory=Points)
    zones: tuple[Zone, ...] = ()
    snap: Snap | None = None

    def __post_init__(self) -> None:
        for key in ("margin_mm", "spacing_mm"):
            object.__setattr__(self, key, number(key, getattr(self, key), 0))
        for key in ("keep_out", "keep_in", "zones"):
            several = getattr(self, key)
            _check_all(key, several, Zone if key == "zones" else Area)
            object.__setattr__(self, key, tuple(several))
        for key in ("required", "forbidden"):
            if not isinstance(getattr(self, key), Points):
                raise ValueError(f"{key} must be Points, got {getattr(self, key)!r:.80}")
        if not isinstance(self.snap, Snap | None):
            raise ValueError(f"snap must be a Snap or None, got {self.snap!r:.80}")
        sites = self.required.mm or self.required.uv
        if len(set(sites)) < len(sites):
            raise ValueError(f"required: a site is given twice in {list(sites)!s:.80}")


def _check_all(key: str, values: Any, kind: type[Area] | type[Zone]) -> None:
    if not isinstance(values, list | tuple) or any(not isinstance(x, kind) for x in values):
        raise ValueError(f"{key} must be several of {kind.__name__}, got {values!r:.80}")
    names = [x.name for x in values]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"{key}: the name {name!r} is given {names.count(name)} times")
