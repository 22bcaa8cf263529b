"""Footprints laid on the contact outline that they come from, by known motions."""

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from recon import FootGrid, gait
from recon.lay import PeakMap, Pose, cells_xy, lay, sample
from recon.register import register, resampler
from recon.scan import PITCH_MM, Scan

# (u, v, radius along mm, radius across mm): heel, lateral midfoot, forefoot, hallux
BLOBS = [(0.13, 0.45, 31, 24), (0.4, 0.68, 45, 14), (0.72, 0.5, 24, 46), (0.93, 0.2, 17, 12)]
PLATE = (64, 40)
PITCH = (5.0, 5.0)


def scan() -> Scan:
    """A sole of 250 x 100 mm that touches the floor in its blobs and rises between them."""
    xy = cells_xy((250, 100), (PITCH_MM, PITCH_MM))
    gaps = [
        np.hypot((xy[..., 1] - 250 * u) / a, (xy[..., 0] - 100 * v) / b) for u, v, a, b in BLOBS
    ]
    height = 12 * np.maximum(np.min(gaps, axis=0) - 1, 0).astype(np.float32)
    return Scan("drawn", "right", 250.0, 100.0, np.where(height > 20, np.nan, height))


def step(pose: Pose, stretch: float = 1.0) -> np.ndarray:
    """(20, rows, columns) a plate's frames: load goes from heel to toes under the contact area."""
    one, parts = scan(), 4
    fine = cells_xy((PLATE[0] * parts, PLATE[1] * parts), (PITCH[0] / parts, PITCH[1] / parts))
    xy = pose.apply(fine) / stretch + [50.0, 125.0]  # on the scan
    inside = sample(one.contact, (PITCH_MM, PITCH_MM), xy)
    centre = np.linspace(20, 230, 20)[:, None, None]
    pressure = 100 * inside * np.exp(-(((xy[..., 1] - centre) / 50) ** 2))
    return pressure.reshape(20, PLATE[0], parts, PLATE[1], parts).mean(axis=(2, 4))


@settings(deadline=None, max_examples=10, phases=[Phase.explicit, Phase.generate])
@given(
    angle=st.floats(-15, 15),
    x=st.floats(-20, 20),
    y=st.floats(-15, 15),
    stretch=st.floats(0.96, 1.04),
)
def test_a_footprint_is_laid_on_its_scan(angle: float, x: float, y: float, stretch: float) -> None:
    """Force within 1 %, the path of the centre of pressure within 2 mm, the same mm as before."""
    pose = Pose(np.radians(angle), (100 + x, 160 + y))
    frames, grid, one = step(pose, stretch), FootGrid(), scan()
    peak = PeakMap(frames.max(axis=0), PITCH)
    poses, _ = lay([peak])
    registration = register([peak], poses, one)
    assert registration.overlap is not None
    assert registration.overlap > 0.9
    assert registration.length_mm == pytest.approx(one.box.length_mm * stretch, rel=0.015)

    matrix = resampler(registration, 0, peak, grid)
    pressure = (matrix @ frames.reshape(20, -1).T).T.reshape(20, *grid.shape)
    size = grid.mm_per_pixel(registration.length_mm, registration.width_mm)
    force = gait.total_load(pressure) * np.prod(size)
    assert force == pytest.approx(gait.total_load(frames) * 25, rel=0.01)

    # The centre of pressure stays where it was, and lies where the scan says.
    box = np.array([registration.width_mm, registration.length_mm])
    plate = np.einsum("trc,rcx->tx", frames, cells_xy(PLATE, PITCH))
    plate /= gait.total_load(frames)[:, None]
    kept = registration.uv(0, plate)[:, ::-1] * box
    truth = pose.apply(plate) - (np.array(one.box.origin_mm) - [50.0, 125.0]) * stretch
    row, column = grid.pixel((0, 0)) + 0.5
    found = gait.centre_of_pressure(pressure, size) - size[::-1] * np.array(
        [column, grid.shape[0] - row]
    )
    assert np.linalg.norm(found - kept, axis=1).max() < 0.5
    assert np.linalg.norm(found - truth, axis=1).max() < 2


def test_another_foot_overlaps_less() -> None:
    frames = step(Pose(0.0, (100, 160)))[:, :, ::-1]
    peak = PeakMap(frames.max(axis=0), PITCH)
    registration = register([peak], lay([peak])[0], scan())
    assert registration.overlap is not None
    assert registration.overlap < 0.85
