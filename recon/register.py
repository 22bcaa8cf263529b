"""Registration: from the cells of an instrument to foot coordinates.

The steps of a foot, laid on each other (`recon.lay`), have one mean footprint. Without a scan its
principal axis is the foot's long axis, and the box around it spans u and v. With a scan it is laid
on the scan's contact outline, whose axis and box count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, optimize, sparse

from recon.grid import FootGrid
from recon.lay import (
    FINE_MM,
    Floats,
    PeakMap,
    Pose,
    cells_xy,
    contact_area,
    fine_centre,
    footprint,
    mean_footprint,
    pose_from_moments,
    sample,
    turn,
)
from recon.scan import PITCH_MM, Scan

MOST_STRETCH = 0.08
"""A footprint is at most this much smaller or larger than the contact outline it is laid on."""

_BLURS_MM = (8.0, 3.0)  # of footprint and outline while they are laid: from afar, then closely
_SUBCELLS = 12  # per cell edge, when load is dropped into pixels


@dataclass(frozen=True)
class Registration:
    """Where the steps of one foot lie in foot coordinates.

    Args:
        poses: one per step.
        origin_mm: (x, y) of the medial heel corner of the foot's box, after the pose.
        length_mm, width_mm: of that box, in mm of the instrument.
        overlap: of footprint and the scan's contact outline, twice the common area over the sum
            of both (Dice 1945), or None where there is no scan.
    """

    poses: tuple[Pose, ...]
    origin_mm: tuple[float, float]
    length_mm: float
    width_mm: float
    overlap: float | None = None

    def uv(self, step: int, xy_mm: Floats) -> Floats:
        """(..., 2) mm on the instrument -> (..., 2) foot coordinates."""
        x, y = np.moveaxis(self.poses[step].apply(xy_mm) - self.origin_mm, -1, 0)
        return np.stack([y / self.length_mm, x / self.width_mm], axis=-1)


def register(
    peaks: Sequence[PeakMap], poses: Sequence[Pose], scan: Scan | None = None
) -> Registration:
    """Find foot coordinates from the steps of a foot, laid on each other by `poses`."""
    # The mean footprint's own axis and centre turn and shift all poses alike.
    axis = pose_from_moments(mean_footprint(peaks, poses))
    centre = np.array(axis.centre_mm) - fine_centre()
    straight = [pose.then(axis.angle, centre) for pose in poses]
    if scan is None:
        return _by_footprint(straight, footprint(mean_footprint(peaks, straight).pressure))
    return _by_scan(straight, contact_area(peaks, straight), scan)


def resampler(
    registration: Registration, step: int, peak: PeakMap, grid: FootGrid
) -> sparse.csr_array:
    """The linear map from a step's cells to the pixels of the foot grid.

    Each cell is cut into small parts, and the load of each part is dropped into the pixel that
    it falls in. So pressure times true pixel area sums to the same force as before, but for load
    outside the grid.

    Returns:
        (pixels, cells), to be applied to flattened pressure frames.
    """
    pitch = peak.pitch_mm
    cells = cells_xy(peak.pressure.shape, pitch).reshape(-1, 2)
    offset = (np.arange(_SUBCELLS) + 0.5) / _SUBCELLS - 0.5
    parts = np.stack(np.meshgrid(offset * pitch[1], offset * pitch[0]), -1).reshape(-1, 2)
    uv = registration.uv(step, cells[:, None] + parts)
    row, column = np.moveaxis(np.rint(grid.pixel(uv)).astype(int), -1, 0)
    inside = (row >= 0) & (row < grid.shape[0]) & (column >= 0) & (column < grid.shape[1])
    cell = np.broadcast_to(np.arange(len(cells))[:, None], row.shape)[inside]
    pixel = (row * grid.shape[1] + column)[inside]
    size = grid.mm_per_pixel(registration.length_mm, registration.width_mm)
    weight = np.prod(pitch) / _SUBCELLS**2 / np.prod(size)
    matrix = sparse.coo_array(
        (np.full(len(cell), weight), (pixel, cell)), shape=(np.prod(grid.shape), len(cells))
    )
    return matrix.tocsr()


def _by_footprint(poses: list[Pose], mask: NDArray[np.bool_]) -> Registration:
    x, y = (_fine_xy(mask.shape)[mask]).T
    return Registration(
        poses=tuple(poses),
        origin_mm=(float(x.min()) - FINE_MM / 2, float(y.min()) - FINE_MM / 2),
        length_mm=float(np.ptp(y)) + FINE_MM,
        width_mm=float(np.ptp(x)) + FINE_MM,
    )


def _by_scan(poses: list[Pose], mask: NDArray[np.bool_], scan: Scan) -> Registration:
    """Lay the footprint on the scan's contact outline by a similarity transform.

    The pressures stay in mm of the instrument: where the footprint is smaller than the outline
    it is the outline's box that shrinks.
    """
    pitch = (PITCH_MM, PITCH_MM)
    contact = scan.contact.astype(float)
    xy = _fine_xy(mask.shape)
    start = pose_from_moments(PeakMap(contact, pitch))

    def on_scan(change: Floats) -> Floats:
        """Points of the footprint's plane on the scan's, mm from its lower left corner."""
        rotated = xy @ turn(change[0] / 100 - start.angle).T
        return rotated * np.exp(change[3] / 100) + start.centre_mm + change[1:3]

    # 1 matters as much in each place: about 1 mm at the foot's ends.
    change = np.zeros(4)
    limits = np.array([30.0, 40.0, 40.0, 100 * MOST_STRETCH])
    for blur in _BLURS_MM:
        image = ndimage.gaussian_filter(contact, blur / PITCH_MM, mode="constant")
        target = ndimage.gaussian_filter(mask.astype(float), blur / FINE_MM, mode="constant")

        def misfit(change: Floats, image: Floats = image, target: Floats = target) -> Floats:
            return (sample(image, pitch, on_scan(change)) - target).ravel()

        found = optimize.least_squares(misfit, change, bounds=(-limits, limits), x_scale=1.0)
        change = found.x
    laid = sample(contact, pitch, on_scan(change)) >= 0.5
    overlap = 2 * (laid & mask).sum() / (laid.sum() + mask.sum())

    # The plane turned into the scan's axes, its origin still the footprint's centre.
    turned = tuple(pose.then(change[0] / 100 - start.angle, np.zeros(2)) for pose in poses)
    scale = float(np.exp(change[3] / 100))
    x, y = (np.array(scan.box.origin_mm) - start.centre_mm - change[1:3]) / scale
    return Registration(
        poses=turned,
        origin_mm=(float(x), float(y)),
        length_mm=scan.box.length_mm / scale,
        width_mm=scan.box.width_mm / scale,
        overlap=float(overlap),
    )


def _fine_xy(shape: tuple[int, ...]) -> Floats:
    """(rows, columns, 2) of the mean footprint's pixels about the poses' origin."""
    return cells_xy((shape[0], shape[1]), (FINE_MM, FINE_MM)) - fine_centre()
