import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from placement.problem import (
    EMPTY,
    PlacementProblem,
    SiteCrossover,
    SiteMutation,
    SiteRepair,
    SiteSampling,
    counts,
)

SITES = np.random.default_rng(0).uniform(0, 100, (30, 2))


def measure(rows: np.ndarray) -> np.ndarray:
    return np.column_stack([np.full(len(rows), rows.shape[1]), 1 / (1 + rows.sum(axis=1))])


def problem(max_sensors: int = 4) -> PlacementProblem:
    return PlacementProblem(SITES, max_sensors, measure)


def is_valid(x: np.ndarray, max_sensors: int) -> bool:
    for row in x:
        used = row[row != EMPTY]
        filled = np.concatenate([used, np.full(max_sensors - len(used), EMPTY)])
        if not (len(used) and (np.diff(used) > 0).all() and (row == filled).all()):
            return False
    return x.shape[1] == max_sensors and x.max() < len(SITES)


@given(st.integers(0, 10_000), st.integers(1, 6))
def test_every_operator_keeps_sets_within_the_bound(seed: int, max_sensors: int) -> None:
    rng = np.random.default_rng(seed)
    task = problem(max_sensors)
    x = SiteSampling()._do(task, 12, random_state=rng)
    assert is_valid(x, max_sensors)
    children = SiteCrossover()._do(task, np.stack([x[:6], x[6:]]), random_state=rng)
    assert all(is_valid(child, max_sensors) for child in children)
    mutated = SiteMutation()._do(task, x, random_state=rng)
    mutated = SiteRepair()._do(task, mutated, random_state=rng)
    assert is_valid(mutated, max_sensors)


def test_sampling_draws_every_count() -> None:
    x = SiteSampling()._do(problem(), 12, random_state=np.random.default_rng(0))
    assert sorted(counts(x)) == sorted([1, 2, 3, 4] * 3)


def test_no_set_is_scored_twice() -> None:
    asked: list[tuple[int, ...]] = []

    def counted(rows: np.ndarray) -> np.ndarray:
        asked.extend(map(tuple, rows.tolist()))
        size = np.full(len(rows), rows.shape[1])
        return np.column_stack([size, rows.sum(axis=1), rows[:, 0]])  # the last is no objective

    task = PlacementProblem(SITES, 3, counted)
    x = np.array([[1, 5, EMPTY], [1, 5, EMPTY], [2, EMPTY, EMPTY], [1, 5, 7]])
    first = task.evaluate(x)
    assert first == pytest.approx(np.array([[2, 6], [2, 6], [1, 2], [3, 13]]))
    task.evaluate(x[::-1])
    assert sorted(asked) == [(1, 5), (1, 5, 7), (2,)]
