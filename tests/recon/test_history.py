import numpy as np
import pytest
from test_kernel import moving

from recon import Cohort, Layout, readings
from recon.ensemble import Ensemble
from recon.gait import cop_error_cm
from recon.history import parts, remembered
from recon.kernel import Kernel
from recon.modes import ModeNetwork
from recon.validate import reconstruct

LAYOUT = Layout(((0.2, 0.5), (0.72, 0.5)))
QUICK = {"members": 2, "steps": 30, "batch": 32, "copies": 1}


def test_what_is_remembered() -> None:
    """Now, two and five frames ago, the highest and the mean so far."""
    read = np.array([1.0, 5, 3, 2, 0, 1])[None, :, None]
    expected = [
        [1, 1, 1, 1, 1],
        [5, 1, 1, 5, 3],
        [3, 1, 1, 5, 3],
        [2, 5, 1, 5, 2.75],
        [0, 3, 1, 5, 2.2],
        [1, 2, 1, 5, 2],
    ]
    np.testing.assert_allclose(remembered(read)[0], expected)
    assert remembered(read[:, :1]).shape == (1, 1, 5)


def test_the_past_of_many_sensors_is_pooled_from_heel_to_toes() -> None:
    read = np.repeat(np.arange(9.0)[None, None], 2, axis=1)
    rows = remembered(read)[0, -1]
    now, *past = (rows[part] for part in parts(len(rows), 9))
    np.testing.assert_allclose(now, np.arange(9))
    np.testing.assert_allclose(past, [[1, 4, 7]] * 4)


@pytest.mark.parametrize("make", [Kernel, lambda **k: ModeNetwork(**QUICK, **k)])
def test_no_instant_sees_what_comes_after(make, cohort: Cohort) -> None:
    read = readings(cohort.pressure[:2], LAYOUT, cohort.grid)
    model = make(memory=True).fit(cohort, LAYOUT)
    later = read.copy()
    later[:, 5:] *= 3
    whole, changed = model.predict(read, LAYOUT), model.predict(later, LAYOUT)
    assert whole.shape == cohort.pressure[:2].shape
    np.testing.assert_allclose(whole[:, :5], changed[:, :5], rtol=1e-4, atol=1e-3)
    begun = model.predict(read[:, :5], LAYOUT)  # live: what has been read so far
    np.testing.assert_allclose(whole[:, :5], begun, rtol=1e-4, atol=1e-3)


def test_memory_tells_apart_what_a_reading_alone_does_not() -> None:
    """A load that passes under the only sensor: before or after it?"""
    cohort, unseen = moving(seed=0), moving(seed=1)
    layout = Layout(((0.5, 0.5),))
    plain, looking_back = (
        cop_error_cm(
            unseen.pressure, reconstruct(model.fit(cohort), unseen, layout), unseen.mm_per_pixel
        ).mean()
        for model in (Kernel(), Kernel(memory=True))
    )
    assert looking_back < 0.5 * plain


def test_single_frames_are_refused_where_stances_are_needed(cohort: Cohort) -> None:
    with pytest.raises(ValueError, match="one stance alone"):
        Kernel(memory=True).fit(cohort).predict(np.ones((3, 2)), LAYOUT)
    with pytest.raises(ValueError, match="NaN"):
        Kernel(memory=True).fit(cohort).predict(np.full((1, 3, 2), np.nan), LAYOUT)
    with pytest.raises(ValueError, match="Kernel is not fitted yet"):
        Kernel(memory=True).predict(np.ones((1, 3, 2)), LAYOUT)
    with pytest.raises(ValueError, match="some"):
        Ensemble([Kernel(), Kernel(memory=True)])
