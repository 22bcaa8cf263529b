"""Candidate sites: where a sensor may sit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from recon.grid import FootGrid
from recon.layout import U_RANGE, V_RANGE

MARGIN_MM = 5.0
"""Default distance from a sensor's centre to the outline: a 10 mm disc lies wholly inside."""

FEW_MM = 30.0
"""Places that all lie within so little of the heel are in cm: no foot is longer than that in cm."""


def candidate_sites(
    outline: NDArray[np.bool_], grid: FootGrid, margin_mm: float = MARGIN_MM
) -> NDArray[np.float64]:
    """Pixel centres inside the outline and at least `margin_mm` from its edge.

    Args:
        outline: (rows, columns), True inside the footprint.

    Returns:
        (S, 2) foot coordinates (u, v), row by row from the toes.

    Raises:
        ValueError: a negative margin, or one that leaves no site.
    """
    if margin_mm < 0:
        raise ValueError(f"margin_mm must be >= 0, got {margin_mm}")
    depth = edge_depth_mm(grid.centres().reshape(-1, 2), outline, grid)
    allowed = outline & (depth.reshape(grid.shape) >= margin_mm - 1e-9)
    if not allowed.any():
        raise ValueError(f"a margin of {margin_mm} mm leaves no site inside the footprint")
    return grid.uv(np.argwhere(allowed))


def edge_depth_mm(
    uv: NDArray[np.float64], outline: NDArray[np.bool_], grid: FootGrid
) -> NDArray[np.float64]:
    """How far inside the outline points lie: (n, 2) u, v -> (n,) mm, negative outside.

    A pixel's centre is half a pixel from its edge, so the depth is the distance to the nearest
    pixel centre outside, less half a pixel; outside it is that to the nearest inside.
    """
    inner = np.argwhere(outline)
    outer = np.argwhere(~np.pad(outline, 1)) - 1  # the image's edge is an edge of the outline too
    pixel = grid.pixel(uv)
    to_outer, _ = cKDTree(outer).query(pixel)
    to_inner = cKDTree(inner).query(pixel)[0] if len(inner) else np.full(len(pixel), np.inf)
    depth = np.where(to_inner <= to_outer, to_outer - 0.5, 0.5 - to_inner)
    return np.asarray(depth * grid.pitch_mm)


def check_on_foot(x: float, y: float, where: str, grid: FootGrid) -> None:
    """Raise ValueError, which begins with `where`, for a place in mm that no layout can have."""
    length, width = grid.foot_mm
    (back, front), (inner, outer) = U_RANGE, V_RANGE
    if not (inner * width <= x <= outer * width and back * length <= y <= front * length):
        raise ValueError(
            f"{where}: {told_mm((x, y))} is off the foot: x_mm runs from 0 (medial) to {width:g} "
            f"(lateral) and y_mm from 0 (heel) to {length:g} (toes), with "
            f"{-inner * width:g} and {-back * length:g} mm beyond"
        )


def check_meant(corners: NDArray[np.float64], where: str, grid: FootGrid) -> None:
    """Raise ValueError, which begins with `where`, for an area (c, 2) in mm that touches no site
    and lies beside the foot, or so near to the origin that it seems to be in centimetres."""
    length, width = grid.foot_mm
    low, high = corners.min(axis=0), corners.max(axis=0)
    beside = (high <= 0).any() or (low >= (width, length)).any()
    if beside or (high < FEW_MM).all():
        raise ValueError(
            f"{where}, from {told_mm(low)} to {told_mm(high)}, touches no place for a sensor: x_mm "
            f"runs from 0 (medial) to {width:g} (lateral) and y_mm from 0 (heel) to {length:g} "
            f"(toes); {'are x and y swapped?' if beside else 'were centimetres given?'}"
        )


def told_mm(place: NDArray[np.float64] | tuple[float, float]) -> str:
    """A place in mm, in words."""
    return f"({round(float(place[0]), 1):g}, {round(float(place[1]), 1):g}) mm"
