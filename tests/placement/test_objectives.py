import json
from dataclasses import asdict, replace
from itertools import permutations
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import ArrayLike, NDArray
from typer.models import OptionInfo

from placement.areas import Points
from placement.basis import Assumptions, Basis
from placement.cli.objective_options import ObjectivesOption
from placement.disturbance import Disturbance
from placement.objectives import DEFAULT, OBJECTIVES, chosen, measured
from placement.scoring import relative_error
from placement.sites import candidate_sites
from placement.wiring import wire_cm, wires
from recon import Cohort, FootGrid, Layout, Sensor, gait
from recon.footprint import insole_pixels
from recon.layout import reading_matrix
from recon.linear import Linear, MeanMap, solve_weights
from recon.validate import cross_validate, make_folds, training_people


@pytest.fixture(scope="module")
def basis(cohort: Cohort) -> Basis:
    pixels = insole_pixels(cohort)
    sites = candidate_sites(pixels, cohort.grid, 0)
    return Basis(cohort, sites, Sensor(), make_folds(cohort.subjects, 4, 0), pixels)


def drawn(basis: Basis, count: int, rows: int = 12) -> np.ndarray:
    rng = np.random.default_rng(count)
    return rng.random((rows, len(basis.sites))).argpartition(count, axis=1)[:, :count]


def layout(basis: Basis, numbers: np.ndarray) -> Layout:
    return Layout(tuple((u, v) for u, v in basis.sites[numbers]), basis.sensor)


@pytest.mark.parametrize("count", [1, 2, 4])
@pytest.mark.parametrize("name", OBJECTIVES)
def test_a_value_depends_on_nothing_else(basis: Basis, name: str, count: int) -> None:
    """Neither on the order of sites nor on what is measured with it."""
    measure, sets = OBJECTIVES[name].measure(basis), drawn(basis, count)
    together = measure(sets)
    assert together.shape == (len(sets),)
    assert np.isfinite(together).all()
    assert (together > 0).all()
    assert (measure(sets[::-1, ::-1])[::-1] == together).all()
    assert (np.concatenate([measure(row[None]) for row in sets]) == together).all()


@pytest.mark.parametrize("name", [x for x in OBJECTIVES if OBJECTIVES[x].judged])
def test_the_linear_measure_is_near_what_the_linear_reconstructor_scores(
    basis: Basis, name: str
) -> None:
    """Equal but for what `LinearScorer` leaves out, such as that maps only press."""
    objective, sets = OBJECTIVES[name], drawn(basis, 4)
    layouts = [layout(basis, row) for row in sets]
    mean_map = cross_validate(MeanMap, basis.people, layouts[:1], basis.folds, basis.pixels)[0]
    scores = cross_validate(Linear, basis.people, layouts, basis.folds, basis.pixels)
    assert objective.judged is not None
    judged = [objective.judged(score, mean_map) for score in scores]
    rel = 0.35 if name == "peak" else 0.2  # measured: 0.32, and 0.16 at most
    assert objective.measure(basis)(sets) == pytest.approx(judged, rel=rel)


class Estimate(Linear):
    """The linear estimate as it is."""

    def predict(
        self, readings: ArrayLike, layout: Layout, geometry: ArrayLike | None = None
    ) -> NDArray[np.float32]:
        return self.maps(np.asarray(readings), layout).reshape(-1, *self.grid_.shape)


@pytest.mark.parametrize("count", [1, 3, 8])
def test_peak_equals_that_of_the_linear_estimate(basis: Basis, count: int) -> None:
    sets = drawn(basis, count)
    layouts = [layout(basis, row) for row in sets]
    scores = cross_validate(Estimate, basis.people, layouts, basis.folds, basis.pixels)
    expected = [100 - score.mean("peak_accuracy") for score in scores]
    assert basis.peak.error(sets) == pytest.approx(expected, rel=1e-6)


