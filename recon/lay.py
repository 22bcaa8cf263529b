"""Lay the steps of one foot on each other, by rigid motions of their peak maps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, optimize

from recon.crosstalk import lines

LOADED = 0.02
"""A cell belongs to the footprint where its peak exceeds this share of the map's maximum."""

FINE_MM = 2.5
"""Pixel edge of the mean footprint, on which axes and outlines are measured."""

_COARSE_MM = 5.0  # where steps are laid on each other
_EXTENT_MM = (400.0, 240.0)  # room for a long foot, off centre
_EDGE = 0.875  # mean over all offsets of an edge in its cell of a linearly read mask, at the edge
_ROUNDS = 2  # of laying steps on their mean
_BLUR_MM = 2.5  # catches steps from further off

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class PeakMap:
    """The time-maximum of one step on its instrument's cells.

    Args:
        pressure: (rows, columns), toes roughly at the top.
        pitch_mm: (row, column) distance of cells.
    """

    pressure: NDArray[np.floating]
    pitch_mm: tuple[float, float]


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
        return (xy_mm - self.centre_mm) @ turn(self.angle).T

    def undo(self, xy_mm: Floats) -> Floats:
        """The inverse of `apply`."""
        return xy_mm @ turn(self.angle) + self.centre_mm

    def then(self, angle: float, centre_mm: Floats) -> Pose:
        """This pose followed by one more turn about `centre_mm`, which goes to the origin."""
        x, y = self.undo(centre_mm)
        return Pose(self.angle + angle, (float(x), float(y)))


def turn(angle: float) -> Floats:
    """(2, 2) matrix of a counter-clockwise turn."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s], [s, c]])


def extent_mm(peak: PeakMap) -> float:
    """Diagonal of the box of the loaded cells."""
    rows, columns = np.nonzero(peak.pressure > LOADED * peak.pressure.max())
    row_mm, column_mm = peak.pitch_mm
    return float(np.hypot((np.ptp(rows) + 1) * row_mm, (np.ptp(columns) + 1) * column_mm))


def lay(peaks: Sequence[PeakMap]) -> tuple[list[Pose], Floats]:
    """Lay the steps of one foot on each other.

    Returns:
        The poses, and how well each step's map then correlates with the median map.
    """
    poses = [pose_from_moments(peak) for peak in peaks]
    for _ in range(_ROUNDS if len(peaks) > 1 else 0):
        mean = _rasters(peaks, poses, _COARSE_MM).mean(axis=0)
        poses = [_refine(peak, pose, mean) for peak, pose in zip(peaks, poses, strict=True)]
    maps = _rasters(peaks, poses, _COARSE_MM)
    median = np.median(maps, axis=0).ravel()
    return poses, np.array([np.corrcoef(one.ravel(), median)[0, 1] for one in maps])


def upside_down(peaks: Sequence[PeakMap], poses: Sequence[Pose]) -> NDArray[np.bool_]:
    """(steps,) whether a step turned by 180 degrees would lie better on the others' median map."""
    maps = _rasters(peaks, poses, _COARSE_MM)
    median = np.median(maps, axis=0).ravel()
    straight, turned = (
        np.array([np.corrcoef(one.ravel(), median)[0, 1] for one in stack])
        for stack in (maps, maps[:, ::-1, ::-1])
    )
    return turned > straight


def mean_footprint(peaks: Sequence[PeakMap], poses: Sequence[Pose]) -> PeakMap:
    """The mean peak map of steps laid on each other, in pixels of FINE_MM around the origin.

    The origin of the poses lies at `fine_centre` of its plane.
    """
    return PeakMap(_rasters(peaks, poses, FINE_MM).mean(axis=0), (FINE_MM, FINE_MM))


def contact_area(peaks: Sequence[PeakMap], poses: Sequence[Pose]) -> NDArray[np.bool_]:
    """The pixels of `mean_footprint` that touch the instrument, without the width of its cells.

    A cell is loaded where the foot covers any part of it, so that its loaded cells are half a cell
    wider than a foot all around.
    """
    xy = _raster_xy(FINE_MM)
    share = [
        sample(footprint(peak.pressure), peak.pitch_mm, pose.undo(xy))
        for peak, pose in zip(peaks, poses, strict=True)
    ]
    return np.mean(share, axis=0) >= _EDGE


def fine_centre() -> Floats:
    """(2,) x, y of the poses' origin, from the lower left corner of `mean_footprint`."""
    return np.array(_EXTENT_MM[::-1]) / 2


