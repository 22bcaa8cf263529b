"""Contact sheets: for every foot of a cohort, whether its steps lie right, at one glance.

Per foot, from left to right: the scan's height image with the outline of the mean footprint, the
mean peak map, the vertical force of every step, and the paths of the centre of pressure.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.colors import Colormap
from matplotlib.figure import Figure

from placement.inspect import GRAVITY
from recon import gait
from recon.cohort import Cohort, Sample
from recon.files import replacing_folder

FEET_A_PAGE = 6
_DPI = 110
_CONTOUR = 0.02  # share of the peak at which the footprint's outline is drawn


def draw_feet(
    cohort: Cohort,
    folder: Path,
    *,
    overwrite: bool = False,
    progress: Callable[[str, int, int], None] = lambda stage, done, total: None,
) -> int:
    """Write `feet-01.png`, ... of six feet each into a new folder; returns how many.

    Raises:
        FileExistsError: the folder holds something and `overwrite` is False.
    """
    feet = _feet(cohort)
    pages = [feet[i : i + FEET_A_PAGE] for i in range(0, len(feet), FEET_A_PAGE)]
    with replacing_folder(folder, overwrite=overwrite) as partial:
        for number, page in enumerate(pages, 1):
            figure = feet_page(cohort, page)
            figure.savefig(
                partial / f"feet-{number:02d}.png", dpi=_DPI, metadata={"Software": None}
            )
            progress("drawing feet", number, len(pages))
    return len(pages)


def feet_page(cohort: Cohort, feet: list[list[Sample]]) -> Figure:
    """One page; every entry of `feet` holds the samples of one foot."""
    scanned = cohort.geometry is not None
    rows = -(-len(feet) // 2)
    widths = [1, 1, 2.6, 1] if scanned else [1, 2.6, 1]
    with sns.axes_style("white"), sns.plotting_context("paper"):
        figure = Figure(figsize=(13 if scanned else 11.5, 3.1 * rows + 0.3), layout="constrained")
        blocks = figure.subfigures(rows, 2, wspace=0.02, squeeze=False).flat
        forces: list[Axes] = []
        for block, foot in zip(blocks, feet, strict=False):
            panels = list(block.subplots(1, len(widths), width_ratios=widths))
            first = foot[0]
            length, width = (
                first.mm_per_pixel[i] / cohort.grid.pitch_mm * cohort.grid.foot_mm[i]
                for i in (0, 1)
            )
            block.suptitle(
                f"{first.subject}, {first.side}: {_steps(len(foot))}, "
                f"footprint {length:.0f} x {width:.0f} mm",
                fontsize="medium",
            )
            if first.geometry is not None:
                _scan_panel(panels.pop(0), first.geometry, foot, cohort)
            _peak_panel(panels[0], foot, cohort)
            _force_panel(panels[1], foot, cohort)
            forces.append(panels[1])
            _path_panel(panels[2], foot, cohort)
        highest = max(axes.get_ylim()[1] for axes in forces)
        for axes in forces:  # feet of a page compare
            axes.set_ylim(0, highest)
    return figure


def _feet(cohort: Cohort) -> list[list[Sample]]:
    found: dict[tuple[str, str], list[Sample]] = {}
    for sample in cohort.samples:
        found.setdefault((sample.subject, sample.side), []).append(sample)
    return [found[key] for key in sorted(found)]


def _scan_panel(axes: Axes, geometry: np.ndarray, foot: list[Sample], cohort: Cohort) -> None:
    _image(axes, geometry, cohort, sns.color_palette("mako", as_cmap=True), 1.0)
    peak = _mean_peak(foot)
    centres = cohort.grid.mm(cohort.grid.centres())
    axes.contour(
        centres[0, :, 0], centres[:, 0, 1], peak, [_CONTOUR * peak.max()], colors="C1", linewidths=1
    )
    axes.set_title("scan; line:\nfootprint", fontsize="small")


def _peak_panel(axes: Axes, foot: list[Sample], cohort: Cohort) -> None:
    peak = _mean_peak(foot)
    _image(axes, peak, cohort, sns.color_palette("mako_r", as_cmap=True), float(peak.max()))
    highest = f"\n≤ {peak.max():.0f} kPa" if cohort.units == "kPa" else ""
    axes.set_title(f"mean peak{highest}", fontsize="small")


def _force_panel(axes: Axes, foot: list[Sample], cohort: Cohort) -> None:
    pressure = np.stack([sample.pressure for sample in foot])
    size = np.array([sample.mm_per_pixel for sample in foot])
    mass = cohort.provenance.get("subjects", {}).get(foot[0].subject, {}).get("mass_kg")
    if cohort.units == "kPa":
        force = gait.vertical_force(pressure, size)
        if mass:
            axes.axhline(mass * GRAVITY, color="0.6", linewidth=0.8, linestyle="--")
        weight = "; dashed: body weight" if mass else ""
        axes.set_title(f"vertical force of each step (N{weight})", fontsize="small")
    else:
        force = gait.total_load(pressure)
        force = force / np.median(force.max(axis=1))
        axes.set_title("vertical force of each step (share of median peak)", fontsize="small")
    frames = force.shape[1]
    axes.plot(
        (np.arange(frames) + 0.5) / frames * 100, force.T, color="C0", alpha=0.5, linewidth=0.8
    )
    axes.set_xlabel("stance (%)", fontsize="small")
    axes.set_xlim(0, 100)
    sns.despine(ax=axes)


def _path_panel(axes: Axes, foot: list[Sample], cohort: Cohort) -> None:
    _image(axes, _mean_peak(foot), cohort, sns.light_palette("0.4", as_cmap=True), None)
    grid = cohort.grid
    for sample in foot:
        load = gait.total_load(sample.pressure)
        loaded = load >= gait.LOADED_SHARE * load.max()
        path = gait.centre_of_pressure(sample.pressure, sample.mm_per_pixel)[loaded]
        column, height = (path / sample.mm_per_pixel[::-1]).T  # pixels from the lower left corner
        x, y = grid.mm(grid.uv(np.stack([grid.shape[0] - height - 0.5, column - 0.5], -1))).T
        axes.plot(x, y, color="C3", alpha=0.5, linewidth=0.8)
    axes.set_title("CoP paths", fontsize="small")


def _image(
    axes: Axes, image: np.ndarray, cohort: Cohort, colours: Colormap, highest: float | None
) -> None:
    grid = cohort.grid
    left, top = grid.mm(grid.uv((-0.5, -0.5)))
    right, bottom = grid.mm(grid.uv((grid.shape[0] - 0.5, grid.shape[1] - 0.5)))
    axes.imshow(image, extent=(left, right, bottom, top), cmap=colours, vmin=0, vmax=highest)
    axes.set_xticks([])
    axes.set_yticks([])
    sns.despine(ax=axes, left=True, bottom=True)


def _mean_peak(foot: list[Sample]) -> np.ndarray:
    return np.mean([sample.pressure.max(axis=0) for sample in foot], axis=0)


def _steps(count: int) -> str:
    return "1 step" if count == 1 else f"{count} steps"
