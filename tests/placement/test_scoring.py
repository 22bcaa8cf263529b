import numpy as np
import pytest

from placement.bound import nrmse_bounds
from placement.scoring import LinearScorer, errors_of, relative_error
from placement.sites import candidate_sites
from recon import Cohort, Layout, Sensor, gait
from recon.footprint import insole_pixels
from recon.layout import reading_matrix
from recon.linear import Linear, MeanMap, solve_weights
from recon.simulate import simulate
from recon.validate import cross_validate, make_folds, training_people


def plain_errors(cohort: Cohort, layout: Layout, folds: tuple, pixels: np.ndarray) -> np.ndarray:
    """The same errors the long way: refit, reconstruct every map uncut, and measure; in float64."""
    matrix = reading_matrix(layout.sites, layout.sensor, cohort.grid)
    rows = []
    for test in folds:
        model = Linear().fit(cohort.subset(training_people(cohort, test)))
        cross = matrix @ model.covariance_
        weights = solve_weights(cross @ matrix.T, cross, model.ridge)
        for subject in test:
            one = cohort.subset([subject])
            truth = one.pressure.astype(float)
            flat = truth.reshape(*truth.shape[:2], -1)
            estimate = (model.mean_ + (flat - model.mean_) @ matrix.T @ weights).reshape(
                truth.shape
            )
            rows.append(
                [
                    np.sqrt((gait.nrmse(truth, estimate, pixels) ** 2).mean()),
                    100 - gait.vgrf_accuracy(truth, estimate).mean(),
                    cop_error_cm(truth, estimate, one.mm_per_pixel).mean(),
                ]
            )
    return np.mean(rows, axis=0)


def cop_error_cm(truth: np.ndarray, estimate: np.ndarray, mm_per_pixel: np.ndarray) -> np.ndarray:
    """`gait.cop_error_cm`, but no load is taken for smaller than the least that counts."""
    load, found = gait.total_load(truth), gait.total_load(estimate)
    least = gait.LOADED_SHARE * load.max(axis=-1, keepdims=True)
    moments = gait.centre_of_pressure(estimate, mm_per_pixel) * found[..., None]
    gap = moments / np.maximum(found, least)[..., None]
    gap -= gait.centre_of_pressure(truth, mm_per_pixel)
    counts = load >= least
    return (np.linalg.norm(gap, axis=-1) * counts).sum(axis=-1) / counts.sum(axis=-1) / 10


@pytest.fixture(scope="module")
def setting(cohort: Cohort) -> tuple:
    pixels = insole_pixels(cohort)
    sites = candidate_sites(pixels, cohort.grid, 0)
    folds = make_folds(cohort.subjects, 4, 0)
    return sites, folds, pixels, LinearScorer(cohort, sites, Sensor(), folds, pixels)


@pytest.mark.parametrize("count", [1, 2, 4, 16])
def test_closed_form_equals_plain_retraining(cohort: Cohort, setting: tuple, count: int) -> None:
    sites, folds, pixels, scorer = setting
    rng = np.random.default_rng(count)
    layouts = np.stack([rng.choice(len(sites), count, replace=False) for _ in range(5)])
    for numbers, got in zip(layouts, scorer.errors(layouts), strict=True):
        layout = Layout(tuple((u, v) for u, v in sites[numbers]))
        assert got == pytest.approx(plain_errors(cohort, layout, folds, pixels), rel=1e-6)


def test_closed_form_equals_plain_retraining_on_drawn_feet() -> None:
    """A full grid, feet of many sizes, both sides, and frames with hardly any load."""
    people = simulate(4, steps=1, frames=8, seed=3)
    folds, pixels = make_folds(people.subjects, 2, 0), insole_pixels(people)
    sites = candidate_sites(pixels, people.grid, 0)[::3]
    scorer = LinearScorer(people, sites, Sensor(), folds, pixels)
    numbers = np.random.default_rng(0).choice(len(sites), 4, replace=False)
    expected = plain_errors(people, Layout(tuple(map(tuple, sites[numbers]))), folds, pixels)
    assert scorer.errors(numbers[None])[0] == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("components", [1, 3, 8, 1000])
def test_compressed_targets_stay_within_the_stated_bound(
    cohort: Cohort, setting: tuple, components: int
) -> None:
    sites, folds, pixels, exact = setting
    scorer = LinearScorer(cohort, sites, Sensor(), folds, pixels, components=components)
    rng = np.random.default_rng(components)
    for count in (1, 3, 6):
        layouts = np.stack([rng.choice(len(sites), count, replace=False) for _ in range(20)])
        gap, bound = scorer.errors(layouts) - exact.errors(layouts), scorer.nrmse_bounds(layouts)
        assert (np.abs(gap[:, 0]) <= bound + 1e-12).all()
        assert np.abs(gap[:, 1:]).max() < 1e-9
        if components == 1000:  # all there are
            assert bound.max() < 1e-6
            assert np.abs(gap).max() < 1e-9
    assert (exact.nrmse_bounds(layouts) == 0).all()


def test_no_layout_beats_the_bound(cohort: Cohort, setting: tuple) -> None:
    sites, folds, pixels, scorer = setting
    bounds = nrmse_bounds(cohort, folds, pixels, 4)
    assert (np.diff(bounds) < 0).all()
    rng = np.random.default_rng(0)
    for count, bound in enumerate(bounds, 1):
        layouts = np.stack([rng.choice(len(sites), count, replace=False) for _ in range(300)])
        assert scorer.errors(layouts)[:, 0].min() > bound


def test_the_bound_of_one_person_a_fold_is_the_tail_of_the_components(cohort: Cohort) -> None:
    """The best linear readings for a person known beforehand reach it exactly."""
    pixels = insole_pixels(cohort)
    folds = tuple((name,) for name in cohort.subjects)
    errors = []
    for name in cohort.subjects:
        mean = cohort.subset(training_people(cohort, [name])).pressure.mean(axis=(0, 1))[pixels]
        own = cohort.subset([name]).pressure
        x = (own[..., pixels] - mean) / own.max(axis=(1, 2, 3))[:, None, None]
        x = x.reshape(-1, pixels.sum()).astype(float)
        axes = np.linalg.svd(x, full_matrices=False)[2][:2]
        errors.append(np.sqrt(np.mean((x - x @ axes.T @ axes) ** 2)))
    assert nrmse_bounds(cohort, folds, pixels, 2)[1] == pytest.approx(np.mean(errors), rel=1e-4)


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


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_a_score_depends_on_nothing_else_to_the_last_bit(setting: tuple, count: int) -> None:
    """Neither on the order of sites nor on what is scored with it."""
    sites, scorer = setting[0], setting[3]
    rng = np.random.default_rng(0)
    layouts = np.stack([rng.choice(len(sites), count, replace=False) for _ in range(150)])
    together = scorer.errors(layouts)
    assert (scorer.errors(layouts[::-1, ::-1])[::-1] == together).all()
    assert (np.concatenate([scorer.errors(row[None]) for row in layouts]) == together).all()


def test_nothing_to_score_and_nothing_kept_of_the_targets(cohort: Cohort, setting: tuple) -> None:
    sites, folds, pixels, scorer = setting
    assert scorer.errors(np.empty((0, 3), int)).shape == (0, 3)
    with pytest.raises(ValueError, match="components must be at least 1, got 0"):
        LinearScorer(cohort, sites, Sensor(), folds, pixels, components=0)