def cells_xy(shape: tuple[int, int], pitch_mm: tuple[float, float]) -> Floats:
    """(rows, columns, 2): x to the right and y to the top of every cell centre, mm."""
    rows, columns = shape
    x = (np.arange(columns) + 0.5) * pitch_mm[1]
    y = (rows - np.arange(rows) - 0.5) * pitch_mm[0]
    return np.stack(np.meshgrid(x, y), axis=-1)


def sample(
    image: NDArray[np.floating] | NDArray[np.bool_],
    pitch_mm: tuple[float, float],
    xy_mm: Floats,
) -> NDArray[np.float64]:
    """Values (...) of an image at points (..., 2) of its plane, linear between cells, else 0."""
    row = image.shape[0] - 0.5 - xy_mm[..., 1] / pitch_mm[0]
    column = xy_mm[..., 0] / pitch_mm[1] - 0.5
    return ndimage.map_coordinates(np.asarray(image, float), [row, column], order=1)


def without_crosstalk(pressure: NDArray[np.floating]) -> NDArray[np.floating]:
    """A peak map without the lines of cells that are loaded beyond the foot."""
    return np.where(lines(pressure > LOADED * pressure.max()), 0, pressure)


def footprint(pressure: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Loaded cells of a peak map, without specks of fewer than 3 that touch nothing else."""
    mask = pressure > LOADED * pressure.max()
    labels, count = ndimage.label(mask, structure=np.ones((3, 3)))
    sizes = ndimage.sum_labels(mask, labels, np.arange(count + 1))
    return mask & (sizes >= 3)[labels]


def has_footprint(pressure: NDArray[np.floating]) -> bool:
    """Whether anything but specks is loaded, so that the map can be laid."""
    rows, columns = footprint(pressure).nonzero()
    return len(rows) > 0 and bool(np.ptp(rows) > 0 and np.ptp(columns) > 0)


def pose_from_moments(peak: PeakMap) -> Pose:
    """Centre and principal axis of the footprint."""
    xy = cells_xy(peak.pressure.shape, peak.pitch_mm)[footprint(peak.pressure)]
    centre = xy.mean(axis=0)
    axis = np.linalg.eigh(np.cov((xy - centre).T))[1][:, -1]
    axis = axis if axis[1] >= 0 else -axis
    return Pose(float(np.arctan2(axis[0], axis[1])), (float(centre[0]), float(centre[1])))


def _raster_xy(edge_mm: float) -> Floats:
    """Points of the common raster of a foot's steps, around the origin."""
    rows, columns = (round(extent / edge_mm) for extent in _EXTENT_MM)
    return cells_xy((rows, columns), (edge_mm, edge_mm)) - fine_centre()


def _rasters(peaks: Sequence[PeakMap], poses: Sequence[Pose], edge_mm: float) -> Floats:
    """The steps' peak maps on their common raster, (steps, rows, columns)."""
    xy = _raster_xy(edge_mm)
    pairs = zip(peaks, poses, strict=True)
    return np.stack([sample(p.pressure, p.pitch_mm, pose.undo(xy)) for p, pose in pairs])


def _refine(peak: PeakMap, start: Pose, mean: Floats) -> Pose:
    """The pose near `start` whose map, at its best gain, differs least from the mean map."""
    xy = _raster_xy(_COARSE_MM)
    target = ndimage.gaussian_filter(mean, _BLUR_MM / _COARSE_MM)
    blur = _BLUR_MM / np.array(peak.pitch_mm)
    image = ndimage.gaussian_filter(np.asarray(peak.pressure, float), blur, mode="constant")
    down, right = np.gradient(image, *peak.pitch_mm)

    def misfit(change: Floats) -> Floats:
        found = sample(image, peak.pitch_mm, _moved(start, change).undo(xy))
        return (_gain(found, target) * found - target).ravel()

    def slope(change: Floats) -> Floats:  # at a fixed gain, as in Gauss-Newton
        pose = _moved(start, change)
        at = pose.undo(xy)
        gain = _gain(sample(image, peak.pitch_mm, at), target)
        dx, dy = (gain * sample(part, peak.pitch_mm, at) for part in (right, -down))
        x, y = np.moveaxis(at - pose.centre_mm, -1, 0)
        return np.stack([(dx * y - dy * x) / 100, dx, dy], axis=-1).reshape(-1, 3)

    found = optimize.least_squares(misfit, np.zeros(3), jac=slope, method="lm", xtol=1e-3)
    return _moved(start, found.x)


def _gain(found: Floats, target: Floats) -> float:
    return float((found * target).sum() / max(float((found**2).sum()), 1e-300))


def _moved(pose: Pose, change: Floats) -> Pose:
    angle = pose.angle + change[0] / 100  # so that 1 matters as much here as 1 mm there
    return Pose(angle, (pose.centre_mm[0] + change[1], pose.centre_mm[1] + change[2]))
