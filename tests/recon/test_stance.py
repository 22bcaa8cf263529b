from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recon.recording import Recording
from recon.stance import instants, stances


def recording(load: np.ndarray, rate: float = 100.0) -> Recording:
    frames = np.asarray(load, np.float32)[:, None, None] * np.ones((1, 3, 2), np.float32)
    return Recording(frames, (5, 5), rate, "arbitrary", "test")


def test_the_stance_is_where_the_load_is() -> None:
    load = np.zeros(60)
    load[10:40] = 50
    assert stances(recording(load)) == ([(10, 40)], [])
    load[25] = 0
    spans, reasons = stances(recording(load))
    assert spans == []
    assert "1 empty frame(s) inside the contact, from 250 ms" in reasons[0]


def test_an_empty_recording_has_a_reason() -> None:
    assert stances(recording(np.zeros(9))) == ([], ["no load in any frame"])


@pytest.mark.parametrize(("part", "event"), [(slice(20, None), "begins"), (slice(20), "ends")])
def test_a_step_cut_off_by_the_recording_is_dropped(part: slice, event: str) -> None:
    load = np.concatenate([np.sin(np.linspace(0, np.pi, 42))[1:-1], np.zeros(10)])[part]
    spans, reasons = stances(recording(load))
    assert spans == []
    assert f"partial, the recording {event} at" in reasons[0]


def test_flicker_at_toe_off_is_no_gap() -> None:
    load = np.zeros(60)
    load[10:40] = 50
    load[42] = 0.5
    assert stances(recording(load)) == ([(10, 40)], [])


def test_standing_and_specks_of_time_are_no_steps() -> None:
    load = np.zeros(600)
    load[10:400] = 50
    load[500:503] = 50
    spans, reasons = stances(recording(load))
    assert spans == []
    assert "standing?" in reasons[0]
    assert "3 frame(s) only" in reasons[1]


@given(
    steps=st.integers(1, 6),
    stance=st.integers(50, 90),
    swing=st.integers(25, 60),
    residual=st.floats(0, 0.2),
    noise=st.floats(0, 0.015),
)
def test_a_walk_is_cut_into_its_steps(
    steps: int, stance: int, swing: int, residual: float, noise: float
) -> None:
    """Whatever load never goes away, and whatever noise lies below the threshold."""
    x = np.linspace(-np.pi / 2, np.pi / 2, stance + 2)[1:-1]
    hump = (np.cos(x) - 0.3 * np.cos(3 * x)) + 0.05
    walk = np.concatenate([np.zeros(swing), *([hump, np.zeros(swing)] * steps)])
    walk += residual + noise * np.abs(np.sin(7.0 * np.arange(len(walk))))
    spans, reasons = stances(recording(walk))
    assert reasons == []
    starts = swing + (stance + swing) * np.arange(steps)
    assert np.abs(np.array(spans) - np.stack([starts, starts + stance], 1)).max() <= 1


@pytest.mark.parametrize("cut", [0.27, 0.5])
def test_a_step_cut_off_at_both_ends_is_partial(cut: float) -> None:
    """Without a moment in the air there is no residual load to take off."""
    load = np.sin(np.linspace(np.arcsin(cut), np.pi - np.arcsin(cut), 60))
    spans, reasons = stances(recording(load))
    assert spans == []
    assert "partial, the recording begins" in reasons[0]


def test_a_noisy_swing_is_no_contact() -> None:
    """In-shoe load in swing wanders by more than the threshold of a plate."""
    rng = np.random.default_rng(0)
    load = np.tile(np.concatenate([np.zeros(45), np.sqrt(np.hanning(62)[1:-1])]), 8)
    starts = np.arange(8) * 105 + 45
    load = np.concatenate([load, np.zeros(45)]) + 0.10
    load += 0.03 * np.abs(rng.standard_normal(len(load)))
    spans, reasons = stances(recording(load))
    assert reasons == []
    assert np.abs(np.array(spans) - np.stack([starts, starts + 60], 1)).max() <= 4


def test_a_dropout_rejects_its_step_alone() -> None:
    step = np.sqrt(np.hanning(62)[1:-1])
    load = np.concatenate(
        [np.zeros(40), step, np.zeros(40), step, np.zeros(40), step, np.zeros(40)]
    )
    load[165:172] = 0
    spans, reasons = stances(recording(load))
    assert [start for start, _ in spans] == [40, 240]
    assert len(reasons) == 1
    assert "step at 1.40 s: 7 empty frame(s) inside the contact, from 1650 ms" in reasons[0]


def test_a_scuff_has_a_reason() -> None:
    step = np.sqrt(np.hanning(62)[1:-1])
    load = np.concatenate([np.zeros(40), step, np.zeros(40), 0.2 * step, np.zeros(40)])
    spans, reasons = stances(recording(load))
    assert spans == [(40, 100)]
    assert "weak, 20 % of the recording's highest load" in reasons[0]


@given(
    load=st.lists(st.floats(0, 1e4, width=32), min_size=1, max_size=80),
    rate=st.floats(1, 500),
)
def test_any_load_gives_separate_spans_under_load(load: list[float], rate: float) -> None:
    spans, reasons = stances(recording(np.array(load), rate))
    assert spans or reasons
    for start, stop in spans:
        assert stop - start >= 5
        assert min(load[start:stop]) > 0
    assert all(a[1] <= b[0] for a, b in pairwise(spans))


def test_instants_lie_evenly_inside_the_stance() -> None:
    ramp = recording(np.arange(1, 41))
    got = instants(ramp, (0, 40), 4)[:, 0, 0]
    expected = np.interp(np.array([5, 15, 25, 35]), np.arange(40) + 0.5, np.arange(1, 41))
    assert got == pytest.approx(expected)
