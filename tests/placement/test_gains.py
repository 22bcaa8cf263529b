from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_search import LINEAR

from placement.front import Entry, Front, Pair
from placement.gains import difference, gains, knee, leads
from placement.journal import Journal
from placement.nested import nested
from placement.report_gains import knee_words
from placement.search import search
from placement.split import Split
from recon import Cohort, Layout
from recon.validate import Score


def score(nrmse: Sequence[float], names: Sequence[str] = ()) -> Score:
    """Everything else the same share of perfect."""
    error = np.array(nrmse)
    values = {
        "nrmse": error,
        "vgrf_accuracy": 100 - 100 * error,
        "peak_accuracy": 100 - 100 * error,
        "cop_error_cm": 10 * error,
    }
    people = tuple(names or (f"p{i}" for i in range(len(error))))
    return Score(people, {name: tuple(map(float, column)) for name, column in values.items()})


def front(*members: Sequence[float], base: float = 1.0, names: Sequence[str] = ()) -> Front:
    """Members of 1, 2, ... sensors by the errors of each person, alike searched and untouched."""
    entries = []
    for count, errors in enumerate(members, 1):
        layout = Layout(tuple((0.1 * i, 0.5) for i in range(1, count + 1)))
        pair = Pair(score(errors, names), score(errors, names))
        entries.append(Entry(f"{count}a", layout, {"linear": pair}))
    mean_map = score([base] * len(members[0]), names)
    return Front(
        members=tuple(entries),
        references=(),
        mean_map=Pair(mean_map, mean_map),
        reconstructor="linear",
        grid=None,  # type: ignore[arg-type]  # no place is looked at
        mean_peak=np.zeros((1, 1), np.float32),
        units="kPa",
        run={},
    )


def test_the_knee_lies_where_a_curve_bends() -> None:
    assert knee(front([0.6], [0.3], [0.28], [0.27])).name == "2a"
    assert knee(front([0.6], [0.58], [0.3], [0.28])).name == "3a"
    assert knee(front([0.8], [0.6], [0.4])).name == "3a"  # straight: each sensor pays alike
    assert knee(front([0.5])) is None and knee(front([0.8], [0.6])) is None
    assert "One more sensor (3a): map error -7 %" in knee_words(front([0.6], [0.3], [0.28], [0.27]))


@given(st.lists(st.floats(0.01, 0.9), min_size=3, max_size=8, unique=True))
def test_the_knee_is_never_above_the_line(errors: list[float]) -> None:
    errors = sorted(errors, reverse=True)
    found = len(knee(front(*([x] for x in errors))).layout)
    line = np.interp(found, [1, len(errors)], [errors[0], errors[-1]])
    assert errors[found - 1] <= line + 1e-9


def test_a_gain_of_everybody_is_shown_and_chance_is_not() -> None:
    rng = np.random.default_rng(0)
    people = rng.uniform(0.2, 0.8, 12)  # they differ by far more than the layouts do
    better = people - rng.uniform(0.02, 0.03, 12)
    shuffled = better + rng.normal(0, 0.03, 12)
    one, two = (gain.difference for gain in gains(front(people, better, shuffled)))
    change = (better - people).mean()
    assert one.relative.shown
    assert one.relative.mean == pytest.approx(change)
    assert one.metrics["nrmse"].low < change < one.metrics["nrmse"].high < 0
    assert not two.relative.shown


def test_only_the_same_people_are_compared() -> None:
    one = front([0.6, 0.5]).mean_map.untouched
    other = Score(("p0", "p9"), one.values)
    with pytest.raises(ValueError, match="same people"):
        difference(one, other, one)


def test_one_person_has_no_interval() -> None:
    (gain,) = gains(front([0.6], [0.5]))
    assert gain.difference.relative.mean == pytest.approx(-0.1)
    assert not gain.difference.relative.shown


def test_nested_searches_leave_everybody_out_once(cohort: Cohort) -> None:
    settings = replace(LINEAR, confirm="nested", max_sensors=2, generations=3)
    found = search(cohort, settings)
    everybody = set(cohort.subjects)
    assert {name for test in found.run["outer_folds"] for name in test} == everybody
    for pair in (
        found.mean_map,
        *(x.scores["linear"] for x in (*found.members, *found.references)),
    ):
        assert set(pair.search.subjects) == set(pair.untouched.subjects) == everybody
    for lead in leads(found):
        pair = lead.scores["linear"]
        assert found.relative_error(pair.untouched, untouched=True) > found.relative_error(
            pair.search
        )
    assert set(found.run["moved_mm"]) == {str(len(x.layout)) for x in leads(found)}


def test_where_a_nested_search_finds_no_so_few_of_use_it_has_the_mean_map(cohort: Cohort) -> None:
    settings = replace(LINEAR, confirm="nested", folds=2)

    def found(split: Split, *, journal: Journal) -> Front:
        people = split.untouched or split.people
        names = people.subjects
        whole = front(*([error] * len(names) for error in (0.5, 0.3)), names=names)
        return replace(whole, members=whole.members[1:]) if split.untouched else whole

    confirmed = nested(cohort, settings, found, Journal())
    errors = [x.scores["linear"].untouched.mean("nrmse") for x in confirmed.members]
    assert errors == pytest.approx([1.0, 0.3])
    assert list(confirmed.run["moved_mm"]) == ["2"]


def test_a_nested_search_is_that_of_each_fold_alone(cohort: Cohort) -> None:
    """What it says of a person is found without that person's recordings."""
    from placement.split import Split

    settings = replace(LINEAR, confirm="nested", max_sensors=2, generations=3)
    found = search(cohort, settings)
    test = found.run["outer_folds"][0]
    alone = search(cohort, settings, split=Split.without(cohort, test, settings))
    lead, own = found.best(2), alone.best(2)
    assert lead is not None
    assert own is not None
    scores = lead.scores["linear"].untouched
    mine = own.scores["linear"].untouched
    place = [scores.subjects.index(name) for name in mine.subjects]
    assert [scores.values["nrmse"][i] for i in place] == list(mine.values["nrmse"])


def test_too_few_people_for_nesting_are_told(cohort: Cohort) -> None:
    with pytest.raises(ValueError, match="nested confirmation leaves out one of 5 folds"):
        search(cohort.subset(cohort.subjects[:5]), replace(LINEAR, folds=5, confirm="nested"))
