from dataclasses import replace

import numpy as np
import pytest

from recon import FootGrid, gait
from recon.lay import PeakMap, lay
from recon.register import register, resampler
from recon.simulate import Foot, Plate, draw_people, feet, record, walk

IDEAL = Plate(gain=0.0, noise_kpa=0.0, step_kpa=0.0)
LEFT, RIGHT = feet(draw_people(1, seed=7)[0])


@pytest.mark.parametrize("foot", [LEFT, RIGHT], ids=["left", "right"])
def test_an_ideal_plate_reads_the_truth(foot: Foot) -> None:
    made = record(foot, 0, IDEAL)
    frames = made.recording.frames
    np.testing.assert_allclose(
        gait.vertical_force(frames, made.recording.pitch_mm), made.force_n, rtol=1e-4, atol=1e-3
    )
    cop = gait.centre_of_pressure(frames, made.recording.pitch_mm)
    loaded = made.force_n > 0
    np.testing.assert_allclose(cop[loaded], made.cop_mm[loaded], atol=0.2)
    assert len(frames) == pytest.approx(made.stance_s * 100 + 6, abs=1)


def test_a_real_plate_reads_nearly_the_truth_in_its_steps() -> None:
    made = record(RIGHT, 1)
    frames = made.recording.frames
    assert (frames % 5 == 0).all()
    force = gait.vertical_force(frames, made.recording.pitch_mm)
    assert np.abs(force - made.force_n).max() < 0.03 * made.force_n.max()
    cop = gait.centre_of_pressure(frames, made.recording.pitch_mm)
    heavy = made.force_n > 0.1 * made.force_n.max()
    assert np.linalg.norm(cop - made.cop_mm, axis=1)[heavy].max() < 2.0  # mm


def test_toes_are_at_the_top_and_the_hallux_is_medial() -> None:
    for foot, medial in ((LEFT, "right"), (RIGHT, "left")):
        made = record(foot, 0)
        cop = made.cop_mm[np.isfinite(made.cop_mm[:, 0])]
        assert cop[-1, 1] - cop[0, 1] > 120
        middle = 44 * 5 / 2
        assert (cop[-1, 0] > middle) == (medial == "right")


def test_steps_repeat_and_differ() -> None:
    first, again, other = (record(RIGHT, n).recording.frames for n in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert first.shape != other.shape or np.abs(first - other).max() > 1


def test_a_foot_too_large_is_refused() -> None:
    with pytest.raises(ValueError, match="does not fit on a plate"):
        record(RIGHT, 0, Plate(shape=(40, 20)))
    with pytest.raises(ValueError, match=">= 0"):
        replace(IDEAL, noise_kpa=-1.0)


def test_registered_recordings_give_the_truth_on_the_grid() -> None:
    """The import's registration of what an ideal plate reads, against `walk`."""
    grid = FootGrid()
    steps = [record(RIGHT, number, IDEAL) for number in range(3)]
    truth = walk(RIGHT, steps=3, frames=20, grid=grid)
    pitch = steps[0].recording.pitch_mm
    peaks = [PeakMap(made.recording.frames.max(axis=0), pitch) for made in steps]
    poses, _ = lay(peaks)
    box = register(peaks, poses)
    expected = np.array(truth[0].mm_per_pixel)
    assert grid.mm_per_pixel(box.length_mm, box.width_mm) == pytest.approx(expected, rel=0.05)
    for number, made in enumerate(steps):
        frames = made.recording.frames
        matrix = resampler(box, number, peaks[number], grid)
        laid = (matrix @ frames.reshape(len(frames), -1).T).T.max(axis=0)
        known = truth[number].pressure.max(axis=0).ravel()
        assert np.corrcoef(laid, known)[0, 1] > 0.88  # boxes of single steps differ by some percent
