import numpy as np
import pytest

from placement.scoring import LinearScorer, errors_of, relative_error
from placement.sites import candidate_sites
from recon import Cohort, Layout, Sensor, gait, readings
from recon.footprint import insole_pixels
from recon.linear import Linear, MeanMap
from recon.validate import cross_validate, make_folds, training_people


def plain_errors(cohort: Cohort, layout: Layout, folds: tuple, pixels: np.ndarray) -> np.ndarray:
    """The same errors the long way: refit, reconstruct every map uncut, and measure."""
    rows = []
    for test in folds:
        model = Linear().fit(cohort.subset(training_people(cohort, test)))
        for subject in test:
            one = cohort.subset([subject])
            truth = one.pressure.astype(float)
            read = readings(truth, layout, one.grid).reshape(-1, len(layout))
            estimate = model.maps(read, layout).reshape(truth.shape).astype(float)
            rows.append(
                [
                    np.sqrt((gait.nrmse(truth, estimate, pixels) ** 2).mean()),
                    100 - gait.vgrf_accuracy(truth, estimate).mean(),
                    gait.cop_error_cm(truth, estimate, one.mm_per_pixel).mean(),
                ]
            )
    return np.mean(rows, axis=0)


@pytest.fixture(scope="module")
def setting(cohort: Cohort) -> tuple:
    pixels = insole_pixels(cohort)
    sites = candidate_sites(pixels, cohort.grid, 0)
    folds = make_folds(cohort.subjects, 4, 0)
    return sites, folds, pixels, LinearScorer(cohort, sites, Sensor(), folds, pixels)


@pytest.mark.parametrize("count", [1, 2, 4])
def test_closed_form_equals_plain_retraining(cohort: Cohort, setting: tuple, count: int) -> None:
    sites, folds, pixels, scorer = setting
    rng = np.random.default_rng(count)
    layouts = np.stack([rng.choice(len(sites), count, replace=False) for _ in range(5)])
    for numbers, got in zip(layouts, scorer.errors(layouts), strict=True):
        layout = Layout(tuple((u, v) for u, v in sites[numbers]))
        expected = plain_errors(cohort, layout, folds, pixels)
        # float32 readings and maps on one side; one frame's force near 0 moves CoP a little
        assert got[:2] == pytest.approx(expected[:2], rel=1e-4)
        assert got[2] == pytest.approx(expected[2], rel=2e-2)


def test_the_baseline_is_the_mean_map(cohort: Cohort, setting: tuple) -> None:
    _, folds, pixels, scorer = setting
    score = cross_validate(MeanMap, cohort, [Layout(((0.5, 0.5),))], folds, pixels)[0]
    # a person's NRMSE is a root of means here, a mean of roots there
    assert scorer.baseline == pytest.approx(errors_of(score), rel=1e-2)


def test_relative_error_weighs_ratios_alike() -> None:
    """A tenth off the map's error counts the same whether the error is large or small."""
    base = np.array([0.1, 20.0, 6.0])
    large, small = np.array([0.09, 18.0, 5.0]), np.array([0.03, 4.0, 0.5])
    gains = [
        relative_error(errors * [0.9, 1, 1], base) / relative_error(errors, base)
        for errors in (large, small)
    ]
    assert gains == pytest.approx([0.9 ** (4 / 6)] * 2)


def test_relative_error_is_one_without_sensors_and_falls_with_them(setting: tuple) -> None:
    scorer = setting[3]
    assert relative_error(scorer.baseline, scorer.baseline) == pytest.approx(1)
    one, two = (scorer.relative(np.array([row])) for row in ([10], [10, 90]))
    assert two < one < 1


def test_the_order_of_sites_and_of_layouts_does_not_matter(setting: tuple) -> None:
    scorer = setting[3]
    layouts = np.array([[3, 40], [20, 70]])
    turned = scorer.errors(layouts[::-1, ::-1])[::-1]
    assert turned == pytest.approx(scorer.errors(layouts), rel=1e-5)
