"""Scans: from a mesh of a foot to the height of its sole over the floor.

Units, plantar side, long axis, toes and side are found from the surface alone (docs/scans.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from recon import sole
from recon.grid import FootGrid
from recon.height import PITCH_MM, height_image, looking_down
from recon.mesh import check_mesh, read_mesh
from recon.recording import Side

if TYPE_CHECKING:
    import trimesh

__all__ = ["PITCH_MM", "Box", "Scan", "read_scan", "scan_from_mesh"]

Floats = NDArray[np.float64]
LengthUnits = Literal["m", "cm", "mm"]
Axis = Literal["+x", "-x", "+y", "-y", "+z", "-z"]

GEOMETRY_MM = 20.0
"""Height at which the geometry image ends (Wang et al. 2026)."""

CONTACT_MM = 2.0
"""The sole touches the floor when walking where it stands less than this over it.

A choice, see docs/scans.md."""

_MM = {"m": 1000.0, "cm": 10.0, "mm": 1.0}
_DIAMETER_MM = (140.0, 500.0)  # of a foot with some leg
_LENGTH_MM = (150.0, 350.0)
_WIDTH = (0.28, 0.52)  # of the length
_FILLED = (0.55, 0.92)  # of the box around the outline
_SPECK_MM2 = 50.0  # a smaller piece of contact is noise
_POINTS = 400_000  # half a dozen in each pixel of the sole
_FEW = 5_000


@dataclass(frozen=True)
class Box:
    """The box around a contact outline, which u and v in [0, 1] span.

    Args:
        origin_mm: (x, y) of its medial heel corner: x right from the left edge, y up from the
            bottom edge of the scan's height image.
        length_mm, width_mm: its size.
    """

    origin_mm: tuple[float, float]
    length_mm: float
    width_mm: float


@dataclass(frozen=True, eq=False)
class Scan:
    """The sole of one foot, as scanned, seen from above in foot axes.

    Args:
        source: file that it comes from.
        side: which foot; the image of a left one is mirrored.
        length_mm, width_mm: of the whole foot, along and across the long axis of its outline.
        height_mm: (rows, columns) height of the sole over the floor, >= 0, in pixels of
            `PITCH_MM`; toes at the top, the medial edge on the left; NaN outside the outline, no
            holes inside.
    """

    source: str
    side: Side
    length_mm: float
    width_mm: float
    height_mm: NDArray[np.float32]

    @cached_property
    def contact(self) -> NDArray[np.bool_]:
        """(rows, columns) where the sole touches the floor when walking, the contact outline.

        All that stands less than `CONTACT_MM` over the floor, in one piece or several. The arch
        stays open, also where heel and forefoot do not touch; only specks are dropped.
        """
        height = np.where(np.isnan(self.height_mm), np.inf, self.height_mm)
        touching = ndimage.median_filter(height, round(5 / PITCH_MM), mode="constant", cval=np.inf)
        parts, _ = ndimage.label(touching < CONTACT_MM)
        area_mm2 = np.bincount(parts.ravel()) * PITCH_MM**2
        return (parts > 0) & (area_mm2 >= _SPECK_MM2)[parts]

    @cached_property
    def box(self) -> Box:
        """Around the contact outline."""
        row, column = np.nonzero(self.contact)
        return Box(
            origin_mm=(
                float(column.min() * PITCH_MM),
                float((len(self.contact) - 1 - row.max()) * PITCH_MM),
            ),
            length_mm=float((np.ptp(row) + 1) * PITCH_MM),
            width_mm=float((np.ptp(column) + 1) * PITCH_MM),
        )

    def geometry(self, grid: FootGrid) -> NDArray[np.float32]:
        """The sole on the foot grid, (grid rows, grid columns) in [0, 1].

        1 is the floor, 0 is `GEOMETRY_MM` over it or outside the outline; each value is the mean
        over its pixel.
        """
        parts = 5
        offset = (np.arange(parts) + 0.5) / parts - 0.5
        fine = np.meshgrid(*(np.add.outer(np.arange(n), offset).ravel() for n in grid.shape))
        u, v = np.moveaxis(grid.uv(np.stack(fine, axis=-1).swapaxes(0, 1)), -1, 0)
        x = self.box.origin_mm[0] + v * self.box.width_mm
        y = self.box.origin_mm[1] + u * self.box.length_mm
        row = len(self.height_mm) - 0.5 - y / PITCH_MM
        share = np.nan_to_num(1 - np.minimum(self.height_mm, GEOMETRY_MM) / GEOMETRY_MM)
        sampled = ndimage.map_coordinates(share, [row, x / PITCH_MM - 0.5], order=0)
        rows, columns = grid.shape
        return sampled.reshape(rows, parts, columns, parts).mean(axis=(1, 3)).astype(np.float32)


def read_scan(
    path: str | Path,
    *,
    units: LengthUnits | None = None,
    side: Side | None = None,
    up: Axis | None = None,
    toes: Axis | None = None,
) -> Scan:
    """Read the STL, OBJ or PLY scan of a foot; see `scan_from_mesh` for the arguments.

    Raises:
        OSError: no such file, or it cannot be read.
        ValueError: a damaged file, or `scan_from_mesh` refuses it.
    """
    mesh = read_mesh(path)
    return scan_from_mesh(mesh, str(path), units=units, side=side, up=up, toes=toes)


def scan_from_mesh(
    mesh: trimesh.Trimesh,
    source: str,
    *,
    units: LengthUnits | None = None,
    side: Side | None = None,
    up: Axis | None = None,
    toes: Axis | None = None,
) -> Scan:
    """Stand a foot on the floor and look at its sole.

    The mesh is a whole foot, cut anywhere above the ankle, or the surface of its sole alone, in
    any pose. What is None is found.

    Args:
        mesh: triangles; their order and orientation do not matter.
        source: named in errors.
        units: of the mesh.
        side: which foot it is.
        up: the mesh's axis that points roughly from the sole to the ankle.
        toes: the mesh's axis that points roughly from the heel to the toes.

    Raises:
        ValueError: an empty or broken mesh, not a foot, or a foot whose units, toes or side are
            not plain; the message says what to pass.
    """
    for name, value, kind in (
        ("units", units, LengthUnits),
        ("side", side, Side),
        ("up", up, Axis),
        ("toes", toes, Axis),
    ):
        if value not in (None, *get_args(kind)):
            raise ValueError(f"{name} must be one of {', '.join(get_args(kind))}, got {value!r}")
    check_mesh(mesh, source)
    try:
        points, normals = sole.sample_surface(
            np.asarray(mesh.vertices, float), np.asarray(mesh.faces), _POINTS
        )
        points *= _MM[_units(sole.diameter(points[:: len(points) // _FEW]), units)]
        around = np.linalg.norm(points - np.median(points, axis=0), axis=1) < _DIAMETER_MM[1]
        points, normals = points[around], normals[around]
        few = points[:: len(points) // _FEW]
        turn = sole.standing(few, None if up is None else _direction(up))
        points = points @ turn.T
        points[:, 2] -= sole.floor(points)
        points = points[looking_down(points, normals @ turn[2])]
        axis = sole.long_axis(points)
        height = height_image(points @ axis.T)
        _check_foot(height)
        if _toes_are_below(height, None if toes is None else axis @ turn @ _direction(toes)):
            height = height[::-1, ::-1]
        side = side or _side(height)
    except ValueError as error:
        raise ValueError(f"{source}: {error}") from error
    rows, columns = height.shape
    return Scan(
        source=source,
        side=side,
        length_mm=rows * PITCH_MM,
        width_mm=columns * PITCH_MM,
        height_mm=height[::-1, :: -1 if side == "left" else 1].astype(np.float32),
    )


def _units(size: float, given: LengthUnits | None) -> LengthUnits:
    """The units in which `size`, the longest extent, is one of a foot."""
    low, high = _DIAMETER_MM
    for units in get_args(LengthUnits) if given is None else (given,):
        if low <= size * _MM[units] <= high:
            return units
    raise ValueError(
        f"not a foot: its longest extent is {size:.4g} {given or 'in m, cm or mm'}, expected "
        f"{low:.0f} to {high:.0f} mm; scale it, or pass its units if they are others"
    )


def _direction(axis: Axis) -> Floats:
    return np.eye(3)["xyz".index(axis[1])] * (1 if axis[0] == "+" else -1)


def _check_foot(height: Floats) -> None:
    length, width = height.shape[0] * PITCH_MM, height.shape[1] * PITCH_MM
    filled = float(np.isfinite(height).mean())
    for what, value, (low, high) in (
        ("is {:.0f} mm long", length, _LENGTH_MM),
        ("is {:.2f} times as wide as long", width / length, _WIDTH),
        ("fills {:.2f} of the box around it", filled, _FILLED),
    ):
        if not low <= value <= high:
            raise ValueError(
                f"not a foot: seen from its sole it {what.format(value)}, expected {low:g} to "
                f"{high:g}; if it is one, pass its units, and up, its axis away from the floor"
            )


def _toes_are_below(height: Floats, toes: Floats | None) -> bool:
    """Whether the toes are at the first row; `toes` is their direction, where it is known."""
    if toes is not None:
        if abs(toes[1]) < 0.5:
            raise ValueError("toes is not along the foot; pass the axis that points to its toes")
        return bool(toes[1] < 0)
    wider = sole.forefoot(height)
    if abs(wider) < 0.03:
        raise ValueError(
            "heel and toes cannot be told apart, both ends are about as wide; is it a foot? "
            "If so, pass toes, its axis from the heel to the toes, such as '+y'"
        )
    return wider < 0


def _side(height: Floats) -> Side:
    medial_left = sole.medial_left(height)
    if abs(medial_left) < 0.25:
        raise ValueError(
            "left and right cannot be told apart by arch and toes; is it a foot? "
            "If so, pass side, 'left' or 'right'"
        )
    return "right" if medial_left > 0 else "left"
