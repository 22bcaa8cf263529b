"""Registration: from the cells of an instrument to foot coordinates, by the footprint alone.

The steps of one foot are laid on each other by a rigid motion. The principal axis of their mean
footprint is the foot's long axis; the box around it spans u and v.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, optimize, sparse

from recon.grid import FootGrid

LOADED = 0.02
"""A cell belongs to the footprint where its peak exceeds this share of the map's maximum."""

_RASTER_MM = 5.0  # where steps are laid on each other
_FINE_MM = 2.5  # where the box is measured
_EXTENT_MM = (400.0, 240.0)  # room for a long foot, off centre
_ROUNDS = 2  # of laying steps on their mean
_SUBCELLS = 12  # per cell edge, when load is dropped into pixels

Floats = NDArray[np.float64]
Peak = NDArray[np.floating]


@dataclass(frozen=True)
class Pose:
    """A rigid motion from an instrument's plane to the foot's: turn about the centre, then shift.

    Args:
        angle: counter-clockwise, rad.
        centre_mm: (x, y) point of the instrument that goes to the origin.
    """

    angle: float
    centre_mm: tuple[float, float]

    def apply(self, xy_mm: Floats) -> Floats:
        """(..., 2) mm on the instrument -> (..., 2) mm on the foot; y points to the toes."""
        return (xy_mm - self.centre_mm) @ _turn(self.angle).T

    def undo(self, xy_mm: Floats) -> Floats:
        """The inverse of `apply`."""
        return xy_mm @ _turn(self.angle) + self.centre_mm


@dataclass(frozen=True)
class Registration:
    """Where the steps of one foot lie in foot coordinates.

    Args:
        poses: one per step.
        origin_mm: (x, y) of the medial heel corner of the footprint's box, after the pose.
        length_mm, width_mm: of that box.
    """

    poses: tuple[Pose, ...]
    origin_mm: tuple[float, float]
    length_mm: float
    width_mm: float

    def uv(self, step: int, xy_mm: Floats) -> Floats:
        """(..., 2) mm on the instrument -> (..., 2) foot coordinates."""
        x, y = np.moveaxis(self.poses[step].apply(xy_mm) - self.origin_mm, -1, 0)
        return np.stack([y / self.length_mm, x / self.width_mm], axis=-1)


def lay(peaks: Sequence[Peak], pitch_mm: tuple[float, float]) -> tuple[list[Pose], Floats]:
    """Lay the steps of one foot on each other.

    Args:
        peaks: time-maximum of each step, (rows, columns), toes roughly at the top.
        pitch_mm: (row, column) distance of cells.

    Returns:
        The poses, and how well each step's map then correlates with the median map.
    """
    poses = [_pose_from_moments(peak, pitch_mm) for peak in peaks]
    for _ in range(_ROUNDS if len(peaks) > 1 else 0):
        mean = _rasters(peaks, poses, pitch_mm).mean(axis=0)
        poses = [_refine(p, pose, mean, pitch_mm) for p, pose in zip(peaks, poses, strict=True)]
    maps = _rasters(peaks, poses, pitch_mm)
    median = np.median(maps, axis=0).ravel()
    return poses, np.array([np.corrcoef(one.ravel(), median)[0, 1] for one in maps])


def register(
    peaks: Sequence[Peak], poses: Sequence[Pose], pitch_mm: tuple[float, float]
) -> Registration:
    """Find the foot's long axis and box from its steps, laid on each other by `poses`."""
    mean = _rasters(peaks, poses, pitch_mm, _FINE_MM).mean(axis=0)
    # The mean footprint's own axis and centre turn and shift all poses alike.
    axis = _pose_from_moments(mean, (_FINE_MM, _FINE_MM))
    centre = np.array(axis.centre_mm) - np.array(_EXTENT_MM[::-1]) / 2
    straight = [Pose(p.angle + axis.angle, _pair(p.undo(centre))) for p in poses]
    mean = _rasters(peaks, straight, pitch_mm, _FINE_MM).mean(axis=0)
    x, y = _raster_xy(_FINE_MM)[_footprint(mean)].T
    return Registration(
        poses=tuple(straight),
        origin_mm=(float(x.min()) - _FINE_MM / 2, float(y.min()) - _FINE_MM / 2),
        length_mm=float(np.ptp(y)) + _FINE_MM,
        width_mm=float(np.ptp(x)) + _FINE_MM,
    )


