"""A front's figures as files."""

from __future__ import annotations

from pathlib import Path

from placement.front import Front
from placement.objectives import DEFAULT
from placement.plots import metric_table, pareto
from placement.plots_layouts import layouts
from placement.plots_objectives import trade
from recon.files import replacing_file

NUMBERS = "pareto.csv"
_DPI = 150


def draw(front: Front, folder: Path) -> tuple[str, ...]:
    """Write `pareto.png` and its numbers as `pareto.csv`, `layouts.png` and, for other objectives
    than the default's, `objectives.png`; their names."""
    figures = {"pareto.png": pareto(front), "layouts.png": layouts(front)}
    if front.objectives != DEFAULT:
        figures["objectives.png"] = trade(front)
    for name, figure in figures.items():
        # Without the software version and date in the file, the same front is the same picture.
        with replacing_file(folder / name) as new:  # an earlier picture outlives a full disk
            figure.savefig(new, format="png", dpi=_DPI, metadata={"Software": None})
    with replacing_file(folder / NUMBERS) as new:
        metric_table(front).to_csv(new, index=False, float_format="%.6g")
    return (*figures, NUMBERS)
