"""A front of chosen objectives as a figure."""

from __future__ import annotations

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from placement.front import Front
from placement.objectives import DESIGN, OBJECTIVES
from placement.plots import describe


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
    with sns.axes_style("whitegrid"), sns.plotting_context("notebook"):
        figure = Figure(figsize=(9, 6.5), layout="constrained")
        axes = figure.subplots()
        counts = table["sensors"].nunique()
        sns.scatterplot(
            table,
            x=x,
            y=y,
            hue=table["sensors"].astype(str),
            style=table["sensors"].astype(str),
            palette=sns.color_palette("viridis", counts),
            size=third[0] if third else None,
            sizes=(40, 220) if third else None,
            s=None if third else 80,
            edgecolor="0.2",
            ax=axes,
        )
        axes.set_xlabel(OBJECTIVES[x].heading)
        axes.set_ylabel(OBJECTIVES[y].heading)
        axes.margins(0.08)
        if x == "sensors":
            axes.set_xticks(sorted(table["sensors"].unique()))
        _name_ends(axes, table, x, y)
        legend = axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False)
        for text in legend.get_texts():
            if text.get_text() in OBJECTIVES and text.get_text() != "sensors":
                text.set_text(OBJECTIVES[text.get_text()].heading.replace(" ", "\n", 1))
        figure.suptitle(f"What is traded, on the people searched on: {describe(front)}")
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


def _name_ends(axes: Axes, table: pd.DataFrame, x: str, y: str) -> None:
    """Name the layouts that are lowest in one of the two, of each count."""
    for _, rows in table.groupby("sensors"):
        for i in np.unique([rows[x].idxmin(), rows[y].idxmin()]):
            row = table.loc[i]
            axes.annotate(
                row["layout"], (row[x], row[y]), (6, 6), textcoords="offset points", fontsize=10
            )
