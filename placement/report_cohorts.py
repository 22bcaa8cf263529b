"""Imports and cohorts as tables for the terminal."""

from __future__ import annotations

from collections.abc import Mapping

from rich import box
from rich.table import Table

from placement.inspect import foot_table, summary
from recon.cohort import Cohort
from recon.importing import Report


def import_table(report: Report, feet: Mapping[str, Mapping[str, float]]) -> Table:
    """Steps taken of each foot, and whatever was left out with its reason.

    Args:
        feet: facts of each foot, as the provenance of an imported cohort holds them.
    """
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("foot, step or file")
    table.add_column("steps\ntaken", justify="right")
    table.add_column("footprint\nmm", no_wrap=True)
    scanned = any("overlap" in facts for facts in feet.values())
    if scanned:
        table.add_column("overlap\nwith scan", justify="right")
    table.add_column("why not taken", overflow="fold")
    for (subject, side), steps in report.taken.items():
        facts = feet[f"{subject}/{side}"]
        size = f"{facts['footprint_length_mm']:.0f} x {facts['footprint_width_mm']:.0f}"
        overlap = [f"{facts['overlap']:.2f}"] if scanned else []
        table.add_row(f"{subject} {side}", str(steps), size, *overlap, "")
    for problem in report.rejected:
        empty = [""] if scanned else []
        table.add_row(problem.name, "0", "", *empty, problem.reason)
    return table


def summary_table(cohort: Cohort) -> Table:
    """Mean, SD, lowest and highest foot of what `placement.inspect` measures."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    count = len(foot_table(cohort))
    feet = "one foot, mean of its steps" if count == 1 else f"{count} feet, means of their steps"
    table.add_column(f"over {feet}")
    for heading in ("mean", "SD", "lowest", "highest"):
        table.add_column(heading, justify="right")
    for name, row in summary(cohort).iterrows():
        table.add_row(str(name), *(_figure(value) for value in row))
    return table


def _figure(value: float) -> str:
    if value != value:  # NaN: the SD of one
        return "–"
    return f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"