def test_person_by_person_errors_average_to_the_errors(basis: Basis) -> None:
    sets = drawn(basis, 3)
    each = basis.linear.person_errors(sets)
    assert each.shape == (len(sets), len(basis.people.subjects), 3)
    assert each.mean(axis=1) == pytest.approx(basis.linear.errors(sets), rel=1e-12)
    for person, name in enumerate(basis.people.subjects):
        test = next(fold for fold in basis.folds if name in fold)
        train = Linear().fit(basis.people.subset(training_people(basis.people, test)))
        matrix = reading_matrix(basis.sites[np.sort(sets[0])], basis.sensor, basis.people.grid)
        truth = basis.people.subset([name]).pressure.astype(float)
        flat = truth.reshape(*truth.shape[:2], -1)
        cross = matrix @ train.covariance_
        weights = solve_weights(cross @ matrix.T, cross, train.ridge)
        estimate = (train.mean_ + (flat - train.mean_) @ matrix.T @ weights).reshape(truth.shape)
        nrmse = np.sqrt((gait.nrmse(truth, estimate, basis.pixels) ** 2).mean())
        force = 100 - gait.vgrf_accuracy(truth, estimate).mean()
        assert each[0, person, :2] == pytest.approx([nrmse, force], rel=1e-6)


def test_the_worst_person_is_no_better_than_all(basis: Basis) -> None:
    """And nobody is worse off with no sensor at all than with none."""
    sets = drawn(basis, 4)
    assert (basis.linear.worst(sets) >= basis.linear.relative(sets) - 1e-9).all()
    assert basis.linear.worst(np.empty((1, 0), int)) == pytest.approx([1])


def test_a_dead_sensor_leaves_the_others(basis: Basis) -> None:
    (row,) = sets = drawn(basis, 3, 1)
    left = [basis.linear.relative(np.array([pair])) for pair in (row[1:], row[:2], row[[0, 2]])]
    assert basis.dead_sensor(sets) == pytest.approx(np.max(left))
    assert basis.dead_sensor(sets[:, :1]) == pytest.approx([1])


def test_nothing_disturbed_is_the_linear_score(basis: Basis) -> None:
    still = replace(basis, assumptions=Assumptions(Disturbance(0, 0)))
    for count in (1, 2, 5):
        sets = drawn(basis, count)
        expected = basis.linear.errors(sets)
        for found in still.shift.errors(sets):
            assert found == pytest.approx(expected, rel=1e-9)


def test_shifts_equal_reading_elsewhere_with_the_planned_weights(basis: Basis) -> None:
    people, numbers = basis.people, np.sort(drawn(basis, 3, 1)[0])
    disturbance = basis.assumptions.disturbance
    moved, gains = disturbance.of(basis.sites[numbers], people.grid)
    found = basis.shift.errors(numbers[None])[:, 0]
    matrix = reading_matrix(basis.sites[numbers], basis.sensor, people.grid)
    for places, gain, errors in zip(moved, gains, found, strict=True):
        elsewhere = reading_matrix(places, basis.sensor, people.grid) * gain[:, None]
        rows = []
        for test in basis.folds:
            model = Linear().fit(people.subset(training_people(people, test)))
            cross = matrix @ model.covariance_
            weights = solve_weights(cross @ matrix.T, cross, model.ridge)
            for name in test:
                truth = people.subset([name]).pressure.astype(float)
                flat = truth.reshape(*truth.shape[:2], -1)
                read = flat @ elsewhere.T - matrix @ model.mean_
                estimate = (model.mean_ + read @ weights).reshape(truth.shape)
                nrmse = np.sqrt((gait.nrmse(truth, estimate, basis.pixels) ** 2).mean())
                rows.append([nrmse, 100 - gait.vgrf_accuracy(truth, estimate).mean()])
        assert errors[:2] == pytest.approx(np.mean(rows, axis=0), rel=1e-6)
    assert basis.shift.relative(numbers[None]) == pytest.approx(
        relative_error(found, basis.linear.baseline).mean()
    )


def test_disturbances_are_evenly_spread_and_the_same_for_a_place(basis: Basis) -> None:
    grid, what = basis.people.grid, Disturbance(3, 0.05, draws=8)
    moved, gains = what.of(basis.sites, grid)
    offset = grid.mm(moved) - grid.mm(basis.sites)
    gap = np.linalg.norm(offset, axis=-1)
    assert gap.max() <= 3
    assert np.abs(offset.mean(axis=(0, 1))).max() < 0.2
    assert (gap**2).mean() == pytest.approx(9 / 2, rel=0.05)  # evenly over the disc
    assert gains.std() == pytest.approx(0.05, rel=0.1)
    assert np.abs(gains.mean(axis=0) - 1).max() < 0.02  # no site is lucky
    some = what.of(basis.sites[5:7], grid)
    assert (some[0] == moved[:, 5:7]).all()
    assert (some[1] == gains[:, 5:7]).all()


