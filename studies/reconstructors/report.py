"""Tables and figures of the measurements."""

from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns

from recon import gait
from recon.resampling import interval_over_people

FORMS = {"nrmse": ".4f", "vgrf_accuracy": ".1f", "peak_accuracy": ".1f", "cop_error_cm": ".2f"}
NAMES = {
    "nrmse": "NRMSE",
    "vgrf_accuracy": "force %",
    "peak_accuracy": "peak %",
    "cop_error_cm": "CoP cm",
}

BASES = (
    ("nrmse", "linear"),
    ("cop_error_cm", "linear"),
    ("cop_error_cm", "linear, cut at 0"),
)
"""What the last columns compare, and with whom."""


def tables(frame: pd.DataFrame) -> str:
    """Markdown: scores, differences to linear, calibration and coverage, as far as measured."""
    parts = [scores(frame), calibration(frame), coverage(frame)]
    return "\n\n".join(part for part in parts if part)


def interval(values: pd.Series | np.ndarray) -> tuple[float, float]:
    """95 % interval of the mean over people."""
    sample = np.asarray(values, float)
    return interval_over_people(lambda drawn: sample[drawn].mean(axis=-1), len(sample))


def scores(frame: pd.DataFrame) -> str:
    mine = frame[frame.what == "score"]
    lines = [
        "| sensors | reconstructor | "
        + " | ".join(NAMES.values())
        + " | NRMSE to linear | CoP to linear | CoP to linear, cut |",
        "|---" * (5 + len(NAMES)) + "|",
    ]
    for (count, model), rows in mine.groupby(["sensors", "model"], sort=False):
        rows = rows.sort_values("person")
        if model == "mean map":  # the same at every count
            if count == mine.sensors.min():
                cells = [cell(rows[metric], FORMS[metric]) for metric in gait.METRICS]
                lines.append("| 0 | mean map | " + " | ".join([*cells, "", "", ""]) + " |")
            continue
        cells = [cell(rows[metric], FORMS[metric]) for metric in gait.METRICS]
        changes = []
        for metric, name in BASES:
            base = mine[(mine.model == name) & (mine.sensors == count)].set_index("person")
            changes.append(change(rows[metric], base[metric].reindex(rows.person)))
        lines.append(f"| {count} | {model} | " + " | ".join(cells + changes) + " |")
    head, body = lines[:2], sorted(lines[2:], key=lambda line: int(line.split("|")[1]))
    return "\n".join(head + body)


def cell(values: pd.Series, form: str) -> str:
    low, high = interval(values)
    return f"{values.mean():{form}} ({low:{form}}–{high:{form}})"


def change(values: pd.Series, base: pd.Series) -> str:
    """Relative change of the mean, with the paired bootstrap interval of the mean difference.

    Nothing where it is the base itself, or where the base was not measured.
    """
    if base.isna().any():
        return ""
    gap = (values.to_numpy() - base.to_numpy()) / base.mean() * 100
    if not gap.any():
        return ""
    low, high = interval(gap)
    return f"{gap.mean():+.1f} % ({low:+.1f} to {high:+.1f})"


def calibration(frame: pd.DataFrame) -> str:
    mine = frame[frame.what == "calibration"]
    if mine.empty:
        return ""
    lines = ["| sensors | reconstructor | steps | NRMSE | to 0 steps | force % | peak % | CoP cm |"]
    lines.append("|---" * 8 + "|")
    for (count, model), rows in mine.groupby(["sensors", "model"], sort=True):
        base = rows[rows.steps == 0].sort_values("person").nrmse
        for steps, at in rows.groupby("steps"):
            at = at.sort_values("person")
            means = [f"{at[m].mean():{FORMS[m]}}" for m in gait.METRICS]
            less = change(at.nrmse, base)
            cells = [count, model, int(steps), means[0], less, *means[1:]]
            lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines)


