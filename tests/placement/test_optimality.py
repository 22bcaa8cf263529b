from dataclasses import replace
from itertools import combinations
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from placement.constraints import Constraints
from placement.exhaustive import affordable, coarser, exhaustive
from placement.explore import explore
from placement.journal import Journal
from placement.optimality import by_turns, improved, seek
from placement.problem import PlacementProblem, SiteSampling, counts
from placement.report import how_sure
from placement.search import search
from placement.settings import Settings
from placement.sites import candidate_sites
from placement.split import Split
from placement.swaps import greedy, random_set, swapped
from recon import Cohort, Sensor

SITES = 14
UV_MM = np.random.default_rng(0).uniform(0, 60, (SITES, 2))


def coverage(sets: np.ndarray) -> np.ndarray:
    """Mean distance from any site to the nearest chosen: a problem with many local optima."""
    gap = np.linalg.norm(UV_MM[:, None] - UV_MM, axis=-1)
    return gap[:, sets].min(axis=-1).mean(axis=0)


def brute(count: int, allowed=None) -> tuple[tuple[int, ...], float]:
    sets = np.array(list(combinations(range(SITES), count)))
    sets = sets if allowed is None else sets[allowed(sets)]
    errors = coverage(sets)
    return tuple(sets[errors.argmin()].tolist()), errors.min()


class Rule:
    """Refuses neighbours nearer than some mm, demands a site, and notes what is scored."""

    def __init__(self, spacing_mm: float, wanted: int | None = None) -> None:
        self.gap = np.linalg.norm(UV_MM[:, None] - UV_MM, axis=-1) + 1e3 * np.eye(SITES)
        self.spacing_mm, self.wanted = spacing_mm, wanted

    def allowed(self, sets: np.ndarray) -> np.ndarray:
        assert (np.diff(sets, axis=1) > 0).all(), "sorted sets are promised"
        apart = self.gap[sets[:, :, None], sets[:, None]].min(axis=(1, 2)) >= self.spacing_mm
        return apart & (True if self.wanted is None else (sets == self.wanted).any(axis=1))

    def relative(self, sets: np.ndarray) -> np.ndarray:
        assert self.allowed(sets).all(), "a set that is not allowed was scored"
        return coverage(sets)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_exhaustive_equals_brute_force(count: int) -> None:
    sets, errors, scored = exhaustive(coverage, np.arange(SITES), count, keep=5)
    assert scored == comb(SITES, count)
    assert (tuple(sets[0].tolist()), errors[0]) == brute(count)
    every = coverage(np.array(list(combinations(range(SITES), count))))
    assert errors == pytest.approx(np.sort(every)[:5])
    assert len(sets) == 5


def test_all_pairs_of_a_cohort_equal_brute_force(cohort: Cohort) -> None:
    """Through the real scorer, and the front says that they are proven."""
    settings = Settings(max_sensors=2, folds=3, population=4, generations=1, restarts=0)
    split = Split.of(cohort, settings)
    sites = candidate_sites(split.pixels, cohort.grid, 5)
    explored, claims = explore(split, sites, Sensor(), settings, lambda *_: None, Journal())
    from placement.scoring import LinearScorer

    scorer = LinearScorer(split.people, sites, Sensor(), split.folds, split.pixels)
    for claim in claims:
        count = claim["sensors"]
        best = min(
            float(scorer.relative(np.array([row]))[0])
            for row in combinations(range(len(sites)), count)
        )
        assert claim["proven"]
        assert claim["relative_error"] == best
        assert min(e for x, (_, e) in explored.items() if len(x) == count) == best
        assert claim["enumerated"] == comb(len(sites), count)
        assert 0 < claim["efficiency"] <= 1


@pytest.mark.parametrize(("spacing", "wanted"), [(0, None), (12, None), (12, 3), (20, 7)])
def test_nothing_is_scored_that_is_not_allowed(spacing: float, wanted: int | None) -> None:
    rule = Rule(spacing, wanted)
    for sets in (0, 100, 10_000):
        optima, found = seek(
            rule.relative, UV_MM, 4, seed=0, restarts=6, sets=sets, allowed=rule.allowed
        )
        assert set(optima) == {1, 2, 3, 4}
        for count, best in optima.items():
            numbers, error = brute(count, rule.allowed)
            assert best.relative_error >= error
            assert best.proven == (comb(SITES, count) <= sets)
            if best.proven:
                assert (best.sites, best.relative_error) == (numbers, error)
            assert (
                found[best.sites]
                == best.relative_error
                == min(e for x, e in found.items() if len(x) == count)
            )


@pytest.mark.parametrize("required", [(3,), (3, 8), (3, 8, 11)])
def test_with_sites_that_must_be_used_only_the_others_are_enumerated(
    required: tuple[int, ...],
) -> None:
    def allowed(sets: np.ndarray) -> np.ndarray:
        return np.array([set(required) <= set(row) for row in sets.tolist()], bool)

    optima, _ = seek(
        coverage, UV_MM, 4, seed=0, restarts=0, sets=SITES**2, allowed=allowed, required=required
    )
    assert set(optima) == set(range(len(required), 5))
    for count, best in optima.items():
        proven = comb(SITES - len(required), count - len(required)) <= SITES**2
        assert best.proven == proven
        if proven:
            assert (best.sites, best.relative_error) == brute(count, allowed)


