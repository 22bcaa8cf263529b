from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from placement.front import Front, Pair
from placement.layout_file import layout_from_csv
from placement.report import maybe_better
from placement.scoring import errors_of
from placement.selection import non_dominated, select
from recon import FootGrid, Layout
from recon.validate import Score


def a_score(nrmse: float, cop: float = 1.0, vgrf: float = 90.0) -> Score:
    values = {"nrmse": nrmse, "vgrf_accuracy": vgrf, "peak_accuracy": 80.0, "cop_error_cm": cop}
    return Score(("a", "b"), {k: (0.9 * v, 1.1 * v) for k, v in values.items()})


def a_pair(nrmse: float, cop: float = 1.0) -> Pair:
    return Pair(a_score(nrmse, cop), a_score(1.2 * nrmse, cop))


MEAN_MAP = a_pair(0.2, 4.0)


def candidates(*rows: tuple[int, float, float]) -> list:
    """(sensors, nrmse, cop) -> distinct layouts with such scores."""
    return [
        (
            Layout(tuple((0.05 + 0.03 * i, 0.1 * (k + 1)) for k in range(sensors))),
            {"linear": a_pair(nrmse, cop)},
        )
        for i, (sensors, nrmse, cop) in enumerate(rows)
    ]


def a_front() -> Front:
    rows = candidates((1, 0.15, 3.0), (2, 0.12, 2.0), (2, 0.13, 1.5), (3, 0.09, 1.0))
    return Front(
        members=select(rows, "linear", MEAN_MAP),
        references=(),
        mean_map=MEAN_MAP,
        reconstructor="linear",
        grid=FootGrid(),
        mean_peak=np.random.default_rng(0).random(FootGrid().shape).astype(np.float32),
        units="kPa",
        run={"cohort": {"people": 2, "provenance": {"kind": "simulated"}}, "seed": 0},
    )


def test_a_front_is_shown_in_a_line() -> None:
    shown = repr(a_front())
    assert shown.startswith("Front(") and shown.endswith("sensors, by linear)")


def test_more_sensors_never_score_worse() -> None:
    """Three sensors that do worse than two have no place, nor has a dominated twin."""
    rows = candidates(
        (1, 0.15, 3.0), (2, 0.10, 1.0), (2, 0.11, 1.1), (3, 0.12, 1.5), (4, 0.09, 0.9)
    )
    kept = select(rows, "linear", MEAN_MAP)
    assert [entry.name for entry in kept] == ["1a", "2a", "4a"]
    errors = [errors_of(entry.scores["linear"].search) for entry in kept]
    assert all((b <= a).all() for a, b in pairwise(errors))


def test_a_trade_between_map_and_centre_of_pressure_is_kept() -> None:
    front = a_front()
    assert [entry.name for entry in front.members] == ["1a", "2a", "2b", "3a"]
    best = front.best(2)
    assert best is not None
    assert best.name == "2a"
    assert front.best(4) is None


def spread(nrmse: float, change: tuple[float, ...] = (0.0,) * 8) -> Pair:
    """Of eight people, who differ, and by whom a layout is a little better or worse."""
    people = tuple(nrmse * (0.7 + 0.1 * i) + x for i, x in enumerate(change))
    metrics = {"vgrf_accuracy": 90.0, "peak_accuracy": 80.0, "cop_error_cm": 1.0}
    values = {"nrmse": people, **{name: (x,) * 8 for name, x in metrics.items()}}
    score = Score(tuple("abcdefgh"), values)
    return Pair(score, score)


STEADY, OTHER = Layout(((0.1, 0.5), (0.6, 0.5))), Layout(((0.2, 0.5), (0.7, 0.5)))


@pytest.mark.parametrize(
    ("change", "first"),
    [
        pytest.param((0.01,) * 4 + (-0.015,) * 4, STEADY, id="better for half of the people"),
        pytest.param((-0.01,) * 8, OTHER, id="better for all"),
        pytest.param((0.01,) * 8, STEADY, id="worse for all"),
    ],
)
def test_what_is_preferred_comes_first_unless_another_is_surely_better(
    change: tuple[float, ...], first: Layout
) -> None:
    rows = [(STEADY, {"linear": spread(0.1)}), (OTHER, {"linear": spread(0.1, change)})]
    kept = select(rows, "linear", spread(0.2), [STEADY])
    assert kept[0].layout == first
    assert kept[0].name == "2a"
    by_score = select(rows, "linear", spread(0.2))
    assert (by_score[0].layout == OTHER) == (sum(change) < 0)


def test_of_few_people_what_is_preferred_comes_first() -> None:
    """Of two people even a large gain is chance; but it is to be better than fewer sensors."""
    one, *two = candidates((1, 0.15, 3.0), (2, 0.12, 2.0), (2, 0.14, 2.5), (2, 0.16, 2.5))
    for preferred, first in ((two[1], two[1]), (two[2], two[0])):
        kept = select([one, *two], "linear", MEAN_MAP, [preferred[0]])
        assert [kept[0].layout, kept[1].layout] == [one[0], first[0]]
        front = replace(a_front(), members=kept)
        assert maybe_better(front) == (["2b"] if preferred is first else [])


