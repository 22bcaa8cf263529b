import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from recon import gait

PIXELS = np.ones((6, 4), bool)
maps = arrays(np.float32, (5, 6, 4), elements=st.floats(0, 500, width=32)).filter(
    lambda p: p.max() > 1
)


@given(maps)
def test_a_perfect_reconstruction_has_no_error(pressure: np.ndarray) -> None:
    got = gait.all_metrics(pressure, pressure, (5, 5), PIXELS)
    assert {k: float(v) for k, v in got.items()} == {
        "nrmse": 0,
        "vgrf_accuracy": 100,
        "peak_accuracy": 100,
        "cop_error_cm": 0,
    }


@given(maps, maps, st.sampled_from([2, 8, 1024]))
def test_metrics_do_not_depend_on_the_unit_of_pressure(
    truth: np.ndarray, estimate: np.ndarray, factor: int
) -> None:
    """Powers of two: multiplying is then exact, for the smallest of numbers too."""
    plain = gait.all_metrics(truth, estimate, (5, 5), PIXELS)
    scaled = gait.all_metrics(truth * factor, estimate * factor, (5, 5), PIXELS)
    for metric, value in plain.items():
        assert scaled[metric] == pytest.approx(value, rel=1e-9, abs=1e-9)


def test_force_is_pressure_times_area() -> None:
    """100 kPa on 1 cm2 is 10 N."""
    pressure = np.zeros((1, 6, 4))
    pressure[0, 2, 1] = 100
    assert gait.vertical_force(pressure, (10, 10)) == pytest.approx([10])


def test_each_metric_on_errors_worked_by_hand() -> None:
    truth = np.zeros((2, 6, 4), np.float32)
    truth[:, 5, 0] = [100, 50]
    estimate = np.zeros_like(truth)
    estimate[0, 5, 2] = 80  # two columns beside: 10 mm
    estimate[1, 1, 0] = 50  # four rows above: 20 mm
    got = gait.all_metrics(truth, estimate, (5, 5), PIXELS)
    assert got["vgrf_accuracy"] == pytest.approx(100 * (1 - (20 + 0) / 2 / 100))
    assert got["peak_accuracy"] == pytest.approx(80)
    assert got["cop_error_cm"] == pytest.approx(1.5)
    squares = 100**2 + 80**2 + 50**2 + 50**2
    assert got["nrmse"] == pytest.approx(np.sqrt(squares / 48) / 100)


def test_centre_of_pressure_ignores_barely_loaded_frames() -> None:
    truth = np.zeros((2, 6, 4), np.float32)
    truth[0, 0, 0], truth[1, 0, 0] = 100, 4
    estimate = truth.copy()
    estimate[1] = truth[1, ::-1, ::-1]
    assert gait.cop_error_cm(truth, estimate, (5, 5)) == 0


def test_an_empty_estimate_has_its_centre_in_the_middle_and_no_nan() -> None:
    truth = np.zeros((1, 6, 4), np.float32)
    truth[0, 0, 0] = 10
    assert np.isfinite(gait.cop_error_cm(truth, np.zeros_like(truth), (5, 5)))


def test_stacks_of_stances_are_scored_one_by_one() -> None:
    rng = np.random.default_rng(0)
    truth, estimate = rng.random((2, 3, 5, 6, 4)).astype(np.float32)
    size = rng.uniform(4, 6, (3, 2))
    together = gait.all_metrics(truth, estimate, size, PIXELS)
    for i in range(3):
        alone = gait.all_metrics(truth[i], estimate[i], size[i], PIXELS)
        for metric, value in alone.items():
            assert together[metric][i] == pytest.approx(float(value), rel=1e-6)
