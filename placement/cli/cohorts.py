"""`placement simulate` and `import`, which make cohorts, and `inspect`, which shows one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from placement.cli.options import OverwriteOption, SeedOption
from placement.cli.shared import complaints, console, describe, one_line_errors, progress_bars

if TYPE_CHECKING:  # numpy is imported by the commands that need it
    from recon.readers import Problem

_MOST_LOST = 0.01  # of a foot's load, unmentioned


def simulate(
    out: Annotated[Path, typer.Option(help="Folder to write.")],
    people: Annotated[int, typer.Option(min=1, help="How many people.")] = 35,
    steps: Annotated[int, typer.Option(min=1, help="Steps of each foot.")] = 3,
    frames: Annotated[int, typer.Option(min=2, help="Frames a stance.")] = 20,
    seed: SeedOption = 0,
    recordings: Annotated[
        bool,
        typer.Option(
            "--recordings", help="Write scans and recordings, for import, instead of a cohort."
        ),
    ] = False,
    overwrite: OverwriteOption = False,
) -> None:
    """Write simulated people: a cohort, or the scans and recordings that it is imported from."""
    with one_line_errors():
        from recon.files import check_output
        from recon.simulate import simulate as make
        from recon.simulate import write_people

        check_output(out, overwrite=overwrite)
        if recordings:
            with progress_bars(lines=True) as tick:
                write_people(
                    out, people, steps=steps, seed=seed, overwrite=overwrite, progress=tick
                )
            console.print(f"Scans and recordings of {people} SIMULATED people written to {out}")
            return
        with progress_bars(lines=True) as tick:
            cohort = make(people, steps=steps, frames=frames, seed=seed, progress=tick)
        cohort.save(out, overwrite=overwrite)
        console.print(f"{describe(cohort)}, written to {out}")


def import_(
    folder: Annotated[
        Path,
        typer.Argument(help="Folder of recordings and scans (or one file); docs/recordings.md."),
    ],
    out: Annotated[Path, typer.Option(help="Cohort folder to write.")],
    format: Annotated[str | None, typer.Option(help="Format; recognised where not given.")] = None,
    frames: Annotated[int, typer.Option(min=2, help="Frames a stance.")] = 20,
    scans: Annotated[bool, typer.Option(help="Use the foot scans in the folder.")] = True,
    overwrite: OverwriteOption = False,
) -> None:
    """Turn recordings and scans into a cohort, and say what was taken and what was not."""
    with one_line_errors():
        from placement.report_cohorts import import_table
        from recon.files import check_output
        from recon.importing import import_recordings

        check_output(out, overwrite=overwrite)
        if folder.resolve().is_relative_to(out.resolve()):
            raise ValueError(f"{out}: holds the recordings; choose another folder to write to")
        with progress_bars() as tick:
            cohort, report = import_recordings(
                folder,
                format=format,
                frames=frames,
                scans=scans,
                progress=tick,
                checked=_warn,
            )
        cohort.save(out, overwrite=overwrite)
        console.print(import_table(report, cohort.provenance["feet"]))
        if report.load_lost > _MOST_LOST:
            console.print(
                f"Up to {100 * report.load_lost:.1f} % of a foot's load lies off the grid: are "
                "cells loaded that the foot does not touch?"
            )
        for format_read, assumed in report.assumed.items():
            console.print(f"Assumed of {format_read} files, which do not say: {assumed}")
        if report.ignored:
            console.print(f"Not recordings, left alone: {', '.join(report.ignored)}")
        console.print(
            f"{describe(cohort)}, written to {out}. "
            f"See whether all steps lie right: placement inspect {out}"
        )


def _warn(problems: Sequence[Problem]) -> None:
    """At once, so that a long import can be stopped."""
    for problem in problems:
        complaints.print(f"warning: {problem.name}: {problem.reason}", soft_wrap=True)


def inspect(
    cohort: Annotated[Path, typer.Argument(help="Cohort folder.")],
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for the contact sheets; COHORT-feet where not given."),
    ] = None,
    overwrite: OverwriteOption = False,
) -> None:
    """Print a cohort's statistics, and draw every foot: scan, peak map, forces, CoP paths."""
    with one_line_errors():
        from placement.contact_sheet import draw_feet
        from placement.report_cohorts import summary_table
        from recon.cohort import Cohort
        from recon.files import check_apart, check_output

        folder = out or cohort.with_name(f"{cohort.resolve().name}-feet")
        check_output(folder, overwrite=overwrite)
        check_apart(folder, cohort=cohort)
        people = Cohort.load(cohort)
        console.print(describe(people))
        console.print(summary_table(people))
        with progress_bars(lines=True) as tick:
            pages = draw_feet(people, folder, overwrite=overwrite, progress=tick)
        last = "" if pages == 1 else f" to feet-{pages:02d}.png"
        console.print(f"Drawn: {folder / 'feet-01.png'}{last}")