def test_more_members_than_letters_have_names() -> None:
    trades = [(2, 0.1 + 0.0001 * i, 1.0 - 0.01 * i) for i in range(30)]
    names = [entry.name for entry in select(candidates(*trades), "linear", MEAN_MAP)]
    assert len(set(names)) == len(names) == 30
    assert {"2a", "2z", "2aa"} <= set(names)


def test_a_saved_front_comes_back(tmp_path: Path) -> None:
    front = a_front()
    front.save(tmp_path)
    back = Front.load(tmp_path)
    assert back.members == front.members
    assert back.mean_map == front.mean_map
    assert back.run == front.run
    assert back.mean_peak == pytest.approx(front.mean_peak, abs=1e-3)
    assert (tmp_path / "front.csv").read_text() == front.csv()


def test_csv_has_one_row_per_sensor_in_mm_of_the_reference_foot() -> None:
    front = a_front()
    lines = front.csv().splitlines()
    assert lines[0] == "layout,sensors,sensor,u,v,x_mm,y_mm,sensor_mm"
    assert lines[1] == "1a,1,1,0.0500,0.1000,10.0,13.0,10"
    assert len(lines) == 1 + 1 + 2 + 2 + 3


def test_layouts_are_read_back_from_the_csv() -> None:
    front = a_front()
    for member in front.members:
        assert layout_from_csv(front.csv(), member.name, "front.csv", front.grid) == member.layout


def test_unfinished_or_damaged_runs_are_explained(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="finished run"):
        Front.load(tmp_path)
    for name, texts in {
        "front.json": ('{"format": "insole-front"', "[]", "7"),
        "run.json": ("{}", "[]", "7"),
    }.items():
        a_front().save(tmp_path)
        for text in texts:
            (tmp_path / name).write_text(text)
            with pytest.raises(ValueError, match="damaged"):
                Front.load(tmp_path)


def test_relative_error_of_the_mean_map_is_one() -> None:
    front = a_front()
    assert front.relative_error(MEAN_MAP.search) == pytest.approx(1)
    assert front.relative_error(MEAN_MAP.untouched, untouched=True) == pytest.approx(1)
    assert replace(front, members=()).best(1) is None


def test_members_are_those_that_no_other_betters_in_the_objectives() -> None:
    rows = candidates((1, 0.15, 3.0), (2, 0.12, 2.0), (2, 0.13, 1.5), (3, 0.12, 2.0))
    wire = [10.0, 30.0, 20.0, 30.0]
    values = {
        layout: (len(layout), scores["linear"].search.mean("nrmse"), length)
        for (layout, scores), length in zip(rows, wire, strict=True)
    }
    kept = non_dominated(rows[::-1], values, ("sensors", "nrmse", "wiring"), MEAN_MAP.search)
    assert [entry.name for entry in kept] == ["1a", "2a", "2b"]
    assert [entry.values[2] for entry in kept] == [10, 30, 20]
    many = [(Layout(((0.03 * i, 0.5),)), {"linear": a_pair(0.1)}) for i in range(28)]
    trade = {layout: (1, i, -i) for i, (layout, _) in enumerate(many)}
    kept = non_dominated(many, trade, ("sensors", "peak", "cop"), MEAN_MAP.search)
    names = [entry.name for entry in kept]
    assert names[:2] == ["1a", "1b"]
    assert names[25:] == ["1z", "1aa", "1ab"]


def test_layouts_worse_than_no_sensor_in_every_accuracy_are_left_out() -> None:
    rows = candidates((1, 0.25, 5.0), (1, 0.21, 3.5), (2, 0.12, 2.0))
    useless, by_cop, good = (layout for layout, _ in rows)
    errors = {layout: scores["linear"].search for layout, scores in rows}
    names = ("nrmse", "cop", "wiring")
    values = {
        layout: (error.mean("nrmse"), error.mean("cop_error_cm"), wire)
        for (layout, error), wire in zip(errors.items(), (1.0, 5.0, 20.0), strict=True)
    }
    kept = non_dominated(rows, values, names, MEAN_MAP.search)
    assert {entry.layout for entry in kept} == {by_cop, good}
    alone = non_dominated(rows[:1], values, names, MEAN_MAP.search)
    assert [entry.layout for entry in alone] == [useless]  # a front is never empty
    dead = {layout: (value, 1.0) for layout, value in zip(errors, (1.1, 0.9, 0.8), strict=True)}
    kept = non_dominated(rows, dead, ("dead-sensor", "wiring"), MEAN_MAP.search)
    assert {entry.layout for entry in kept} == {good}
