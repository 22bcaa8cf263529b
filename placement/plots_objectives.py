"""A front of chosen objectives as a figure."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

from placement.front import Front
from placement.objectives import DESIGN, OBJECTIVES
from placement.plots import describe

_FEW = 20
_MARK = 6.0  # half of a mark's width, in points
_BESIDE = ((1, 1), (-1, -1), (1, 0), (0, 1), (0, -1), (1, -1), (-1, 1))
"""Where a name goes, the best first: nothing lies beyond a front, and little before it."""
_ACROSS = {-1: "right", 0: "center", 1: "left"}
_UP = {-1: "top", 0: "center", 1: "bottom"}


def objective_values(front: Front) -> pd.DataFrame:
    """The objectives of all members, with `layout` and `sensors`, a row for each."""
    rows = [
        {
            **dict(zip(front.objectives, member.values, strict=True)),
            "layout": member.name,
            "sensors": len(member.layout),
        }
        for member in front.members
    ]
    return pd.DataFrame(rows)


def trade(front: Front) -> Figure:
    """The objectives against each other: two as the axes, the number of sensors as the colour.

    A third that is not that number is the size of the marks.
    """
    x, y, *third = axes_of(front.objectives)
    table = objective_values(front)
    table["count"] = table["sensors"].astype(str)
    with sns.axes_style("whitegrid"), sns.plotting_context("notebook"):
        figure = Figure(figsize=(9, 6.5), layout="constrained")
        axes = figure.subplots()
        sns.scatterplot(
            table,
            x=x,
            y=y,
            hue="count",
            style="count",
            palette=sns.color_palette("viridis", table["count"].nunique()),
            size=third[0] if third else None,
            edgecolor="0.2",
            ax=axes,
            **({"sizes": (40, 220)} if third else {"s": 80}),
        )
        axes.set_xlabel(OBJECTIVES[x].heading)
        axes.set_ylabel(OBJECTIVES[y].heading)
        axes.margins(0.08)
        if x == "sensors":
            axes.set_xticks(sorted(table["sensors"].unique()))
        names = [
            axes.annotate(
                row["layout"], (row[x], row[y]), (0, 0), textcoords="offset points", fontsize=10
            )
            for _, row in _named(table, x, y).iterrows()
        ]
        handles, labels = axes.get_legend_handles_labels()
        headings = {"count": "sensors", **{name: OBJECTIVES[name].heading for name in third}}
        labels = [fill(headings.get(label, label), 16) for label in labels]
        legend = axes.legend(
            handles, labels, loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False
        )
        legend.set_title("" if third else "sensors")
        figure.suptitle(f"What is traded, by search scores: {describe(front)}")
        _beside_marks(figure, axes, names, table[[x, y]].to_numpy(float))
    return figure


def axes_of(objectives: tuple[str, ...]) -> list[str]:
    """What is drawn across, up and otherwise; the number of sensors goes across if there is no
    other objective of design, and else is the colour alone."""
    accuracy = [name for name in objectives if name not in DESIGN]
    design = [name for name in objectives if name in DESIGN and name != "sensors"]
    drawn = [*design, *accuracy[::-1]]
    if len(drawn) < 2:
        drawn = ["sensors", *drawn]
    return [drawn[0], drawn[-1], *drawn[1:-1]]


def _named(table: pd.DataFrame, x: str, y: str) -> pd.DataFrame:
    """What is to have its name: the lowest in one of the two of each count, then all of a few."""
    groups = table.groupby("sensors")
    lowest = np.unique([groups[x].idxmin(), groups[y].idxmin()])
    return table.loc[[*lowest, *table.index.difference(lowest)] if len(table) <= _FEW else lowest]


def _beside_marks(
    figure: Figure, axes: Axes, names: Sequence[Annotation], marks: NDArray[np.float64]
) -> None:
    """Put each name where it covers no mark and no earlier name; it goes where there is no room.

    Args:
        marks: (n, 2) values that are drawn.
    """
    figure.draw_without_rendering()  # settles where all is
    reach = 0.9 * _MARK * figure.dpi / 72  # so that a name beside it does not touch
    taken = [
        Bbox.from_bounds(a - reach, b - reach, 2 * reach, 2 * reach)
        for a, b in axes.transData.transform(marks)
    ]
    for name in names:
        for dx, dy in _BESIDE:
            name.set_position((dx * _MARK, dy * _MARK))
            name.set(ha=_ACROSS[dx], va=_UP[dy])
            box = name.get_window_extent()
            if not any(map(box.overlaps, taken)):
                taken.append(box)
                break
        else:
            name.remove()
