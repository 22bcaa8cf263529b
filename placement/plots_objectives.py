"""A front of chosen objectives as a figure."""

from __future__ import annotations

from textwrap import fill

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from placement.front import Front
from placement.objectives import DESIGN, OBJECTIVES
from placement.plots import describe

_FEW = 20


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
        for _, row in _named(table, x, y).iterrows():
            axes.annotate(
                row["layout"],
                (row[x], row[y]),
                (0, 8),
                textcoords="offset points",
                ha="center",
                fontsize=10,
            )
        handles, labels = axes.get_legend_handles_labels()
        headings = {"count": "sensors", **{name: OBJECTIVES[name].heading for name in third}}
        labels = [fill(headings.get(label, label), 16) for label in labels]
        legend = axes.legend(
            handles, labels, loc="upper left", bbox_to_anchor=(1.01, 1), frameon=False
        )
        legend.set_title("" if third else "sensors")
        figure.suptitle(f"What is traded, by search scores: {describe(front)}")
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
    """What has room for its name: all of a few, else the lowest in one of the two of each count."""
    if len(table) <= _FEW:
        return table
    groups = table.groupby("sensors")
    return table.loc[np.unique([groups[x].idxmin(), groups[y].idxmin()])]
