"""How far a scan of a simulated foot is from the sole that it was made of."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage, optimize

from recon.lay import turn
from recon.scan import GEOMETRY_MM, PITCH_MM, Scan
from recon.simulate import Foot
from recon.simulate.walk import standing_height

STEP_MM = 2.0  # between the points of the sole that are compared


@dataclass(frozen=True)
class Miss:
    """Scan minus truth.

    Args:
        length_mm, width_mm: of the foot, along and across the scan's long axis.
        height_mm: (n,) of points of the sole that truly stand less than `GEOMETRY_MM` high.
    """

    length_mm: float
    width_mm: float
    height_mm: np.ndarray


def miss(foot: Foot, scan: Scan) -> Miss:
    """Compare at the rigid motion in the floor's plane that fits best: no axis is the true one."""
    sole = foot.sole
    x, y = (np.arange(0, size, STEP_MM) for size in (sole.width_mm, sole.length_mm))
    points = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    true = standing_height(foot, points)
    points, true = points[true < GEOMETRY_MM], true[true < GEOMETRY_MM]
    middle = points.mean(axis=0)
    image = np.nan_to_num(np.minimum(scan.height_mm, GEOMETRY_MM), nan=GEOMETRY_MM)
    start = np.array([scan.width_mm / 2, scan.length_mm / 2])

    def error(change: np.ndarray) -> np.ndarray:
        at = (points - middle) @ turn(change[0] / 100).T + start + change[1:]
        row = len(image) - 0.5 - at[:, 1] / PITCH_MM
        column = at[:, 0] / PITCH_MM - 0.5
        found = ndimage.map_coordinates(image, [row, column], order=1, cval=GEOMETRY_MM)
        return found - true

    change = optimize.least_squares(error, np.zeros(3), loss="soft_l1").x
    edge_y = np.linspace(0, sole.length_mm, 2000)
    edge = np.concatenate([np.c_[x, edge_y] for x in sole.edges(edge_y)])
    width, length = np.ptp(edge @ turn(change[0] / 100).T, axis=0)
    return Miss(scan.length_mm - length, scan.width_mm - width, error(change))
