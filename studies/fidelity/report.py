"""How alike two scores rank the layouts, and what it costs to pick by the wrong one."""

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from judges import JUDGES, TRUTHS
from scipy import stats

from placement.scoring import errors_of, relative_error
from recon import Layout
from recon.validate import Score

ERRORS = {"nrmse": "map", "force": "force", "cop": "CoP", "relative": "relative error"}
PICKED = (2, 4, 8)
"""Counts of which there are layouts enough to pick from."""


def table(
    scores: Mapping[str, Mapping[str, Score]], layouts: Sequence[Layout], baseline: np.ndarray
) -> pd.DataFrame:
    """A row for each layout and judge, with the errors that a search minimises."""
    sizes = [len(layout) for layout in layouts]
    turn = [sizes[:i].count(size) for i, size in enumerate(sizes)]  # as `layouts.sixty` has them
    rows = []
    for judge, found in scores.items():
        for number, score in found.items():
            errors = errors_of(score)
            values = [*errors, float(relative_error(errors, baseline))]
            named = dict(zip(ERRORS, values, strict=True))
            i = int(number)
            key = {"layout": i, "sensors": sizes[i], "improved": turn[i] % 2 == 1, "judge": judge}
            rows.append(key | named)
    return pd.DataFrame(rows)


def pairs(frame: pd.DataFrame) -> list[tuple[str, str]]:
    """(truth, judge), as far as both were measured."""
    known = set(frame.judge)
    return [(t, j) for t in TRUTHS for j in JUDGES if j != t and {t, j} <= known]


def side_by_side(frame: pd.DataFrame, truth: str, judge: str) -> pd.DataFrame:
    """A row for each layout that both have scored; the judge's columns end in _judge."""
    one, other = (frame[frame.judge == name].set_index("layout") for name in (truth, judge))
    return one.join(other[list(ERRORS)].add_suffix("_judge"), how="inner")


def tau(both: pd.DataFrame, error: str = "relative") -> float:
    return float(stats.kendalltau(both[error], both[f"{error}_judge"]).statistic)


def ranks(frame: pd.DataFrame) -> str:
    """Kendall's tau over all layouts, and among those of one count and their improved half."""
    lines = [
        "| truth | judge | "
        + " | ".join(f"tau, {name}" for name in ERRORS.values())
        + " | "
        + " | ".join(f"tau among {count} (improved)" for count in PICKED)
        + " |",
        "|---" * (2 + len(ERRORS) + len(PICKED)) + "|",
    ]
    for truth, judge in pairs(frame):
        both = side_by_side(frame, truth, judge)
        cells = [f"{tau(both, error):.2f}" for error in ERRORS]
        for count in PICKED:
            group = both[both.sensors == count]
            cells.append(f"{tau(group):.2f} ({tau(group[group.improved]):.2f})")
        lines.append(f"| {truth} | {judge} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def regret(both: pd.DataFrame) -> float:
    """How much worse, in %, the truth finds the judge's pick than its own."""
    return 100 * float(both.relative[both.relative_judge.idxmin()] / both.relative.min() - 1)


def regrets(frame: pd.DataFrame) -> str:
    """Of the best by each judge, and of the best of its first three."""
    lines = [
        "| truth | judge | "
        + " | ".join(f"regret at {count}, %" for count in PICKED)
        + " | "
        + " | ".join(f"best of its 3 at {count}, %" for count in PICKED)
        + " |",
        "|---" * (2 + 2 * len(PICKED)) + "|",
    ]
    for truth, judge in pairs(frame):
        both = side_by_side(frame, truth, judge)
        groups = [both[both.sensors == count] for count in PICKED]
        cells = [f"{regret(group):.1f}" for group in groups]
        for group in groups:
            three = group.nsmallest(3, "relative_judge").relative.min()
            cells.append(f"{100 * (three / group.relative.min() - 1):.1f}")
        lines.append(f"| {truth} | {judge} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def draw(frame: pd.DataFrame, path: Path) -> None:
    """Every judge against every truth, a point for each layout."""
    parts = []
    for truth, judge in pairs(frame):
        both = side_by_side(frame, truth, judge)
        name = f"{textwrap.fill(judge, 16)}\ntau {tau(both):.2f}"
        parts.append(both.assign(truth=truth, panel=name))
    long = pd.concat(parts)
    truths = list(dict.fromkeys(long.truth))
    wide = max(long[long.truth == truth].panel.nunique() for truth in truths)
    figure, axes = plt.subplots(
        len(truths),
        wide,
        figsize=(2.6 * wide + 0.8, 3.2 * len(truths)),
        squeeze=False,
        sharey="row",
        layout="constrained",
    )
    for row, truth in zip(axes, truths, strict=True):
        mine = long[long.truth == truth]
        for ax, panel in zip(row, dict.fromkeys(mine.panel), strict=False):
            sns.scatterplot(
                mine[mine.panel == panel],
                x="relative_judge",
                y="relative",
                hue="sensors",
                hue_norm=plt.matplotlib.colors.LogNorm(1, 16),
                palette="viridis",
                s=22,
                legend=False,
                ax=ax,
            )
            ends = [mine.relative.min() * 0.95, mine.relative.max() * 1.03]
            ax.plot(ends, ends, color="0.7", lw=1, zorder=0)
            ax.set(
                xlabel="its relative error", ylabel=f"relative error,\n{textwrap.fill(truth, 24)}"
            )
            ax.set_title(panel, fontsize=9)
        for ax in row[mine.panel.nunique() :]:
            ax.set_visible(False)
    shades = plt.cm.ScalarMappable(plt.matplotlib.colors.LogNorm(1, 16), "viridis")
    bar = figure.colorbar(shades, ax=axes, ticks=[1, 2, 4, 8, 16], label="sensors", shrink=0.6)
    bar.ax.set_yticklabels(["1", "2", "4", "8", "16"])
    figure.savefig(path, dpi=150)
    plt.close(figure)
