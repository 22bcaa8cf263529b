"""A front as tables for the terminal."""

from __future__ import annotations

from rich.table import Table

from placement.front import Front, Pair
from recon.validate import Score

HEADINGS = {
    "nrmse": ("map NRMSE", ".3f"),
    "vgrf_accuracy": ("vGRF acc. %", ".1f"),
    "peak_accuracy": ("peak acc. %", ".1f"),
    "cop_error_cm": ("CoP error cm", ".2f"),
}


def cells(score: Score) -> list[str]:
    """Mean and 95 % interval of each metric."""
    texts = []
    for metric, (_, form) in HEADINGS.items():
        low, high = score.interval(metric)
        around = "" if low != low else f" {low:{form}}–{high:{form}}"
        texts.append(f"{score.mean(metric):{form}}{around}")
    return texts


def front_table(front: Front, reconstructor: str) -> Table:
    """Members and references: search score and untouched score, with 95 % intervals."""
    table = _table(f"Reconstructed by the {reconstructor} reconstructor")
    table.add_column("relative error", justify="right")
    _add(table, front, "mean map", 0, front.mean_map)
    for group in (front.members, front.references):
        for entry in group:
            _add(table, front, entry.name, len(entry.layout), entry.scores[reconstructor])
    return table


def _add(table: Table, front: Front, name: str, sensors: int, pair: Pair) -> None:
    searched = front.relative_error(pair.search)
    final = front.relative_error(pair.untouched, untouched=True)
    table.add_row(name, str(sensors), "search", *cells(pair.search), f"{searched:.3f}")
    table.add_row("", "", "untouched", *cells(pair.untouched), f"{final:.3f}", end_section=True)


def score_table(name: str, sensors: int, score: Score, title: str) -> Table:
    """One cross-validated score."""
    table = _table(title)
    table.add_row(name, str(sensors), f"all {len(score.subjects)}", *cells(score))
    return table


def _table(title: str) -> Table:
    table = Table(title=title, title_justify="left")
    for heading in ("layout", "sensors", "people"):
        table.add_column(heading)
    for heading, _ in HEADINGS.values():
        table.add_column(heading, justify="right")
    return table


def missing_counts(front: Front, max_sensors: int) -> list[int]:
    """Sensor counts that the front leaves out, since no layout of theirs beat fewer sensors."""
    return [k for k in range(1, max_sensors + 1) if front.best(k) is None]