def coverage(frame: pd.DataFrame) -> str:
    """Means over people, and the people least covered."""
    mine = frame[frame.what == "coverage"]
    if mine.empty:
        return ""
    given = frame[frame.what == "coverage, layout as given"]
    parts = [
        _covered(mine, "mean"),
        "The person least covered:",
        _covered(_highest(mine), "min"),
        "The mean, where the layout is not chosen anew:",
        _covered(_highest(given), "mean"),
    ]
    return "\n\n".join(parts)


def _highest(mine: pd.DataFrame) -> pd.DataFrame:
    return mine[(mine.level == mine.level.max()) & (mine.quantity != "pixel")]


def _covered(mine: pd.DataFrame, over_people: str) -> str:
    found = mine.pivot_table(
        index=["quantity", "level"],
        columns=["model", "sensors"],
        values="covered",
        aggfunc=over_people,
    )
    lines = [
        "| quantity | level | " + " | ".join(f"{m}, {k}" for m, k in found.columns) + " |",
        "|---" * (2 + found.shape[1]) + "|",
    ]
    for (quantity, level), row in found.iterrows():
        cells = " | ".join(f"{100 * value:.1f}" for value in row)
        lines.append(f"| {quantity} | {100 * level:.0f} % | {cells} |")
    return "\n".join(lines)


def draw(frame: pd.DataFrame, out: Path) -> None:
    """`reconstructors.png`, `calibration.png` and `coverage.png`, as far as measured."""
    sns.set_theme(style="whitegrid", palette="colorblind", font_scale=1.1)
    mine = frame[(frame.what == "score") & (frame.model != "mean map")]
    long = mine.melt(["sensors", "model"], list(NAMES), "metric", "value")
    grid = sns.relplot(
        long, x="sensors", y="value", hue="model", style="model", col="metric", kind="line",
        markers=True, dashes=False, errorbar=None, height=3.6, aspect=0.95,
        facet_kws={"sharey": False},
    )  # fmt: skip
    finish(grid, NAMES, "sensors", out / "reconstructors.png", ticks=(2, 4, 8, 16))
    mine = frame[frame.what == "calibration"]
    if not mine.empty:
        mine = mine.assign(steps=mine.steps.astype(int))
        long = mine.melt(["sensors", "model", "steps"], ["nrmse"], "metric", "value")
        grid = sns.relplot(
            long, x="steps", y="value", hue="model", style="model", col="sensors", kind="line",
            markers=True, dashes=False, errorbar=None, height=3.6, aspect=0.95,
        )  # fmt: skip
        names = {count: f"{count} sensors" for count in grid.col_names}
        finish(grid, names, "calibration steps", out / "calibration.png", "NRMSE")
    mine = frame[(frame.what == "coverage") & (frame.quantity != "pixel")]
    if not mine.empty:
        mine = mine.assign(level=100 * mine.level, covered=100 * mine.covered)
        grid = sns.relplot(
            mine, x="level", y="covered", hue="model", style="sensors", col="quantity",
            kind="line", markers=True, errorbar=None, height=3.8, aspect=0.95,
        )  # fmt: skip
        for axis in grid.axes.flat:
            axis.plot([45, 100], [45, 100], color="0.4", lw=1, ls=":")
        names = {name: name for name in grid.col_names}
        finish(grid, names, "stated level, %", out / "coverage.png", "values covered, %")


def finish(
    grid: sns.FacetGrid,
    names: dict,
    x: str,
    path: Path,
    y: str = "",
    ticks: tuple[int, ...] | None = None,
) -> None:
    for axis, key in zip(grid.axes.flat, grid.col_names, strict=True):
        axis.set(title=names[key], xlabel=x, ylabel=y if axis is grid.axes.flat[0] else "")
        if ticks:
            axis.set_xscale("log", base=2)
            axis.set_xticks(ticks, [str(tick) for tick in ticks])
    grid.figure.savefig(path, dpi=110, bbox_inches="tight")
    plt.close(grid.figure)
