"""Contact: how the load of a foot's segments becomes pressure on a raster.

The tissue of a segment is a nonlinear Winkler foundation under a rigid bone: where it is pressed
in by d mm it answers with k d (1 + (d / STIFFENING_MM)^2), as heel pads stiffen when pressed
(Gefen, Megido-Ravid and Itzchak 2001, J Biomech 34, 1661-1665). How deep a segment sinks is solved
for its load. Skin and sensors spread the pressure by a Gaussian.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from recon.simulate.sole import SEGMENTS, Sole, segment_heights

Floats = NDArray[np.float64]

STIFFNESS = np.array([38.0, 26.0, 75.0, 52.0, 42.0])
"""k of heel, midfoot, forefoot, hallux and toes, kPa/mm."""
STIFFENING_MM = 8.0
SPREAD_MM = 2.5
_DEEPEST_MM = 30.0
_ITERATIONS = 14


def pressure(
    sole: Sole,
    stiffness: float,
    loads_n: Floats,
    rolls_mm: Floats,
    tilts_mm: Floats,
    xy_mm: Floats,
    cell_mm: tuple[float, float],
) -> Floats:
    """(t, rows, columns) kPa; kPa x cell area sums to the load of every frame, up to rounding.

    Args:
        stiffness: the person's factor.
        loads_n: (t, segments).
        rolls_mm: (t, segments), see `segment_heights`.
        tilts_mm: (t,) by how much the medial edge of the forefoot is lifted.
        xy_mm: (rows, columns, 2) the raster in foot axes; it must hold the whole footprint.
        cell_mm: (row, column) size of its cells.
    """
    frames, (rows, columns) = len(loads_n), xy_mm.shape[:2]
    points = xy_mm.reshape(-1, 2)
    heights = segment_heights(sole, points, rolls_mm)
    medial = 0.5 - points[:, 0] / sole.width_mm
    heights[:, SEGMENTS.index("forefoot")] += tilts_mm[:, None] * medial
    maps = np.zeros((frames, rows * columns))
    area = float(np.prod(cell_mm))
    for number in range(len(SEGMENTS)):
        k = STIFFNESS[number] * stiffness
        maps += _press(heights[:, number], loads_n[:, number] / area * 1e3, k)
    images = maps.reshape(frames, rows, columns)
    blur = SPREAD_MM / np.array(cell_mm)
    images = ndimage.gaussian_filter(images, (0, *blur), mode="constant", truncate=3)
    wanted = loads_n.sum(axis=1) / area * 1e3
    total = images.sum(axis=(1, 2))
    return images * np.divide(wanted, total, where=total > 0, out=np.zeros(frames))[:, None, None]


def _press(heights: Floats, wanted: Floats, k: float) -> Floats:
    """(t, points) kPa that sum to `wanted` (t,), from a surface that sinks into the floor.

    The sum is a convex, growing function of the depth: Newton's steps from above come down to it.
    """
    depth = heights.min(axis=1) + _DEEPEST_MM
    for _ in range(_ITERATIONS):
        sunk = np.maximum(depth[:, None] - heights, 0)
        square = (sunk / STIFFENING_MM) ** 2
        excess = (sunk * (1 + square)).sum(axis=1) - wanted / k
        slope = ((sunk > 0) * (1 + 3 * square)).sum(axis=1)
        depth = depth - excess / np.maximum(slope, 1)
    sunk = np.maximum(depth[:, None] - heights, 0)
    return k * sunk * (1 + (sunk / STIFFENING_MM) ** 2) * (wanted > 0)[:, None]
