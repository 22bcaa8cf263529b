"""Runs under way as tables for the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rich import box
from rich.table import Table


def stage_table(stages: Iterable[tuple[str, int | None, int | None, float | None]]) -> Table:
    """Name, progress and seconds of the stages of a run so far."""
    table = Table(title="Stages", title_justify="left", box=box.SIMPLE_HEAD)
    table.caption_justify = "left"
    table.caption = "seconds: of stages that are done, over all interruptions"
    table.add_column("stage")
    for heading in ("done", "seconds"):
        table.add_column(heading, justify="right")
    for name, done, total, seconds in stages:
        progress = "" if done is None else f"{done} of {total}"
        table.add_row(name, progress, "" if seconds is None else f"{seconds:.0f}")
    return table


def best_table(best: Mapping[int, tuple[str, float]]) -> Table:
    """Of each sensor count, the lowest relative error of the latest stage that scored it."""
    table = Table(title="Lowest scored", title_justify="left", box=box.SIMPLE_HEAD)
    table.caption_justify = "left"
    table.caption = "a layout is preferred to another only where it is lower by more than chance"
    for heading in ("sensors", "relative error"):
        table.add_column(heading, justify="right")
    table.add_column("scored by")
    for sensors, (stage, error) in best.items():
        table.add_row(str(sensors), f"{error:.3f}", stage)
    return table
