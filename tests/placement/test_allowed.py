"""The constraints hold in whatever is scored, and take away no more than they say."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from oracle import broken_by_a_site, broken_by_the_set
from pymoo.algorithms.moo.nsga2 import NSGA2
from pymoo.optimize import minimize

from placement.allowed import Place, Rules
from placement.areas import Points, depth_mm
from placement.constraints import Area, Constraints, Snap
from placement.problem import (
    PlacementProblem,
    SiteCrossover,
    SiteMutation,
    SiteRepair,
    SiteSampling,
)
from placement.room import prepared
from placement.sites import candidate_sites
from placement.zones import ANATOMICAL, Zone
from recon import PUBLISHED, FootGrid, Layout, Sensor
from recon.landmarks import LANDMARKS

GRID = FootGrid((28, 12), 10.0)
u, v = np.moveaxis(GRID.centres(), -1, 0)
OUTLINE = (np.abs(v - 0.5) < np.where(u < 0.45, 0.32, 0.5)) & (u > 0) & (u < 1)

lengths = st.floats(5, 60).map(lambda x: round(x, 1))
places = st.tuples(st.floats(10, 90), st.floats(10, 250)).map(
    lambda p: (round(p[0], 1), round(p[1], 1))
)


@st.composite
def rectangles(draw: st.DrawFn, name: str) -> Area:
    (x, y), width, height = draw(places), draw(lengths), draw(lengths)
    assume(max(x + width, y + height) >= 30)  # others are taken for centimetres
    return Area(name, mm=((x, y), (x + width, y), (x + width, y + height), (x, y + height)))


@st.composite
def zones(draw: st.DrawFn, name: str) -> Zone:
    least = draw(st.integers(0, 2))
    return Zone(name, least, draw(st.none() | st.integers(least, 3)))


@st.composite
def constraints(draw: st.DrawFn) -> Constraints:
    several = draw(st.lists(st.sampled_from(list(ANATOMICAL)), unique=True, max_size=3))
    out = [draw(rectangles(f"out {i}")) for i in range(draw(st.integers(0, 2)))]
    wide = Area("most of it", mm=((-10, 20), (110, 20), (110, 230), (-10, 230)))
    return Constraints(
        spacing_mm=draw(st.sampled_from([0, 5, 20, 30])),
        keep_out=tuple(out),
        keep_in=draw(st.sampled_from([(), (wide,)])),
        required=Points(mm=draw(st.sampled_from([(), (), ((52.3, 41.7),)]))),
        forbidden=Points(mm=tuple(draw(st.lists(places, max_size=3)))),
        zones=tuple(draw(zones(name)) for name in several),
        snap=draw(st.sampled_from([None, None, Snap(9.0, (52.3, 41.7))])),
    )


def place(what: Constraints, margin_mm: float = 0.0) -> Place:
    return Place(replace(what, margin_mm=margin_mm), OUTLINE, GRID, Sensor())


def test_ten_thousand_individuals_are_allowed() -> None:
    scored, searches = 0, 0

    @settings(max_examples=130, deadline=None, suppress_health_check=list(HealthCheck))
    @given(constraints(), st.integers(1, 8), st.integers(0, 99))
    def check(what: Constraints, max_sensors: int, seed: int) -> None:
        nonlocal scored, searches
        try:
            rules = prepared(place(what), max_sensors)
        except ValueError:
            return
        searches += 1
        assert broken_by_a_site(rules.mm, what, GRID, 10, 0.1) == []

        def values(sets: np.ndarray) -> np.ndarray:
            nonlocal scored
            scored += len(sets)
            for row in sets:
                assert broken_by_the_set(rules.mm[row], what, GRID, 10, 0.1) == []
                assert (np.diff(row) > 0).all()
            return np.column_stack([np.full(len(sets), sets.shape[1]), 1 / (1 + sets.sum(axis=1))])

        algorithm = NSGA2(
            pop_size=40,
            sampling=SiteSampling(),
            crossover=SiteCrossover(),
            mutation=SiteMutation(),
            repair=SiteRepair(),
        )
        algorithm.mating.n_max_iterations = 2  # where few are allowed, more would find nothing new
        problem = PlacementProblem(rules.mm, max_sensors, values, rules=rules)
        minimize(problem, algorithm, ("n_gen", 5), seed=seed)

    check()
    assert scored >= 10_000
    assert searches >= 60


@settings(max_examples=60, deadline=None)
@given(constraints(), st.integers(0, 99))
def test_no_more_is_forbidden_than_was_asked(what: Constraints, seed: int) -> None:
    """Of random sets of all sites, those that keep clear of every bound are allowed."""
    here = place(what)
    rng = np.random.default_rng(seed)
    every = here.points()
    for _ in range(20):
        uv = every[rng.choice(len(every), min(3, len(every)), replace=False)]
        layout = Layout(tuple((u, v) for u, v in uv), Sensor())
        mm = GRID.mm(layout.uv)
        gap = np.abs(mm[:, None] - what.forbidden.on(GRID)).max(axis=-1)
        clear, clearly = (
            not broken_by_a_site(mm, what, GRID, 10, slack)
            and not broken_by_the_set(mm, what, GRID, 10, slack)
            for slack in (-0.2, 0.2)
        )
        if clear and not (gap < 6).any():
            assert here.keeps(layout)
        if not clearly:
            assert not here.keeps(layout)


@settings(max_examples=40, deadline=None)
@given(constraints(), st.integers(1, 4))
def test_a_set_is_there_or_there_is_none(what: Constraints, max_sensors: int) -> None:
    """On a foot so coarse that all sets can be tried."""
    grid = FootGrid((7, 3), 40.0)
    what = replace(what, margin_mm=0, snap=None)  # snapping would make the foot finer
    here = Place(what, np.ones(grid.shape, bool), grid, Sensor())
    every = here.points()
    left = np.logical_and.reduce(list(here.limits(every).values()))
    sets = np.array(list(combinations(np.flatnonzero(left), max_sensors)), int)
    ok = Rules.of(what, every, grid, Sensor()).allowed(sets.reshape(-1, max_sensors))
    try:
        rules = prepared(here, max_sensors)
    except ValueError:
        assert not ok.any()
    else:
        assert ok.any()
        assert all(rules.allowed(x).all() for x in rules.examples.values())


def test_discs_are_held_against_each_other_and_against_areas() -> None:
    area = Area("plug", mm=((40, 100), (60, 100), (60, 120), (40, 120)))
    here = place(Constraints(spacing_mm=4.0, keep_out=(area,)))

    def keeps(*mm: tuple[float, float]) -> bool:
        return here.keeps(Layout(tuple((u, v) for u, v in GRID.uv_from_mm(np.array(mm)))))

    assert keeps((50, 30), (50, 44))
    assert not keeps((50, 30), (50, 43.8))  # rims 3.8 mm apart
    assert keeps((50, 94.9))
    assert not keeps((50, 95.2))
    assert keeps((36.4, 96.4))  # beside the corner, 5.1 mm from it
    assert not keeps((36.6, 96.6))


def test_a_required_site_off_the_pixels_is_in_every_layout() -> None:
    here = place(Constraints(required=Points(mm=((51.3, 41.7),))), margin_mm=5)
    rules = prepared(here, 3)
    assert rules.mm[0] == pytest.approx((51.3, 41.7))
    assert all((x[:, 0] == 0).all() for x in rules.examples.values())


def test_a_required_site_off_the_foot_is_told() -> None:
    with pytest.raises(ValueError, match=r"required: \(500, 31\) mm is off the foot"):
        place(Constraints(required=Points(mm=((500.0, 31.0),)))).points()


@pytest.mark.parametrize(
    ("square", "complaint"),
    [
        (((106.0, 50.0), (126.0, 50.0), (126.0, 70.0), (106.0, 70.0)), r"swapped\?"),
        (((3.0, 4.0), (7.0, 4.0), (7.0, 8.0), (3.0, 8.0)), r"centimetres given\?"),
        (((3.0, 80.0), (7.0, 80.0), (7.0, 84.0), (3.0, 84.0)), None),  # beside the arch
    ],
)
def test_a_keep_out_area_meant_elsewhere_is_told(square: tuple, complaint: str | None) -> None:
    here = place(Constraints(keep_out=(Area("battery", mm=square),)))
    assert here.limits(candidate_sites(OUTLINE, GRID, 0))["keep-out 'battery'"].all()
    if complaint is None:
        here.points()
        return
    with pytest.raises(ValueError, match=r"keep_out: 'battery', from \(.*" + complaint):
        here.points()


def test_a_required_site_on_a_pixel_is_no_second_site() -> None:
    site = GRID.mm(GRID.centres()[14, 6])
    here = place(Constraints(required=Points(mm=(tuple(np.round(site, 1)),))))
    assert len(here.points()) == len(place(Constraints()).points())


def test_without_constraints_all_is_as_it_was() -> None:
    rules = prepared(place(Constraints(), margin_mm=12), 4)
    assert rules.free
    assert rules.sizes(4) == [1, 2, 3, 4]
    assert (rules.uv == candidate_sites(OUTLINE, GRID, 12)).all()


def test_discs_wider_than_a_pixel_do_not_overlap() -> None:
    rules = prepared(Place(Constraints(margin_mm=12), OUTLINE, GRID, Sensor(15.0)), 4)
    assert not rules.free
    assert list(rules.allowed(np.array([[0, 1], [0, len(rules.uv) - 1]]))) == [False, True]


@pytest.mark.parametrize("name", LANDMARKS)
def test_the_published_landmarks_lie_in_the_zone_of_their_name(name: str) -> None:
    words = {"metatarsal": "forefoot", "midfoot": "midfoot", "heel": "heel", "toes": "toes"}
    wanted = next((zone for word, zone in words.items() if word in name), "toes")  # hallux
    point = np.array([LANDMARKS[name]])
    assert [z for z in ANATOMICAL if Zone(z).holds(point, GRID)[0]] == [wanted]


def test_published_layouts_compete_only_where_they_keep_the_constraints() -> None:
    two = PUBLISHED["published 2"]
    assert place(Constraints()).keeps(two)
    assert place(Constraints(zones=(Zone("heel", 1, 1), Zone("forefoot", 1)))).keeps(two)
    assert not place(Constraints(zones=(Zone("toes", 1),))).keeps(two)
    assert not place(Constraints(snap=Snap(10.0))).keeps(two)


def test_depth_is_that_of_a_square_and_of_a_notch() -> None:
    notched = np.array([(0, 0), (40, 0), (40, 40), (20, 10), (0, 40)], float)
    points = np.array([(20.0, 5), (20, 30), (-3, -4), (45, 20)])
    assert depth_mm(notched, points)[[0, 2, 3]] == pytest.approx([5, -5, -5])
    assert depth_mm(notched, points)[1] < 0
