"""What commands share: consoles, progress, errors of one line, a cohort and its description."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

if TYPE_CHECKING:  # numpy is imported by the commands that need it
    from recon.cohort import Cohort

SIMULATED = "These people are SIMULATED: check a layout on real recordings."

_WIDTH_OF_A_FILE = 120
# Paths, ids and people's names are printed as they are, [x] and :x: in them too.
console = Console(
    width=None if sys.stdout.isatty() or "COLUMNS" in os.environ else _WIDTH_OF_A_FILE,
    highlight=False,
    markup=False,
    emoji=False,
)
console.width = max(console.width, 80)  # a narrower terminal folds lines, and no column is lost
complaints = Console(stderr=True, highlight=False, markup=False, emoji=False)


def load_cohort(folder: Path | None) -> Cohort:
    """The cohort of a folder, or the demo cohort."""
    from recon.cohort import Cohort

    if folder is not None:
        return Cohort.load(folder)
    from recon.demo import demo_cohort

    with progress_bars() as tick:
        return demo_cohort(progress=tick)


def describe(cohort: Cohort) -> str:
    """Who and how much, for a line of text."""
    kind = "SIMULATED " if cohort.simulated else ""
    shape = "with" if cohort.geometry is not None else "without"
    units = cohort.units if cohort.units == "kPa" else "in arbitrary units"
    people = "person" if len(cohort.subjects) == 1 else "people"
    stances = "stance" if len(cohort.samples) == 1 else "stances"
    return (
        f"{len(cohort.subjects)} {kind}{people}, {len(cohort.samples)} {stances} of "
        f"{cohort.pressure.shape[1]} frames ({units}), {shape} foot geometry"
    )


@contextmanager
def progress_bars(*, lines: bool = False) -> Iterator[Callable[[str, int, int], None]]:
    """A bar per stage where somebody watches; elsewhere, of `lines`, one when a stage begins and
    one when it is done."""
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=complaints, disable=not complaints.is_terminal) as bars:
        tasks: dict[str, TaskID] = {}
        told: set[str] = set()

        def tick(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total or None)
                if lines and not complaints.is_terminal and done < total:
                    complaints.print(f"{stage} ...")
            bars.update(tasks[stage], completed=done)
            task = bars.tasks[tasks[stage]]
            if lines and task.finished and not (complaints.is_terminal or stage in told):
                told.add(stage)
                complaints.print(f"{stage}: done in {task.elapsed:.0f} s")

        yield tick


def _as_typed(message: str) -> str:
    """A complaint about a setting, with the option's name as users type it."""
    from placement.basis import Assumptions
    from placement.settings import Settings

    settings = {"shift_mm", *(x.name for kind in (Settings, Assumptions) for x in fields(kind))}
    name = re.split(r"\W", message, maxsplit=1)[0]
    return f"--{name.replace('_', '-')}{message[len(name) :]}" if name in settings else message


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Say what is wrong with the input in one line instead of a traceback."""
    try:
        yield
    except (ValueError, OSError) as error:
        # An OSError begins with a path, which may be called like a setting.
        says = str(error) if isinstance(error, OSError) else _as_typed(str(error))
        complaints.print(f"error: {says}", soft_wrap=True)
        raise typer.Exit(1) from error
    except KeyboardInterrupt:
        complaints.print("interrupted")
        raise typer.Exit(130) from None
