"""Crosstalk: rows or columns of an instrument that seem loaded beyond the foot."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

LINE_CELLS = 8
"""A straight line of loaded cells, one cell wide and at least so long, is no part of a foot.

In-shoe sheets read their cells by rows and columns, and one that leaks shows as such a line: 8 to
13 cells in the F-Scan walk. The longest in 419 barefoot steps of SpeedPP2DS has 7.
"""


def lines(loaded: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which loaded cells (rows, columns) lie on a line along a row or a column.

    Cells in a fully loaded block of 2 x 2 do not (a morphological opening), so that where the
    line crosses the foot it is the foot that counts.
    """
    padded = np.pad(loaded, 1)
    thin = (padded & ~ndimage.binary_opening(padded, np.ones((2, 2))))[1:-1, 1:-1]
    return _long(thin) | _long(thin.T).T


def _long(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Runs along a column of at least LINE_CELLS."""
    labels, _ = ndimage.label(mask, structure=[[0, 1, 0]] * 3)
    return mask & (np.bincount(labels.ravel()) >= LINE_CELLS)[labels]
