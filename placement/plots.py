"""A front as figures. What a figure shows is computed first, as a table that tests can read."""

from __future__ import annotations

from itertools import cycle

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

from placement.front import Front, Pair
from placement.gains import FEW_PEOPLE, knee
from recon import gait

LABELS = {
    "nrmse": "pressure map error\n(NRMSE, share of peak)",
    "vgrf_accuracy": "vertical ground reaction\nforce accuracy (%)",
    "peak_accuracy": "peak pressure\naccuracy (%)",
    "cop_error_cm": "centre of pressure\nerror (cm, log scale)",
}
PEOPLE = {"search": "people searched on (cross-validated)", "untouched": "untouched people"}
NESTED = "people, each untouched by a nested search"


def metric_table(front: Front) -> pd.DataFrame:
    """Every score of the front as rows: layout, kind, sensors, people, metric, mean, low, high.

    Kind is "front" for members, "published" for references and "mean map".
    """
    entries: list[tuple[str, str, int, Pair]] = [("mean map", "mean map", 0, front.mean_map)]
    for kind, group in (("front", front.members), ("published", front.references)):
        for entry in group:
            pair = entry.scores[front.reconstructor]
            entries.append((entry.name, kind, len(entry.layout), pair))
    rows = []
    for name, kind, sensors, pair in entries:
        for people in PEOPLE:
            score = getattr(pair, people)
            for metric in gait.METRICS:
                low, high = score.interval(metric)
                rows.append((name, kind, sensors, people, metric, score.mean(metric), low, high))
    columns = ["layout", "kind", "sensors", "people", "metric", "mean", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def pareto(front: Front) -> Figure:
    """Each metric against the number of sensors, with 95 % intervals and the references."""
    table = metric_table(front)
    with sns.axes_style("whitegrid"), sns.plotting_context("notebook"):
        figure = Figure(figsize=(10, 8), layout="constrained")
        for axes, metric in zip(figure.subplots(2, 2).flat, gait.METRICS, strict=True):
            _metric_panel(axes, table[table["metric"] == metric], front)
            axes.set_ylabel(LABELS[metric])
        handles, labels = figure.axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=2, frameon=False)
        figure.suptitle(f"What each sensor buys: {describe(front)}")
    return figure


def _metric_panel(axes: Axes, table: pd.DataFrame, front: Front) -> None:
    colours = dict(zip(PEOPLE, sns.color_palette("colorblind"), strict=False))
    leads = table[table["kind"] != "published"].drop_duplicates(["sensors", "people"])
    names = {**PEOPLE, "untouched": NESTED} if front.nested else PEOPLE
    for shift, (people, label) in zip((-0.06, 0.06), names.items(), strict=True):
        rows = leads[leads["people"] == people].sort_values("sensors")
        axes.errorbar(
            rows["sensors"] + shift,
            rows["mean"],
            yerr=_arms(rows),
            color=colours[people],
            marker="o" if people == "search" else "s",
            linestyle="-" if people == "search" else "--",
            capsize=3,
            label=f"front, {_count(front, people)} {label}" + _few(_count(front, people)),
        )
    published = table[(table["kind"] == "published") & (table["people"] == "untouched")]
    most = int(leads["sensors"].max())
    beyond: dict[int, float] = {}  # where on the axis counts stand that the front does not reach
    for marker, (_, row) in zip(cycle("^Dv<>"), published.iterrows(), strict=False):
        count = int(row["sensors"])
        if count > most:
            beyond.setdefault(count, most + 0.75 + 0.6 * len(beyond))
        where = beyond.get(count, count + 0.2)
        axes.errorbar(
            [where],
            [row["mean"]],
            yerr=_arms(published.loc[[row.name]]),
            color="0.25",
            marker=marker,
            linestyle="none",
            capsize=3,
            label=f"{row['layout']} landmarks, {'all' if front.nested else 'untouched'} people",
        )
    places = [*range(most + 1), *beyond.values()]
    entry = knee(front) if "sensors" in front.objectives else None
    bend = entry and len(entry.layout)
    ticks = [f"{count}\n(knee)" if count == bend else str(count) for count in range(most + 1)]
    axes.set_xticks(places, [*ticks, *map(str, beyond)])
    if beyond:
        axes.axvline(most + 0.45, color="0.8", linewidth=3)
    axes.set_xlim(-0.4, max(beyond.values(), default=most + 0.1) + 0.4)
    axes.set_xlabel("sensors")
    metric = table["metric"].iloc[0]
    if metric == "nrmse":
        axes.set_ylim(bottom=0)
    elif metric == "cop_error_cm":  # without sensors it is ten times that with some
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 3, 5)))
        axes.yaxis.set_major_formatter("{x:g}")
        axes.yaxis.set_minor_locator(NullLocator())


def _count(front: Front, people: str) -> int:
    return len(getattr(front.mean_map, people).subjects)


def _few(people: int) -> str:
    return "; intervals: their range" if people < FEW_PEOPLE else ""


def _arms(rows: pd.DataFrame) -> np.ndarray:
    arms = np.stack([rows["mean"] - rows["low"], rows["high"] - rows["mean"]])
    return np.clip(np.nan_to_num(arms), 0, None)


def describe(front: Front) -> str:
    """Whose feet these are, in a few words: every output says so where they are simulated."""
    cohort = front.run["cohort"]
    kind = cohort["provenance"].get("kind", "recorded")
    return f"{cohort['people']} {kind} people"
