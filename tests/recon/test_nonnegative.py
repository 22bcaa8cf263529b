import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import nnls

from recon.nonnegative import moments, nonnegative

SHAPE = (6, 4)
FOOT = np.ones(24, bool)


def rippled(seed: int, ripple: float, frames: int = 5) -> np.ndarray:
    """(n, P) a loaded spot each, and ripples about 0."""
    rng = np.random.default_rng(seed)
    at = rng.uniform(-0.5, 0.5, (frames, 1, 2))
    spot = 100 * np.exp(-((moments(SHAPE)[:, 1:] - at) ** 2).sum(axis=-1) / 0.3)
    return (spot + ripple * rng.standard_normal(spot.shape)).astype(np.float32)


@settings(deadline=None)
@given(seed=st.integers(0, 10**6), ripple=st.floats(0, 30))
def test_force_and_centre_of_pressure_stay(seed: int, ripple: float) -> None:
    maps = rippled(seed, ripple)
    found = nonnegative(maps, FOOT, SHAPE)
    assert (found >= 0).all()
    cut = np.maximum(maps, 0)
    gap = np.abs((found - maps) @ moments(SHAPE)).max(axis=1)
    kept = gap <= 1e-4 * cut.sum(axis=1)
    assert (kept | (found == cut).all(axis=1)).all()
    assert found.max() <= 1.06 * cut.max()
    if ripple <= 2:  # else some would press too hard
        assert kept.all()


@settings(deadline=None)
@given(seed=st.integers(0, 10**6), gain=st.floats(1e-3, 1e3))
def test_units_and_other_frames_do_not_matter(seed: int, gain: float) -> None:
    maps = rippled(seed, 10)
    together = nonnegative(maps, FOOT, SHAPE)
    alone = np.concatenate([nonnegative(gain * one[None], FOOT, SHAPE) for one in maps])
    np.testing.assert_allclose(alone / gain, together, atol=0.01)


@pytest.mark.parametrize("seed", range(5))
def test_no_other_map_of_that_force_and_centre_is_nearer(seed: int) -> None:
    """Against a general solver."""
    (raw,) = rippled(seed, 15, frames=1).astype(float)
    weighty = 1e3 * moments(SHAPE).T.astype(float)  # so that they are kept
    best, _ = nnls(np.vstack([np.eye(len(raw)), weighty]), np.r_[raw, weighty @ raw])
    np.testing.assert_allclose(nonnegative(raw[None], FOOT, SHAPE)[0], best, atol=0.01)


def test_of_the_same_force_alone_ripples_are_lowered_alike() -> None:
    maps = rippled(2, 10)
    found = nonnegative(maps, FOOT, SHAPE, centre=False)
    np.testing.assert_allclose(found.sum(axis=1), maps.sum(axis=1), rtol=1e-4)
    for raw, one in zip(maps, found, strict=True):
        lowered = (raw - one)[one > 0]
        assert lowered.min() == pytest.approx(lowered.max(), abs=1e-3)
        assert lowered.min() >= 0


def test_a_map_that_only_presses_is_left_as_it_is() -> None:
    maps = np.maximum(rippled(0, 10), 0)
    assert (nonnegative(maps, FOOT, SHAPE) == maps).all()


def test_nothing_is_added_where_nobody_presses() -> None:
    foot = moments(SHAPE)[:, 1] < 0.5
    maps = rippled(1, 3) * foot
    found = nonnegative(maps, foot, SHAPE)
    assert not found[:, ~foot].any()
    assert (found != np.maximum(maps, 0)).any()


@settings(deadline=None)
@given(seed=st.integers(0, 10**6), ripple=st.floats(0, 300))
def test_load_where_nobody_presses_is_sound_too(seed: int, ripple: float) -> None:
    """Estimates of somebody's own reconstructor need know nothing of the foot."""
    maps = rippled(seed, ripple)
    found = nonnegative(maps, moments(SHAPE)[:, 1] < -0.5, SHAPE)
    assert (found >= 0).all() and np.isfinite(found).all()


@pytest.mark.parametrize("raw", [np.zeros(24), -np.ones(24), np.r_[5.0, -np.ones(23)]])
def test_where_no_map_will_do_it_is_cut_at_0(raw: np.ndarray) -> None:
    """No force at all, or one whose centre lies off the foot."""
    assert (nonnegative(raw[None], FOOT, SHAPE) == np.maximum(raw, 0)).all()
    away = np.r_[10.0, np.zeros(22), -9.0]  # centre of pressure beyond the corner
    assert (nonnegative(away[None], FOOT, SHAPE) == np.maximum(away, 0)).all()


def test_load_is_not_heaped_on_a_few_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of a force would have to stand at the edge, since that is where its centre lies."""
    maps = np.r_[np.full(16, 20.0), np.full(8, -13.0)][None]
    assert (nonnegative(maps, FOOT, SHAPE) == np.maximum(maps, 0)).all()
    monkeypatch.setattr("recon.nonnegative.HARDER", np.inf)
    assert nonnegative(maps, FOOT, SHAPE).max() > 40


def test_no_frames_give_no_maps() -> None:
    assert nonnegative(np.empty((0, 24), np.float32), FOOT, SHAPE).shape == (0, 24)
