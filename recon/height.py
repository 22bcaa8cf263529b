"""The height image of a sole that stands on the floor."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from recon import sole

Floats = NDArray[np.float64]

PITCH_MM = 1.0
"""Pixel edge of the height image."""

_FOOT_MM = 60.0  # height below which a foot is longest and widest; a leg may lean over it
_NARROW = 4  # pixels; what is narrower than twice that is no part of the outline


def looking_down(points: Floats, normal_z: Floats) -> NDArray[np.bool_]:
    """Which points are low enough for the sole, and look down as what rests on the floor does.

    Through a hole in the sole the back of the foot is seen, which looks up. Where the triangles
    are not oriented alike, all low ones count.

    Args:
        points: (n, 3) mm, standing on z = 0.
        normal_z: (n,) z of the unit normals, all outwards or all inwards, or mixed.
    """
    low = points[:, 2] < _FOOT_MM
    share_up = (normal_z[points[:, 2] < sole.FLAT_MM] > 0).mean()
    if 0.1 < share_up < 0.9:
        return low
    return low & ((normal_z > 0) == (share_up > 0.5))


def height_image(points: Floats) -> Floats:
    """Height of the lowest surface in the foot's outline, in pixels of `PITCH_MM`.

    Args:
        points: (n, 3) mm, spread evenly over the sole, standing on z = 0.

    Returns:
        (rows, columns) mm, >= 0, NaN outside the outline; rows along y and columns along x,
        from the lowest ones on.

    Raises:
        ValueError: a surface too narrow for an outline.
    """
    surface, count = sole.lowest(points, PITCH_MM)
    surface, count = np.pad(surface, _NARROW), np.pad(count, _NARROW)
    # At its edge a pixel counts that the surface covers by half; noise spreads thinner.
    outline = ndimage.binary_fill_holes(count >= np.median(count[count > 0]) / 2)
    outline = ndimage.binary_opening(outline, _disc(_NARROW))
    outline = ndimage.binary_closing(outline, _disc(_NARROW))
    outline = ndimage.binary_fill_holes(outline)
    if not outline.any():
        raise ValueError("not a foot: seen from its sole it is nowhere 10 mm wide")
    parts, _ = ndimage.label(outline)
    outline = parts == np.bincount(parts[parts > 0]).argmax()
    height = np.where(outline, np.maximum(_filled(surface, count > 0, outline), 0), np.nan)
    return height[ndimage.find_objects(outline.astype(int))[0]]


def _filled(surface: Floats, seen: NDArray[np.bool_], outline: NDArray[np.bool_]) -> Floats:
    """The surface, with heights that vary smoothly where it has holes in its outline."""
    nearest = ndimage.distance_transform_edt(~seen, return_distances=False, return_indices=True)
    surface = surface[tuple(nearest)]
    holes = outline & ~seen
    if holes.any():
        for _ in range(100):  # diffusion over about 15 pixels
            surface[holes] = ndimage.uniform_filter(surface, 5)[holes]
    return surface


def _disc(radius: int) -> NDArray[np.bool_]:
    y, x = np.ogrid[-radius : radius + 1, -radius : radius + 1]
    return x**2 + y**2 <= radius**2
