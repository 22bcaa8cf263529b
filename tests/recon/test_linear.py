import numpy as np
import pytest
from walkers import walkers

from recon import Cohort, Layout, readings
from recon.linear import Linear, MeanMap, SiteMoments
from recon.validate import reconstruct

LAYOUT = Layout(((0.2, 0.5), (0.7, 0.3), (0.75, 0.8)))


def test_as_many_sensors_as_causes_give_the_map_back() -> None:
    """One walker's frames are mixtures of three blobs, so three sensors tell all."""
    cohort = walkers(people=1, steps=6)
    estimate = reconstruct(Linear(ridge=1e-10).fit(cohort), cohort, LAYOUT)
    assert np.abs(estimate - cohort.pressure).max() < 1e-3 * cohort.pressure.max()


@pytest.mark.parametrize("offset", [True, False])
def test_it_is_the_regression_of_pixels_on_readings(cohort: Cohort, offset: bool) -> None:
    flat = cohort.pressure.reshape(-1, 128).astype(float)
    read = readings(flat.reshape(-1, 16, 8), LAYOUT, cohort.grid)
    design = np.column_stack([np.full(len(read), float(offset)), read])
    expected = design @ np.linalg.lstsq(design, flat, rcond=None)[0]
    got = Linear(ridge=1e-12, offset=offset).fit(cohort).maps(read, LAYOUT)
    assert got == pytest.approx(expected, abs=1e-3)


def test_maps_only_press_and_keep_the_estimates_force() -> None:
    """But for frames of which no such map exists, at most a few."""
    cohort = walkers(people=4)
    model = Linear().fit(cohort.subset(cohort.subjects[1:]))
    read = readings(cohort.subset(cohort.subjects[:1]).pressure, LAYOUT, cohort.grid)
    read = read.reshape(-1, len(LAYOUT))
    estimate, maps = model.maps(read, LAYOUT), model.predict(read, LAYOUT).reshape(len(read), -1)
    assert (estimate < 0).any()
    assert (maps >= 0).all()
    gap = np.abs(maps.sum(axis=1) - estimate.sum(axis=1))
    assert (gap < 1e-3 * maps.sum(axis=1).max()).mean() > 0.9


def test_the_mean_map_ignores_readings(cohort: Cohort) -> None:
    model = MeanMap().fit(cohort)
    maps = model.predict(np.array([[0.0], [1e3]]), Layout(((0.5, 0.5),)))
    assert maps[0] == pytest.approx(cohort.pressure.mean(axis=(0, 1)), rel=1e-5)
    assert (maps[0] == maps[1]).all()


def test_moments_of_people_add_up_to_the_covariance(cohort: Cohort) -> None:
    model = Linear().fit(cohort)
    moments = SiteMoments.of(cohort, np.eye(128))
    mean, cross = moments.covariances(np.ones(8, bool))
    assert mean == pytest.approx(model.mean_)
    assert cross == pytest.approx(model.covariance_, abs=1e-8 * cross.max())


def test_readings_of_another_layout_are_refused(cohort: Cohort) -> None:
    model = Linear().fit(cohort)
    with pytest.raises(ValueError, match="one column per sensor"):
        model.predict(np.ones((2, 5)), LAYOUT)
    with pytest.raises(ValueError, match="NaN"):
        model.predict(np.full((2, 3), np.nan), LAYOUT)