def resampler(
    registration: Registration,
    step: int,
    shape: tuple[int, int],
    pitch_mm: tuple[float, float],
    grid: FootGrid,
) -> sparse.csr_array:
    """The linear map from a step's cells to the pixels of the foot grid.

    Each cell is cut into small parts, and the load of each part is dropped into the pixel that
    it falls in. So pressure times true pixel area sums to the same force as before, but for load
    outside the grid.

    Returns:
        (pixels, cells), to be applied to flattened pressure frames.
    """
    cells = _cells_xy(shape, pitch_mm).reshape(-1, 2)
    offset = (np.arange(_SUBCELLS) + 0.5) / _SUBCELLS - 0.5
    parts = np.stack(np.meshgrid(offset * pitch_mm[1], offset * pitch_mm[0]), -1).reshape(-1, 2)
    uv = registration.uv(step, cells[:, None] + parts)
    row, column = np.moveaxis(np.rint(grid.pixel(uv)).astype(int), -1, 0)
    inside = (row >= 0) & (row < grid.shape[0]) & (column >= 0) & (column < grid.shape[1])
    cell = np.broadcast_to(np.arange(len(cells))[:, None], row.shape)[inside]
    pixel = (row * grid.shape[1] + column)[inside]
    size = grid.mm_per_pixel(registration.length_mm, registration.width_mm)
    weight = np.prod(pitch_mm) / _SUBCELLS**2 / np.prod(size)
    matrix = sparse.coo_array(
        (np.full(len(cell), weight), (pixel, cell)), shape=(np.prod(grid.shape), len(cells))
    )
    return matrix.tocsr()


def _turn(angle: float) -> Floats:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s], [s, c]])


def _pair(values: Floats) -> tuple[float, float]:
    return (float(values[0]), float(values[1]))


def _cells_xy(shape: tuple[int, int], pitch_mm: tuple[float, float]) -> Floats:
    """(rows, columns, 2): x to the right and y to the top of every cell centre, mm."""
    rows, columns = shape
    x = (np.arange(columns) + 0.5) * pitch_mm[1]
    y = (rows - np.arange(rows) - 0.5) * pitch_mm[0]
    return np.stack(np.meshgrid(x, y), axis=-1)


def _raster_xy(edge_mm: float) -> Floats:
    """Points of the common raster of a foot's steps, around the origin."""
    rows, columns = (round(extent / edge_mm) for extent in _EXTENT_MM)
    return _cells_xy((rows, columns), (edge_mm, edge_mm)) - np.array(_EXTENT_MM[::-1]) / 2


def _raster(
    peak: Peak, pose: Pose, pitch_mm: tuple[float, float], edge_mm: float = _RASTER_MM
) -> Floats:
    """A step's peak map on the common raster."""
    xy = pose.undo(_raster_xy(edge_mm))
    row = peak.shape[0] - 0.5 - xy[..., 1] / pitch_mm[0]
    column = xy[..., 0] / pitch_mm[1] - 0.5
    return ndimage.map_coordinates(np.asarray(peak, float), [row, column], order=1)


def _rasters(
    peaks: Sequence[Peak],
    poses: Sequence[Pose],
    pitch_mm: tuple[float, float],
    edge_mm: float = _RASTER_MM,
) -> Floats:
    pairs = zip(peaks, poses, strict=True)
    return np.stack([_raster(peak, pose, pitch_mm, edge_mm) for peak, pose in pairs])


def has_footprint(peak: Peak) -> bool:
    """Whether anything but specks is loaded, so that the map can be registered."""
    rows, columns = _footprint(peak).nonzero()
    return len(rows) > 0 and bool(np.ptp(rows) > 0 and np.ptp(columns) > 0)


def _footprint(peak: Peak) -> NDArray[np.bool_]:
    """Loaded cells, without specks of fewer than 3 that touch nothing else."""
    mask = peak > LOADED * peak.max()
    labels, count = ndimage.label(mask, structure=np.ones((3, 3)))
    sizes = ndimage.sum_labels(mask, labels, np.arange(count + 1))
    return mask & (sizes >= 3)[labels]


def _pose_from_moments(peak: Peak, pitch_mm: tuple[float, float]) -> Pose:
    """Centre and principal axis of the footprint."""
    xy = _cells_xy(peak.shape, pitch_mm)[_footprint(peak)]
    centre = xy.mean(axis=0)
    axis = np.linalg.eigh(np.cov((xy - centre).T))[1][:, -1]
    axis = axis if axis[1] >= 0 else -axis
    return Pose(float(np.arctan2(axis[0], axis[1])), _pair(centre))


def _refine(peak: Peak, start: Pose, mean: Floats, pitch_mm: tuple[float, float]) -> Pose:
    """The pose near `start` whose map correlates best with the mean map."""

    def pose(change: Floats) -> Pose:
        return Pose(
            start.angle + change[0] / 100,  # so that 1 matters as much here as 1 mm there
            (start.centre_mm[0] + change[1], start.centre_mm[1] + change[2]),
        )

    def mismatch(change: Floats) -> float:
        return -float(np.corrcoef(_raster(peak, pose(change), pitch_mm).ravel(), target)[0, 1])

    target = mean.ravel()
    found = optimize.minimize(
        mismatch,
        np.zeros(3),
        method="Nelder-Mead",
        options={
            "initial_simplex": np.vstack([np.zeros(3), 4 * np.eye(3)]),
            "xatol": 0.1,
            "fatol": 1e-5,
        },
    )
    return pose(found.x)
