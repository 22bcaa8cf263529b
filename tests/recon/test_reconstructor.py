from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from recon import Cohort, Layout, Linear, MeanMap, readings
from recon.ensemble import Ensemble
from recon.kernel import Kernel
from recon.modes import ModeNetwork
from recon.reconstructor import check_geometry, check_readings
from recon.unet import UNetReconstructor

LAYOUT = Layout(((0.2, 0.5), (0.7, 0.3)))


@given(arrays(float, array_shapes(max_dims=4, max_side=3), elements=st.floats(width=32)))
def test_readings_are_sound_or_refused_in_one_line(values: Any) -> None:
    try:
        found = check_readings(values, LAYOUT)
    except ValueError as error:
        assert "\n" not in str(error)
    else:
        assert found.shape == values.shape == (len(values), 2)
        assert np.isfinite(values).all()
        np.testing.assert_array_equal(found, np.maximum(values, 0))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([3.0, 4.0], r"must be \(frames, 2\), .* got \(2,\); one frame alone is readings\[None\]"),
        ([[3.0, 4.0, 5.0]], r"one column per sensor of the layout, got \(1, 3\)"),
        ([[3.0, None]], "is a sensor disconnected?"),
        ([["a", "b"]], "numbers in an array; got could not convert"),
        ([[1.0], [2.0, 3.0]], "numbers in an array; got"),
        ([[1.0, float("nan")]], "is a sensor disconnected?"),
    ],
)
def test_what_is_wrong_with_readings_is_said(values: Any, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        check_readings(values, LAYOUT)


def test_a_layout_is_no_list_of_sites() -> None:
    with pytest.raises(ValueError, match=r"a recon.Layout, got list; make one of \(u, v\) pairs"):
        check_readings([[1.0, 2.0]], [(0.2, 0.5), (0.7, 0.3)])  # type: ignore[arg-type]  # mistake


@pytest.mark.parametrize(
    "make",
    [MeanMap, Linear, Kernel, ModeNetwork, UNetReconstructor, lambda: Ensemble([Linear()])],
)
def test_a_fit_takes_a_cohort_and_a_layout(make: Any, cohort: Cohort) -> None:
    with pytest.raises(ValueError, match=r"layout must be a recon.Layout, got list"):
        make().fit(cohort, [(0.2, 0.5)])
    with pytest.raises(ValueError, match=r"cohort must be a recon.Cohort, got ndarray"):
        make().fit(cohort.pressure, LAYOUT)


def test_a_geometry_is_an_image_of_one_foot_or_one_a_frame() -> None:
    foot = np.full((3, 2), 0.5)
    assert check_geometry(foot.tolist(), 4, (3, 2)).shape == (3, 2)
    assert check_geometry(np.repeat(foot[None], 4, axis=0), 4, (3, 2)).shape == (4, 3, 2)
    for wrong, words in ((foot[1:], r"got \(2, 2\)"), (20 * foot, "millimetres"), ("a", "numbers")):
        with pytest.raises(ValueError, match=words):
            check_geometry(wrong, 4, (3, 2))


def test_whole_numbers_and_a_sensors_noise_are_readings(cohort: Cohort) -> None:
    read = readings(cohort.pressure[0], LAYOUT, cohort.grid)
    for make in (Linear, lambda: Kernel(centres=20)):
        model = make().fit(cohort)
        rounded = model.predict(read.round(), LAYOUT)
        whole = model.predict(read.round().astype(np.uint16), LAYOUT)
        np.testing.assert_allclose(whole, rounded, rtol=1e-5, atol=1e-4)
        unloaded = model.predict([[0.0, 50.0]], LAYOUT)
        np.testing.assert_array_equal(model.predict([[-0.4, 50.0]], LAYOUT), unloaded)


def test_pressures_in_whole_numbers_are_read(cohort: Cohort) -> None:
    """Weights of an integer type would all be 0."""
    whole = cohort.pressure[0].round()
    expected = readings(whole, LAYOUT, cohort.grid)
    np.testing.assert_allclose(readings(whole.astype(int), LAYOUT, cohort.grid), expected, 1e-6)
    with pytest.raises(ValueError, match="pressure must be"):
        readings(whole[:, 1:], LAYOUT, cohort.grid)


@pytest.mark.parametrize(
    "made_by",
    [
        "MeanMap()",
        "Kernel(memory=True)",
        "UNetReconstructor(steps=3, seed=1)",
        "Ensemble(members=(Linear(offset=False), ModeNetwork(members=1)))",
    ],
)
def test_a_reconstructor_is_shown_as_the_call_that_makes_it(made_by: str) -> None:
    assert repr(eval(made_by)) == made_by