def shortest_chain(points: np.ndarray) -> float:
    """Length of the shortest way through all points in some order, by brute force."""
    lengths = [
        np.linalg.norm(np.diff(points[list(order)], axis=0), axis=1).sum()
        for order in permutations(range(len(points)))
    ]
    return float(min(lengths))


@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 90), st.integers(0, 250)), min_size=3, max_size=3),
        min_size=1,
        max_size=6,
    )
)
def test_wire_joins_all_and_is_the_shortest_tree(rows: list) -> None:
    """Between half of any chain, which a tree never exceeds, and the chain; each set by itself."""
    places, connector = np.array(rows, float), np.array([100.0, 90.0])
    found = wire_cm(places, connector)
    for place, length in zip(places, found, strict=True):
        chain = shortest_chain(np.concatenate([[connector], place])) / 10
        assert chain / 2 - 1e-6 <= length <= chain + 1e-6
        assert wire_cm(place[None], connector) == pytest.approx([length])
        drawn = wires(place, connector)
        assert len(drawn) == len(place)
        assert np.linalg.norm(drawn[:, 0] - drawn[:, 1], axis=1).sum() / 10 == pytest.approx(length)


def test_wire_of_known_trees() -> None:
    star = np.array([[[0.0, 100.0], [100.0, 0.0], [0.0, -100.0]]])
    assert wire_cm(star, np.zeros(2)) == pytest.approx([30])
    line = np.array([[[10.0, 0.0], [20.0, 0.0]], [[0.0, 0.0], [0.0, 50.0]]])
    assert wire_cm(line, np.zeros(2)) == pytest.approx([2, 5], abs=1e-6)


def test_cost_is_sensors_and_wire(basis: Basis) -> None:
    priced = replace(basis, assumptions=Assumptions(sensor_price=3, wire_price=0.5))
    sets = drawn(basis, 4)
    assert priced.cost(sets) == pytest.approx(12 + 0.5 * basis.wiring(sets))
    assert (basis.cost(sets) == 4).all()


def test_objectives_are_measured_side_by_side(basis: Basis) -> None:
    objectives = chosen(["sensors", "error", "wiring"], Assumptions())
    sets = drawn(basis, 2)
    values = measured(objectives, basis)(sets)
    assert values.shape == (len(sets), 3)
    assert (values[:, 0] == 2).all()
    assert (values[:, 1] == basis.linear.relative(sets)).all()
    assert chosen(DEFAULT, Assumptions())[1].judged is not None


@pytest.mark.parametrize(
    ("names", "complaint"),
    [
        (["sensors", "weight"], "no 'weight'; there are sensors, error, nrmse"),
        (["sensors"], "2 or 3 in number, got sensors"),
        (["error", "error"], "must differ"),
        (["sensors", "error", "peak", "cop"], "2 or 3"),
        (["cost", "nrmse", "sensors"], "--wire-price"),
        (["sensors", "wiring"], "nothing of accuracy; add one of error"),
    ],
)
def test_wrong_objectives_are_explained(names: list[str], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        chosen(names, Assumptions())


def test_wrong_assumptions_are_explained() -> None:
    with pytest.raises(ValueError, match="shift_mm must lie in 0 to 10 mm, got 50"):
        Disturbance(shift_mm=50)
    with pytest.raises(ValueError, match="gain_sd"):
        Disturbance(gain_sd=5)
    with pytest.raises(ValueError, match="sensor_price must be a number, 0 or more, got -1"):
        Assumptions(sensor_price=-1)
    with pytest.raises(ValueError, match="connector must be one point, got 0"):
        Assumptions(connector=Points())
    assert Assumptions().connector.on(FootGrid())[0] == pytest.approx([100, 91])
    some = Assumptions(Disturbance(1, 0.1), Points(mm=((90, 100),)), 2, 0.1)
    assert Assumptions.from_json(json.loads(json.dumps(asdict(some)))) == some


def test_the_help_names_every_objective_in_their_order() -> None:
    """It is written out there, so that --help need not import what measures them."""
    (option,) = (x for x in get_args(ObjectivesOption) if isinstance(x, OptionInfo))
    named = option.help.removeprefix("Two or three of ").partition(";")[0]
    assert named.split(", ") == list(OBJECTIVES)
