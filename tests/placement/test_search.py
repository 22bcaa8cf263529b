from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from walkers import walkers

from placement.areas import Points
from placement.basis import Assumptions
from placement.constraints import Constraints
from placement.disturbance import Disturbance
from placement.front import Front
from placement.journal import Journal
from placement.scoring import errors_of
from placement.search import search
from placement.settings import Settings
from placement.shortlist import distinct
from placement.split import Split
from recon import Cohort, Layout

SMALL = Settings(
    max_sensors=3,
    folds=3,
    population=24,
    generations=6,
    enumerate=10_000,
    restarts=1,
    shortlist=3,
    fidelity="network",
    steps=20,
    retrain_steps=5,
    constraints=Constraints(margin_mm=0),
)
LINEAR = replace(SMALL, fidelity="linear")


@pytest.fixture(scope="module", params=["network", "kernel"])
def front(cohort: Cohort, request: pytest.FixtureRequest) -> Front:
    return search(cohort, replace(SMALL, fidelity=request.param))


def test_the_front_holds_the_best_of_every_count(front: Front) -> None:
    leads = [front.best(count) for count in (1, 2, 3)]
    assert all(leads)
    relative = [
        front.relative_error(lead.scores[front.reconstructor].search) for lead in leads if lead
    ]
    assert all(more < fewer for fewer, more in pairwise(relative))


@pytest.mark.usefixtures("short_training")
def test_the_ensemble_judges_by_default(cohort: Cohort) -> None:
    quick = replace(LINEAR, max_sensors=1, folds=2, fidelity=Settings().fidelity)
    journal = Journal()
    member = search(cohort, quick, references={}, journal=journal).members[0]
    assert set(member.scores) == {"linear", "ensemble"}
    assert set(journal.counts()) == {"linear search", "kernel screen", "ensemble"}
    linear, ensemble = (errors_of(member.scores[x].search) for x in ("linear", "ensemble"))
    assert (ensemble < linear).all()


def test_untouched_people_are_in_no_fold(front: Front, cohort: Cohort) -> None:
    untouched = set(front.run["untouched"])
    searched = {name for test in front.run["folds"] for name in test}
    assert len(untouched) == 2
    assert untouched | searched == set(cohort.subjects)
    assert not untouched & searched
    for entry in (*front.members, *front.references):
        for pair in entry.scores.values():
            assert set(pair.untouched.subjects) == untouched
            assert set(pair.search.subjects) == searched


def test_untouched_people_do_not_touch_the_layouts(cohort: Cohort) -> None:
    """Changing their recordings changes their scores alone."""
    split = Split.of(cohort, LINEAR)
    changed = [
        replace(sample, pressure=sample.pressure[::-1].copy() * 3)
        if sample.subject in split.untouched.subjects
        else sample
        for sample in cohort.samples
    ]
    one = search(cohort, LINEAR)
    two = search(replace(cohort, samples=tuple(changed)), LINEAR)
    assert one.csv() == two.csv()
    for a, b in zip(one.members, two.members, strict=True):
        assert a.scores["linear"].search == b.scores["linear"].search
        assert a.scores["linear"].untouched != b.scores["linear"].untouched


def test_the_same_seed_gives_the_same_front_whatever_the_jobs(cohort: Cohort) -> None:
    one, two = (search(cohort, replace(SMALL, jobs=jobs)) for jobs in (1, 2))
    assert one.csv() == two.csv()
    assert one.members == two.members


def test_the_search_finds_the_optimum_of_a_small_problem(cohort: Cohort) -> None:
    """All sets of two sites, by brute force, hold none that is better."""
    from itertools import combinations

    from placement.explore import explore
    from placement.scoring import LinearScorer
    from placement.sites import candidate_sites
    from recon import Sensor

    settings = replace(LINEAR, max_sensors=2, population=60, generations=25, enumerate=0)
    split = Split.of(cohort, settings)
    sites = candidate_sites(split.pixels, cohort.grid, 0)
    scorer = LinearScorer(split.people, sites, Sensor(), split.folds, split.pixels)
    best = scorer.relative(np.array(list(combinations(range(len(sites)), 2)))).min()
    explored, _ = explore(split, sites, Sensor(), settings, lambda *_: None, Journal())
    found = min(error for count, error in explored.values() if count == 2)
    assert found == pytest.approx(best)


