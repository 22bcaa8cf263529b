"""Where on the foot the errors are: near the landmarks, or far from them?"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from numpy.typing import NDArray

from recon import Cohort, FootGrid, Layout
from recon.validate import Score

BIN_MM = 10
SQUARE_MM = 40
"""Edge of the square about a landmark that the study's claim names."""

LARGE = 0.1
"""An error is large from this share of the stance's peak."""

SHARES = ("area", "load", "error", "large errors")
"""What may lie inside the squares, each as a share of that of the whole insole."""

DRAWN = ("mean map", "linear", "study, landmarks only", "study, feature fusion", "our U-Net")
"""The models in the figure; its values hold them all."""


def distance_mm(layout: Layout, grid: FootGrid) -> tuple[NDArray, NDArray]:
    """From every pixel to the nearest landmark on the reference foot, mm: (rows, columns) each.

    Returns:
        The distance, and the larger of the distances along and across the foot, which is at most
        half the edge inside a square about a landmark.
    """
    gap = np.abs(grid.mm(grid.centres())[:, :, None] - grid.mm(layout.uv))
    return np.linalg.norm(gap, axis=-1).min(axis=-1), gap.max(axis=-1).min(axis=-1)


def localise(cohort: Cohort, estimate: NDArray, layout: Layout, pixels: NDArray[np.bool_]) -> Score:
    """Absolute errors over the stance's peak, person by person, by where they lie.

    Args:
        estimate: (n, T, rows, columns), as `cohort.pressure`.
        pixels: (rows, columns) of the insole.

    Returns:
        "5", "15", ...: mean error at this distance in mm from the nearest landmark (the middle of
        a bin); "inside", "outside": mean error in and out of the squares; and `SHARES`.
    """
    radial, square = (distance[pixels] for distance in distance_mm(layout, cohort.grid))
    inside = square <= SQUARE_MM / 2
    peak = cohort.pressure.max(axis=(1, 2, 3))[:, None, None]
    error = np.abs(estimate - cohort.pressure)[:, :, pixels] / peak
    parts = {  # what is shared out, (n, pixels) each
        "area": np.ones((len(peak), len(radial))),
        "load": cohort.pressure[:, :, pixels].mean(axis=1),
        "error": error.mean(axis=1),
        "large errors": (error > LARGE).mean(axis=1),
    }
    person = {name: _by_person(part, cohort) for name, part in parts.items()}  # (s, pixels)
    values = {}
    step = (radial // BIN_MM).astype(int)
    for number in np.unique(step):
        middle = (number + 0.5) * BIN_MM
        values[f"{middle:g}"] = person["error"][:, step == number].mean(axis=1)
    values["inside"] = person["error"][:, inside].mean(axis=1)
    values["outside"] = person["error"][:, ~inside].mean(axis=1)
    for name, part in person.items():
        values[name] = part[:, inside].sum(axis=1) / np.maximum(part.sum(axis=1), 1e-12)
    return Score(cohort.subjects, {key: tuple(map(float, v)) for key, v in values.items()})


def _by_person(values: NDArray, cohort: Cohort) -> NDArray:
    """(n, ...) of stances -> (s, ...) means of people."""
    index = cohort.subject_index
    return np.stack([values[index == i].mean(axis=0) for i in range(len(cohort.subjects))])


def curve(scores: Mapping[tuple[str, str], Score]) -> pd.DataFrame:
    """Error in % of the peak against distance: model, layout, distance_mm, error, low, high."""
    rows = []
    for (model, layout), score in scores.items():
        for key in score.values:
            if key.replace(".", "").isdigit():
                low, high = score.interval(key)
                error = 100 * score.mean(key), 100 * low, 100 * high
                rows.append((model, layout, float(key), *error))
    columns = ["model", "layout", "distance_mm", "error", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def draw(curves: pd.DataFrame, people: str, path: Path) -> None:
    """One panel a layout: mean and 95 % interval of the models in `DRAWN`."""
    layouts = curves["layout"].unique()
    colours = sns.color_palette("colorblind", len(DRAWN))
    with sns.axes_style("whitegrid"), sns.plotting_context("talk"):
        figure = Figure(figsize=(7 * len(layouts), 7), layout="constrained")
        panels = np.atleast_1d(figure.subplots(1, len(layouts), sharey=True))
        for axes, layout in zip(panels, layouts, strict=True):
            for model, colour, marker in zip(DRAWN, colours, "osD^v", strict=True):
                rows = curves[(curves["layout"] == layout) & (curves["model"] == model)]
                x, low, high = (rows[name] for name in ("distance_mm", "low", "high"))
                axes.fill_between(x, low, high, color=colour, alpha=0.15, linewidth=0)
                if len(rows):
                    axes.plot(x, rows["error"], color=colour, marker=marker, label=model)
            axes.axvline(SQUARE_MM / 2, color="0.4", linestyle=":")
            axes.annotate(
                "half of 4 cm",
                (SQUARE_MM / 2, 0.98),
                (4, 0),
                xycoords=("data", "axes fraction"),
                textcoords="offset points",
                va="top",
                color="0.3",
                fontsize="small",
            )
            axes.set(xlabel="distance to the nearest landmark (mm)", title=f"{layout} landmarks")
        panels[0].set_ylabel("mean absolute error\n(% of the stance's peak pressure)")
        panels[0].set_ylim(bottom=0)
        handles, labels = panels[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="outside lower center", ncols=3, frameon=False)
        figure.suptitle(people)
        figure.savefig(path, dpi=100, metadata={"Software": None})