def test_what_cannot_be_met_is_left_out() -> None:
    rule = Rule(500)  # no two sites may be used together
    optima, found = seek(rule.relative, UV_MM, 3, seed=0, restarts=2, sets=20, allowed=rule.allowed)
    assert set(optima) == {1}
    assert greedy(rule.relative, SITES, 3, [], rule.allowed) == list(optima[1].sites)
    assert max(map(len, found)) == 1


@given(st.integers(0, 1000), st.integers(1, 6))
def test_no_move_of_one_sensor_betters_a_descent(seed: int, count: int) -> None:
    start = random_set(np.random.default_rng(seed), SITES, count)
    end = swapped(coverage, SITES, start, rounds=50)
    error = coverage(np.array([end]))[0]
    assert error <= coverage(np.array([start]))[0]
    for place in range(count):
        for site in set(range(SITES)) - set(end):
            moved = [*end[:place], site, *end[place + 1 :]]
            assert coverage(np.array([moved]))[0] >= error * (1 - 1e-5)


def test_the_same_seed_gives_the_same_and_another_other_starts() -> None:
    def run(seed: int) -> tuple:
        return seek(coverage, UV_MM, 5, seed=seed, restarts=3, sets=50)

    assert run(1) == run(1)
    assert run(1)[1] != run(2)[1]


def test_few_sensors_are_tried_from_more_random_sets_than_many() -> None:
    optima, _ = seek(coverage, UV_MM, 7, seed=0, restarts=2, sets=0)
    tried = {count: optimum.descents - 1 for count, optimum in optima.items()}  # less the greedy
    assert (tried[4], tried[6], tried[7]) == (6, 4, 2)


def test_a_better_set_of_another_search_is_descended_from() -> None:
    optima, _ = seek(coverage, UV_MM, 4, seed=0, restarts=0, sets=0)
    poor = {4: replace(optima[4], relative_error=1e3)}
    better, found = improved(poor, {(0, 1, 2, 3): 1.0, (4, 5, 6, 7): 2.0}, coverage, SITES)
    assert better[4].relative_error == found[better[4].sites] < coverage(np.array([[0, 1, 2, 3]]))
    assert (better[4].descents, better[4].agreeing) == (optima[4].descents + 1, 1)
    assert improved(optima, {optima[4].sites: 1e3}, coverage, SITES) == (optima, {})


@given(st.integers(1, 40))
def test_a_coarser_grid_is_spread_over_the_sites(most: int) -> None:
    rng = np.random.default_rng(most)
    sites = np.argwhere(rng.random((20, 8)) < 0.8) * 5.0
    chosen = coarser(sites, most)
    assert 0 < len(chosen) <= most
    assert len(set(chosen.tolist())) == len(chosen)
    if most > 10:
        gap = np.linalg.norm(sites[:, None] - sites[chosen], axis=-1).min(axis=1)
        assert gap.max() < 2.5 * np.sqrt(100 * 40 / most)


def test_what_is_affordable() -> None:
    assert affordable(538, 2, 500_000) == 538
    most = affordable(538, 3, 125_000)
    assert comb(most, 3) <= 125_000 < comb(most + 1, 3)
    assert affordable(5, 2, 0) == 1  # of one site there is no pair


def test_seeds_come_first_and_leave_room_for_random_sets() -> None:
    seeds = by_turns({(1,): 0.3, (0,): 0.2, (2, 5): 0.1, (0, 1, 2): 0.05, (3,): 0.9})
    assert seeds == [(0,), (2, 5), (0, 1, 2), (1,), (3,)]
    problem = PlacementProblem(UV_MM, 4, coverage)
    x = SiteSampling(seeds)._do(problem, 8, random_state=np.random.default_rng(0))
    assert [tuple(row[row >= 0]) for row in x[:4]] == seeds[:4]
    assert sorted(counts(x[4:])) == [1, 2, 3, 4]


def test_the_front_says_how_sure_it_is(cohort: Cohort) -> None:
    settings = Settings(
        max_sensors=3,
        folds=3,
        constraints=Constraints(margin_mm=0),
        fidelity="linear",
        population=8,
        generations=2,
        enumerate=6000,
        restarts=1,
    )
    front = search(cohort, settings)
    one, two, three = front.run["optimality"]
    assert (one["proven"], two["proven"], three["proven"]) == (True, True, False)
    sites = front.run["candidate_sites"]
    assert (
        how_sure(one, sites) == f"proven optimal: all {sites} allowed sets on {sites} sites scored"
    )
    assert "swap descents" in how_sure(three, sites)
    assert "coarser grid" in how_sure(three, sites)
    assert three["efficiency"] < 1