def test_every_score_is_logged_on_the_way(cohort: Cohort) -> None:
    journal = Journal()

    def stop(stage: str, done: int, total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        search(cohort, LINEAR, progress=stop, journal=journal)
    assert journal.counts()["linear search"] > 24
    assert set(journal.counts()) == {"linear search"}


def test_a_search_with_nothing_left_to_explore_is_done(cohort: Cohort) -> None:
    told: dict[str, tuple[int, int]] = {}

    def tick(stage: str, done: int, total: int) -> None:
        told[stage] = (done, total)

    every = replace(LINEAR, max_sensors=1, population=200)  # all sites at once
    search(cohort, every, progress=tick)
    assert all(done == total for done, total in told.values()), told


def test_the_shortlist_is_of_different_places(cohort: Cohort) -> None:
    explored = {
        Layout(((0.10, 0.5),)): (1, 0.1),
        Layout(((0.11, 0.5),)): (1, 0.2),  # 0.7 mm away on this foot
        Layout(((0.50, 0.5),)): (1, 0.3),
        Layout(((0.10, 0.5), (0.9, 0.5))): (2, 0.05),
    }
    got = distinct(explored, cohort, 5)
    assert [[explored[layout][1] for layout in x] for x in got] == [[0.1, 0.3], [0.05]]


def test_a_shortlist_for_several_objectives_spans_what_they_trade(cohort: Cohort) -> None:
    """Of ten layouts on one curve: both ends first, then the middle; dominated ones last."""
    curve = {Layout(((0.1 * i, 0.5),)): (1, i, (i - 9) ** 2 / 9) for i in range(10)}
    worse = {Layout(((0.1 * i, 0.1),)): (1, i + 0.5, 30) for i in range(10)}
    (got,) = distinct({**worse, **curve}, cohort, 15)
    values = [{**worse, **curve}[layout] for layout in got]
    assert values[:2] == [(1, 0, 9), (1, 9, 0)]
    assert 2 <= values[2][1] <= 5
    assert set(values[:10]) == set(curve.values())
    assert len(values) == 15


def test_a_known_layout_competes_and_wins_where_it_is_better(cohort: Cohort) -> None:
    """A search too short to find anything good takes what is proposed, if it is allowed."""
    good = search(cohort, LINEAR).best(3)
    assert good is not None
    hasty = replace(LINEAR, generations=1, population=4, seed=1)
    split = Split.of(cohort, LINEAR)
    found = search(cohort, hasty, split=split, proposals=[good.layout]).best(3)
    assert found is not None
    assert found.layout == good.layout
    taken = Constraints(margin_mm=0, forbidden=Points(uv=good.layout.sites[:1]))
    without = replace(hasty, constraints=taken)
    front = search(cohort, without, split=split, proposals=[good.layout])
    assert all(member.layout != good.layout for member in front.members)


def test_published_layouts_are_scored_alike(front: Front) -> None:
    two, sixteen = front.references
    assert (two.name, sixteen.name) == ("published 2", "published 16")
    searched = [errors_of(entry.scores["linear"].search) for entry in (two, sixteen)]
    assert (searched[1] < searched[0]).all()


def test_settings_take_numbers_of_numpy() -> None:
    assert Settings(max_sensors=np.int64(3), jobs=np.int32(1)) == Settings(max_sensors=3, jobs=1)
    assert type(Settings(max_sensors=np.int64(3)).max_sensors) is int
    assert type(Settings(sensor_mm=np.float32(8)).sensor_mm) is float
    assert type(Assumptions(wire_price=np.float32(2)).wire_price) is float


def test_the_order_of_objectives_means_nothing() -> None:
    for names in (("error", "sensors"), ["sensors", "error"]):
        assert Settings(objectives=names).objectives == ("sensors", "error")  # type: ignore[arg-type]  # a list, too


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"max_sensors": 0}, "max_sensors must be at least 1"),
        ({"max_sensors": "4"}, "max_sensors must be a whole number, 0 or more, got '4'"),
        ({"holdout": None}, "holdout must be a number"),
        ({"max_sensors": 5000}, "candidate sites"),
        ({"folds": 7}, "folds: 7 asked for"),
        ({"holdout": 1.5}, "holdout"),
        ({"fidelity": "magic"}, "fidelity"),
        ({"constraints": Constraints(margin_mm=500)}, "no site"),
        ({"constraints": None}, "constraints must be Constraints, got None"),
        ({"assumptions": {}}, "assumptions must be Assumptions"),
        ({"scheduler": 5}, "scheduler must be an address or None, got 5"),
        ({"objectives": "sensors,error"}, "objectives must be a tuple of names"),
        ({"sensor_mm": -1.0}, "sensor_mm must be at least 1 and below 100"),
    ],
)
def test_impossible_settings_are_explained(cohort: Cohort, change: dict, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        search(cohort, replace(LINEAR, **change))


def test_too_few_people_are_explained() -> None:
    with pytest.raises(ValueError, match=r"keeps 2 aside .* leaves 2 .*pass --folds 2"):
        search(walkers(people=4), LINEAR)


def test_a_folder_is_no_cohort() -> None:
    with pytest.raises(ValueError, match=r"must be a recon\.Cohort, got str; load one by"):
        search("cohort/")  # type: ignore[arg-type]  # mistake


@pytest.mark.parametrize(
    "objectives",
    [
        ("sensors", "nrmse", "wiring"),
        ("worst-person", "cost"),
        ("sensors", "dead-sensor", "shift"),
        ("sensors", "peak"),
    ],
)
def test_a_front_of_other_objectives_holds_what_nothing_betters(
    cohort: Cohort, objectives: tuple[str, ...]
) -> None:
    spaced = Constraints(margin_mm=0, spacing_mm=2)
    assumed = Assumptions(Disturbance(2, 0.05), sensor_price=2, wire_price=0.1)
    settings = replace(
        LINEAR, objectives=objectives, assumptions=assumed, constraints=spaced, max_sensors=4
    )
    journal = Journal()
    front = search(cohort, settings, journal=journal)
    assert front.objectives == objectives
    values = np.array([member.values for member in front.members])
    assert values.shape == (len(front.members), len(objectives))
    for row in values:
        assert not ((values <= row).all(axis=1) & (values < row).any(axis=1)).any()
    if objectives[0] == "sensors":
        assert values[:, 0].tolist() == [len(member.layout) for member in front.members]
    score = front.members[-1].scores["linear"].search
    if "nrmse" in objectives:
        assert front.members[-1].values[1] == pytest.approx(score.mean("nrmse"))
    if len(objectives) == 3:
        assert len(front.members) > 4  # several of a count
    for _, _, _, sites in journal.scores():
        mm = cohort.grid.mm(np.array(sites))
        gap = np.linalg.norm(mm[:, None] - mm, axis=-1) + 1e3 * np.eye(len(mm))
        assert gap.min() >= 12 - 0.1


def test_more_than_two_objectives_are_not_confirmed_by_nesting() -> None:
    with pytest.raises(ValueError, match="must be sensors and one other, got nrmse,wiring"):
        replace(SMALL, confirm="nested", objectives=("nrmse", "wiring"))
