from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from test_search import SMALL

from placement.allowed import Place, Rules
from placement.constraints import Constraints
from placement.room import prepared
from placement.screen import NEAR_MM, descended, finalists, screened
from placement.search import search
from recon import Cohort, FootGrid, Layout, Sensor

GRID = FootGrid((16, 8), 5.0, (70.0, 30.0))
HALF = 0.10035  # np.round(HALF, 4) is not round(HALF, 4)
TARGET = np.array([[15.0, 20.0], [15.0, 50.0]])  # mm


def rules(spacing_mm: float = 0.0) -> Rules:
    outline = np.ones(GRID.shape, bool)
    place = Place(Constraints(0, spacing_mm), outline, GRID, Sensor(4.0))
    return prepared(place, 2)


class Distance:
    """Scores layouts by how far their sensors lie from the target, in the second objective."""

    def __init__(self) -> None:
        self.scored: list[Layout] = []

    def __call__(self, layouts: Sequence[Layout]) -> Mapping[Layout, tuple[float, ...]]:
        self.scored += layouts
        mm = {x: GRID.mm(x.uv) for x in layouts}
        return {x: (2.0, float(np.linalg.norm(p - TARGET, axis=1).sum())) for x, p in mm.items()}


def layout(*numbers: int) -> Layout:
    sites = rules().uv[list(numbers)]
    return Layout(tuple((u, v) for u, v in sites), Sensor(4.0))


def test_a_descent_ends_where_no_neighbour_is_better_and_scores_nothing_twice() -> None:
    screen = Distance()
    end = descended(layout(0, 127), screen, rules(), 1000, 1)
    assert len(set(screen.scored)) == len(screen.scored)
    gap = np.linalg.norm(GRID.mm(end.uv) - TARGET, axis=1)
    assert (gap <= NEAR_MM).all()
    again = Distance()
    assert descended(end, again, rules(), 1000, 1) == end


def test_a_descent_stops_in_time_and_keeps_the_constraints() -> None:
    screen = Distance()
    few = descended(layout(0, 127), screen, rules(), 10, 1)
    assert len(screen.scored) <= 10 + 8
    value = screen([few])[few]
    assert value < screen([layout(0, 127)])[layout(0, 127)]
    wide = rules(spacing_mm=40)
    screen = Distance()
    end = descended(layout(3, 124), screen, wide, 1000, 1)
    assert all(
        np.linalg.norm(np.diff(GRID.mm(x.uv), axis=0)) >= 44 - 0.1 for x in [end, *screen.scored]
    )


@pytest.mark.parametrize("descend", [0, 30])
def test_the_linear_best_stays_first_and_the_descended_comes_next(descend: int) -> None:
    screen = Distance()
    shortlist = [[layout(0, 127), layout(8, 100), layout(40, 90)]]
    (order,) = screened(shortlist, [2], screen, rules(), descend, 1)
    assert order[0] == shortlist[0][0]
    assert set(shortlist[0]) <= set(order)
    values = screen(order)
    assert values[order[1]] == min(values[x] for x in order[1:])
    assert (len(order) > 3) == bool(descend)


def test_a_search_that_descends_further_is_no_worse_under_the_kernel(cohort: Cohort) -> None:
    plain = replace(SMALL, fidelity="kernel", max_sensors=2, generations=2, population=8)
    further = search(cohort, replace(plain, descend=20))
    for member, other in zip(
        (further.best(k) for k in (1, 2)),
        (search(cohort, plain).best(k) for k in (1, 2)),
        strict=True,
    ):
        assert member is not None and other is not None
        a, b = (x.scores["kernel"].search for x in (member, other))
        assert further.relative_error(a) <= further.relative_error(b)


def test_of_many_sensors_a_network_judges_half_as_many() -> None:
    assert [finalists(sensors, 2, "kernel") for sensors in (4, 5)] == [2, 2]
    assert [finalists(sensors, 2, "ensemble") for sensors in (4, 5)] == [2, 1]
    assert [finalists(sensors, 1, "network") for sensors in (4, 5)] == [1, 1]


def test_where_one_is_wanted_nothing_is_screened() -> None:
    screen = Distance()
    one, two = [layout(0), layout(1)], [layout(0, 127), layout(40, 90)]
    assert screened([one, two], [1, 1], screen, rules(), 30, 1) == [one, two]
    assert not screen.scored
    assert screened([one, two], [2, 1], screen, rules(), 0, 1)[1] == two
    assert set(screen.scored) == set(one)


def test_a_descent_finds_its_sites_wherever_they_lie_and_however_far_apart() -> None:
    """Halves are rounded in two ways, and a snap grid may be coarser than the pixels."""
    uv = np.array([[HALF, 0.2], [HALF, 0.5], [HALF, 0.8]])  # 9 mm apart
    place = Rules.of(Constraints(), uv, GRID, Sensor(4.0))
    start, *_, target = (Layout(((u, v),), Sensor(4.0)) for u, v in uv)
    goal = GRID.mm(target.uv)
    end = descended(
        start, lambda some: {x: (np.abs(GRID.mm(x.uv) - goal).sum(),) for x in some}, place, 10, 0
    )
    assert end == target
