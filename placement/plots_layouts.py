"""Layouts drawn on the foot, with what they had to keep to."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import seaborn as sns
from matplotlib import patheffects
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle, Polygon

from placement.basis import Assumptions
from placement.constraints import Constraints
from placement.constraints_file import from_values
from placement.front import Entry, Front
from placement.gains import leads
from placement.objectives import DEFAULT
from placement.plots import describe
from placement.wiring import wires
from recon.grid import FootGrid

_ACROSS = 6


def layouts(front: Front) -> Figure:
    """The best layout of each count on the mean peak-pressure map, sensors at true size.

    Of objectives chosen by the user all layouts of the front, with their wires if those counted.
    """
    chosen = leads(front) if front.objectives == DEFAULT else front.members
    wired = bool({"wiring", "cost"} & set(front.objectives))
    limits = from_values(front.run.get("settings", {}).get("constraints", {}))
    notes = {
        "black square: connector": wired,
        "hatched: keep-out": bool(limits.keep_out),
        "dashed: keep-in": bool(limits.keep_in),
    }
    across, down = min(len(chosen), _ACROSS), -(-len(chosen) // _ACROSS)
    with sns.axes_style("white"), sns.plotting_context("notebook"):
        size = (2.3 * across + 2.2, 5.4 * down + 1)
        figure = Figure(figsize=size, layout="constrained")
        panels = figure.subplots(down, across, sharex=True, sharey=True, squeeze=False).ravel()
        for axes in panels[len(chosen) :]:
            axes.set_axis_off()
        for axes in panels[len(chosen) - across : len(chosen)]:
            axes.tick_params(labelbottom=True)
        for axes, entry in zip(panels, chosen, strict=False):
            image = _foot_panel(axes, front.mean_peak, front.grid)
            _draw_areas(axes, limits, front.grid)
            if wired:
                _draw_wires(axes, entry, front)
            _draw_sensors(axes, entry, front.grid)
        unit = "kPa" if front.units == "kPa" else "arbitrary units"
        figure.colorbar(image, ax=list(panels), label=f"mean peak pressure ({unit})", shrink=0.6)
        foot = "right foot from above, footprint of {:.0f} x {:.0f} mm".format(*front.grid.foot_mm)
        what = "Best layouts" if front.objectives == DEFAULT else "Layouts"
        seen = "; ".join(note for note, drawn in notes.items() if drawn)
        title = "\n".join(filter(None, (f"{what}: {describe(front)}", foot, seen)))
        figure.suptitle(title, fontsize="medium")
        figure.supxlabel("from medial edge (mm)", fontsize="medium")
        figure.supylabel("from heel (mm)", fontsize="medium")
    return figure


def _foot_panel(axes: Axes, peak: np.ndarray, grid: FootGrid) -> mpl.image.AxesImage:
    rows, columns = grid.shape
    left, top = grid.mm(grid.uv((-0.5, -0.5)))
    right, bottom = grid.mm(grid.uv((rows - 0.5, columns - 0.5)))
    return axes.imshow(
        peak, extent=(left, right, bottom, top), cmap=sns.color_palette("mako_r", as_cmap=True)
    )


def _draw_areas(axes: Axes, limits: Constraints, grid: FootGrid) -> None:
    """Outlines of what sensors must keep out of, and of what they must keep in."""
    for areas, hatch, line in ((limits.keep_out, "////", "-"), (limits.keep_in, None, "--")):
        for area in areas:
            patch = Polygon(area.corners.on(grid), fill=False, edgecolor="0.4")
            patch.set(hatch=hatch, linestyle=line)
            axes.add_patch(patch)


def _draw_wires(axes: Axes, entry: Entry, front: Front) -> None:
    """From the connector to the sensors."""
    stored = front.run.get("settings", {}).get("assumptions", {})
    connector = Assumptions.from_json(stored).connector.on(front.grid)[0]
    for start, end in wires(front.grid.mm(entry.layout.uv), connector):
        axes.plot(
            *np.stack([start, end], axis=1),
            color="0.2",
            linewidth=1.5,
            zorder=1,
            path_effects=[patheffects.withStroke(linewidth=4, foreground="white")],
        )
    axes.plot(*connector, marker="s", color="0.2", clip_on=False)


def _draw_sensors(axes: Axes, entry: Entry, grid: FootGrid) -> None:
    colour = sns.color_palette("colorblind")[1]
    outline = [patheffects.withStroke(linewidth=3, foreground="white")]
    for number, (x, y) in enumerate(grid.mm(entry.layout.uv), 1):
        radius = entry.layout.sensor.diameter_mm / 2
        axes.add_patch(Circle((x, y), radius, facecolor=colour, edgecolor="black"))
        axes.annotate(
            str(number),
            (x + radius, y),
            (3, 0),
            textcoords="offset points",
            va="center",
            path_effects=outline,
        )
    axes.set_title(f"{entry.name}: {_sensors(len(entry.layout))}", fontsize="medium")


def _sensors(count: int) -> str:
    return "1 sensor" if count == 1 else f"{count} sensors"
