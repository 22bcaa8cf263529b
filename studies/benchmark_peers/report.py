"""Tables and the figure."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from sensors import OWN
from untouched_scores import MEMORY

from placement.scoring import relative_error
from recon import gait
from recon.resampling import interval_over_people

LABELS = {
    "nrmse": "map NRMSE",
    "vgrf_accuracy": "vGRF %",
    "peak_accuracy": "peak %",
    "cop_error_cm": "CoP cm",
}
MARKERS = ["o", "s", "D", "^", "v", "P", "X", "<", ">", "*", "h"]


def searched(frame: pd.DataFrame) -> str:
    """Relative error by method and count; the lowest of each count is bold."""
    table = frame.pivot_table(index="method", columns="sensors", values="relative", sort=False)
    table = table[sorted(table)]
    low = table.min()
    text = table.apply(lambda column: [_bold(x, x <= low[column.name]) for x in column])
    return text.to_markdown()


def _bold(value: float, best: bool) -> str:
    if np.isnan(value):
        return ""
    return f"**{value:.3f}**" if best else f"{value:.3f}"


def untouched(frame: pd.DataFrame, counts: Sequence[int]) -> str:
    """Means over people by reconstructor, count and method."""
    rows = frame[frame["sensors"].isin(counts)]
    keys = ["by", "sensors", "method"]
    means = rows.groupby(keys, sort=False)[list(gait.METRICS)].mean().reset_index()
    means = means.sort_values(["by", "sensors", "nrmse"], kind="stable")
    for name in gait.METRICS:
        means[name] = means[name].map(("{:.4f}" if name == "nrmse" else "{:.2f}").format)
    return means.rename(columns=LABELS).to_markdown(index=False, disable_numparse=True)


def generalised(frame: pd.DataFrame, by: str) -> str:
    """How much higher the relative error is than that of our layout, in %, on untouched people.

    The mean map's errors cancel.
    """
    rows = frame[frame["by"] == by].assign(force=lambda x: 100 - x["vgrf_accuracy"])
    groups = rows.groupby(["method", "sensors"], sort=False)
    errors = groups[["nrmse", "force", "cop_error_cm"]].mean()
    relative = pd.Series(relative_error(errors.to_numpy(), np.ones(3)), errors.index)
    table = relative.unstack()
    table = 100 * (table[sorted(table)] / table.loc["ours"] - 1)
    return (
        table.drop("ours")
        .map(lambda x: "" if np.isnan(x) else f"{x:+.1f}")
        .to_markdown(disable_numparse=True)
    )


def lower(frame: pd.DataFrame, ours: tuple, theirs: tuple, metric: str) -> str:
    """By how many percent ours is lower, with the paired bootstrap interval over people."""
    rows = frame.groupby(["method", "by", "sensors"])
    a, b = (
        rows.get_group(pick).set_index("person")[metric].sort_index().to_numpy()
        for pick in (ours, theirs)
    )

    def percent(drawn: np.ndarray) -> np.ndarray:
        return 100 * (1 - a[drawn].mean(axis=-1) / b[drawn].mean(axis=-1))

    low, high = interval_over_people(percent, len(a))
    return f"{percent(np.arange(len(a))):.1f} % ({low:.1f} to {high:.1f})"


def claims(frame: pd.DataFrame) -> str:
    """By how much our four sensors beat PySensors' on untouched people."""
    picks = [("ours", "ensemble", 4), ("ours, screened", "ensemble", 4), ("ours", MEMORY, 4)]
    own = [("its layout, its own reconstruction", ("PySensors GQR", way, 4)) for way in OWN]
    rows = [
        (what, (ours, by, count), peer, metric)
        for ours, by, count in picks
        for what, peer in [
            *own,
            *(
                ("its layout, our reconstruction", (peer, by, count))
                for peer in ("PySensors QR", "PySensors GQR")
            ),
        ]
        for metric in ("nrmse", "cop_error_cm")
    ]
    return pd.DataFrame(
        [
            {
                "ours": f"{ours[0]} ({ours[1]})",
                "against": f"{theirs[0]} ({what}: {theirs[1]})",
                "metric": LABELS[metric],
                "ours is lower by": lower(frame, ours, theirs, metric),
            }
            for what, ours, theirs, metric in rows
        ]
    ).to_markdown(index=False)


def matching(frame: pd.DataFrame, by: str) -> pd.DataFrame:
    """The fewest of our sensors that are no worse than the published 16, with 95 % interval.

    17 stands for more than 16.
    """
    rows = frame[frame["by"] == by]
    found = []
    for metric in gait.METRICS:
        table = rows[rows["method"] == "ours"].pivot(
            index="person", columns="sensors", values=metric
        )
        bar = rows[(rows["method"] == "published") & (rows["sensors"] == 16)]
        bar = bar.set_index("person")[metric].reindex(table.index).to_numpy()
        values, counts = table.to_numpy(), table.columns.to_numpy()
        sign = 1 if metric.endswith("accuracy") else -1

        def fewest(drawn: np.ndarray, values=values, bar=bar, counts=counts, sign=sign):
            gap = values[drawn].mean(axis=-2) - bar[drawn].mean(axis=-1)[..., None]
            enough = sign * gap >= 0
            return np.where(enough.any(axis=-1), counts[enough.argmax(axis=-1)], 17)

        low, high = interval_over_people(fewest, len(values))
        found.append(
            {
                "metric": LABELS[metric],
                "published 16": f"{bar.mean():.4g}",
                "ours, sensors": f"{fewest(np.arange(len(values))):.0f}",
                "95 % interval": f"{low:.0f} to {high:.0f}",
            }
        )
    return pd.DataFrame(found)


def draw(frame: pd.DataFrame, title: str, path: Path) -> None:
    """Relative error against sensor count for all methods."""
    names = list(dict.fromkeys(frame["method"]))
    colours = dict(zip(names, ["black", *sns.color_palette("colorblind", 10)], strict=False))
    with sns.axes_style("whitegrid"), sns.plotting_context("talk"):
        figure = Figure(figsize=(11, 7), layout="constrained")
        axes = figure.subplots()
        for name, marker in zip(names, MARKERS, strict=False):
            rows = frame[frame["method"] == name].sort_values("sensors")
            axes.plot(
                rows["sensors"],
                rows["relative"],
                marker=marker,
                markersize=9,
                color=colours[name],
                linewidth=4 if name == "ours" else 1.5,
                linestyle="none" if name == "published" else "-",
                zorder=3 if name == "ours" else 2,
                label=name,
            )
        axes.set_xticks(range(1, 17))
        axes.set_ylim(bottom=0)
        axes.set_xlabel("sensors")
        axes.set_ylabel("relative linear error, cross-validated\n(1: no sensor)")
        axes.legend(ncols=2, frameon=True)
        axes.set_title(title)
        figure.savefig(path, dpi=110, metadata={"Software": None})
