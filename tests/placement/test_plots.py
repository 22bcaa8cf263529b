from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from rich.console import Console
from test_front import a_front, a_pair

from placement.draw import draw
from placement.front import Entry, Front
from placement.plots import describe, metric_table, pareto
from placement.plots_layouts import layouts
from placement.plots_objectives import trade
from placement.report import better_linear, front_table, missing_counts
from placement.report_gains import gain_table
from recon import PUBLISHED, gait


@pytest.fixture
def front() -> Front:
    references = tuple(
        Entry(name, layout, {"linear": a_pair(0.1)}) for name, layout in PUBLISHED.items()
    )
    return replace(a_front(), references=references)


def test_the_table_behind_the_plot_holds_every_score(front: Front) -> None:
    table = metric_table(front)
    # mean map, 4 members, 2 references; search and untouched; 4 metrics
    assert len(table) == 7 * 2 * 4
    row = table.query("layout == '2a' and people == 'search' and metric == 'nrmse'").iloc[0]
    assert row["sensors"] == 2
    assert row["mean"] == pytest.approx(0.12)
    assert row["low"] <= row["mean"] <= row["high"]


def test_pareto_draws_each_metric_with_units_and_all_references(front: Front) -> None:
    figure = pareto(front)
    labels = [axes.get_ylabel() for axes in figure.axes]
    assert len(labels) == len(gait.METRICS)
    assert all("%" in label or "cm" in label or "share" in label for label in labels)
    ticks = [label.get_text() for label in figure.axes[0].get_xticklabels()]
    assert ticks == ["0", "1", "2", "3\n(knee)", "16"]
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert len(legend) == 4
    assert "SIMULATED" in describe(front).upper()


def test_layouts_draw_the_best_of_each_count_at_true_size(front: Front) -> None:
    figure = layouts(front)
    panels = [axes for axes in figure.axes if axes.get_title()]
    assert [axes.get_title() for axes in panels] == [
        "1a: 1 sensor",
        "2a: 2 sensors",
        "3a: 3 sensors",
    ]
    assert [len(axes.patches) for axes in panels] == [1, 2, 3]
    best = front.best(3)
    assert best is not None
    centres = np.array([patch.center for patch in panels[2].patches])
    assert centres == pytest.approx(front.grid.mm(best.layout.uv))
    assert {patch.radius for patch in panels[2].patches} == {5.0}


def test_an_earlier_picture_outlives_a_full_disk(
    front: Front, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draw(front, tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}

    def full(self: Figure, path: Path, **_: object) -> None:
        path.write_bytes(b"half")
        raise OSError("No space left on device")

    monkeypatch.setattr(Figure, "savefig", full)
    with pytest.raises(OSError, match="No space"):
        draw(front, tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_drawing_writes_pictures_and_the_numbers_of_the_first(front: Front, tmp_path: Path) -> None:
    written = draw(front, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == set(written)
    assert set(written) == {"pareto.png", "layouts.png", "pareto.csv"}
    numbers = pd.read_csv(tmp_path / "pareto.csv")
    pd.testing.assert_frame_equal(numbers, metric_table(front), rtol=1e-5)


@pytest.mark.parametrize("width", [80, 120])
def test_the_terminal_table_is_cut_nowhere(front: Front, width: int) -> None:
    console = Console(width=width, record=True, file=None, quiet=False)
    with console.capture() as captured:
        console.print(front_table(front, "linear", width))
        console.print(gain_table(front, width))
    text = captured.get()
    assert "…" not in text
    for word in ("mean map", "2b", "untouched", "0.120", "0.108–0.132"):
        assert word in text


def test_what_the_front_lacks_and_where_linear_wins_is_said(front: Front) -> None:
    assert missing_counts(front, 5) == [4, 5]
    better, worse = a_pair(0.1), a_pair(0.2)
    (member, *_) = front.members
    front = replace(front, reconstructor="network")
    both = replace(member, scores={"linear": better, "network": worse})
    assert better_linear(replace(front, members=(both,), references=())) == ["1a (map NRMSE)"]
    turned = replace(member, scores={"linear": worse, "network": better})
    assert better_linear(replace(front, members=(turned,), references=())) == []


def traded(front: Front, *objectives: str) -> Front:
    """With such objectives, worth 1, 2, 3, ... to member after member, the last one falling."""
    members = [
        replace(x, values=(*(i + 1.0 for _ in objectives[1:]), 9.0 - i))
        for i, x in enumerate(front.members)
    ]
    return replace(front, members=tuple(members), objectives=objectives)


def test_two_objectives_are_drawn_against_each_other(front: Front) -> None:
    (axes,) = trade(traded(front, "sensors", "nrmse")).axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("sensors", "map error (NRMSE)")
    assert {text.get_text() for text in axes.texts} == {"1a", "2a", "2b", "3a"}


def test_of_three_objectives_one_is_colour_or_size(front: Front) -> None:
    (axes,) = trade(traded(front, "sensors", "wiring", "nrmse")).axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("wire (cm)", "map error (NRMSE)")
    assert axes.get_legend().get_title().get_text() == "sensors"
    (axes,) = trade(traded(front, "nrmse", "cop", "wiring")).axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("wire (cm)", "map error (NRMSE)")
    legend = " ".join(text.get_text() for text in axes.get_legend().get_texts())
    assert "centre of pressure error (cm)" in legend.replace("\n", " ")


def test_wires_are_drawn_where_they_were_minimised(front: Front) -> None:
    figure = layouts(traded(front, "sensors", "wiring", "nrmse"))
    panels = [axes for axes in figure.axes if axes.get_title()]
    assert [len(axes.patches) for axes in panels] == [1, 2, 2, 3]
    assert [len(axes.lines) for axes in panels] == [2, 3, 3, 4]  # and the connector
