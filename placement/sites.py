"""Candidate sites: where a sensor may sit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from recon.grid import FootGrid

MARGIN_MM = 5.0
"""Default distance from a sensor's centre to the outline: a 10 mm disc lies wholly inside."""


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
    padded = np.pad(outline, 1)  # the image's edge is an edge of the outline too
    to_outside = ndimage.distance_transform_edt(padded)[1:-1, 1:-1]
    depth_mm = (to_outside - 0.5) * grid.pitch_mm  # a pixel's centre is half a pixel from its edge
    allowed = outline & (depth_mm >= margin_mm)
    if not allowed.any():
        raise ValueError(f"a margin of {margin_mm} mm leaves no site inside the footprint")
    return grid.uv(np.argwhere(allowed))
