"""The commands: parse, call one library function, print."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

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

if TYPE_CHECKING:  # numpy, pymoo and torch are imported by the commands that need them
    from placement.front import Front
    from placement.log import Log
    from placement.settings import Settings
    from recon.cohort import Cohort

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
_WIDTH_OF_A_FILE = 120
_SIMULATED = "These people are SIMULATED: check a layout on real recordings."
console = Console(width=None if sys.stdout.isatty() else _WIDTH_OF_A_FILE, highlight=False)
complaints = Console(stderr=True, highlight=False)


def _version(wanted: bool) -> None:
    if wanted:
        console.print(version("insole-placement"))
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print and exit.")
    ] = False,
) -> None:
    """Decide where to put a few pressure sensors in an insole."""


class FidelityName(StrEnum):
    linear = "linear"
    network = "network"


class SizeName(StrEnum):
    light = "light"
    full = "full"


class ReconstructorName(StrEnum):
    mean = "mean"
    linear = "linear"
    network = "network"


CohortOption = Annotated[
    Path | None,
    typer.Option("--cohort", help="Cohort folder. Without it: the simulated demo cohort."),
]
SeedOption = Annotated[int, typer.Option(min=0, help="Of every random choice.")]
OverwriteOption = Annotated[bool, typer.Option("--overwrite", help="Replace what OUT holds.")]
FoldsOption = Annotated[int, typer.Option(min=2, help="Folds of the cross-validation.")]
StepsOption = Annotated[int, typer.Option(min=1, help="Optimiser steps of each network.")]
SizeOption = Annotated[
    SizeName, typer.Option(help="Network: light for CPUs, or full as published.")
]
JobsOption = Annotated[int, typer.Option(min=1, help="Processes that train networks.")]


@app.command()
def search(
    max_sensors: Annotated[int, typer.Option(min=1, help="Most sensors in a layout.")] = 4,
    cohort: CohortOption = None,
    out: Annotated[
        Path | None, typer.Option(help="Run folder. Default: runs/ and the time of day.")
    ] = None,
    seed: SeedOption = 0,
    holdout: Annotated[
        float, typer.Option(help="Share of people kept aside until the end, at least two.")
    ] = 0.2,
    folds: FoldsOption = 5,
    fidelity: Annotated[
        FidelityName,
        typer.Option(help="network retrains networks for the best layouts; linear does not."),
    ] = FidelityName.network,
    margin_mm: Annotated[
        float, typer.Option(min=0, help="Least distance of a sensor's centre from the edge.")
    ] = 5.0,
    sensor_mm: Annotated[float, typer.Option(help="Diameter of a sensor.")] = 10.0,
    steps: StepsOption = 700,
    retrain_steps: Annotated[
        int, typer.Option(min=1, help="Further steps when retrained for one layout.")
    ] = 120,
    size: SizeOption = SizeName.light,
    jobs: JobsOption = 2,
    overwrite: OverwriteOption = False,
) -> None:
    """Find where 1, 2, ... MAX-SENSORS sensors go, and what each buys."""
    with _one_line_errors():
        from placement.log import Log
        from placement.settings import Settings
        from recon.files import check_output

        settings = Settings(
            max_sensors=max_sensors,
            seed=seed,
            holdout=holdout,
            folds=folds,
            fidelity=fidelity.value,
            margin_mm=margin_mm,
            sensor_mm=sensor_mm,
            size=size.value,
            steps=steps,
            retrain_steps=retrain_steps,
            jobs=jobs,
        )
        folder = out or Path("runs") / datetime.now().strftime("%Y-%m-%d-%H%M%S")
        check_output(folder, overwrite=overwrite)
        people = _load(cohort)
        log = Log()

        signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends as Ctrl-C does
        try:
            front = _run(people, settings, log)
        except BaseException:
            _keep_scores(log, settings, folder, overwrite)
            raise
        _print_front(front, settings.max_sensors)  # first, should the disk be full
        _save(front, log, folder, overwrite)
        console.print(f"Written to {folder}: front.csv, front.json, pareto.png, layouts.png, ...")


@app.command()
def evaluate(
    layout: Annotated[
        str,
        typer.Option(help="CSV with columns u and v, such as front.csv; or published-2 or -16."),
    ],
    cohort: CohortOption = None,
    id: Annotated[
        str | None, typer.Option(help="Which layout of the file, such as 4a, if it holds several.")
    ] = None,
    reconstructor: Annotated[
        ReconstructorName, typer.Option(help="What turns readings into maps.")
    ] = ReconstructorName.linear,
    folds: FoldsOption = 5,
    seed: SeedOption = 0,
    sensor_mm: Annotated[float, typer.Option(help="Diameter of a sensor.")] = 10.0,
    steps: StepsOption = 700,
    size: SizeOption = SizeName.light,
    jobs: JobsOption = 2,
) -> None:
    """Score a given layout by cross-validation over all people of a cohort."""
    with _one_line_errors():
        from placement.evaluate import evaluate as score_layout
        from placement.evaluate import read_layout
        from placement.report import score_table
        from placement.settings import Settings

        settings = Settings(
            seed=seed, folds=folds, sensor_mm=sensor_mm, steps=steps, size=size.value, jobs=jobs
        )
        people = _load(cohort)
        wanted = read_layout(layout, id, sensor_mm, people.grid)
        console.print(f"Evaluating on {_describe(people)}")
        with _progress() as tick:
            score, mean_map = score_layout(people, wanted, reconstructor.value, settings, tick)
        title = f"Cross-validated, {reconstructor.value} reconstructor, 95 % intervals over people"
        name = id or Path(layout).stem
        console.print(score_table(name, len(wanted), score, mean_map, title, console.width))
        console.print("A layout that was searched on these very people looks a little too good.")
        if people.simulated:
            console.print(_SIMULATED)


@app.command()
def plot(run: Annotated[Path, typer.Argument(help="A run folder.")]) -> None:
    """Draw a finished run's figures again."""
    with _one_line_errors():
        from placement.front import Front
        from placement.plots import draw

        draw(Front.load(run), run)
        console.print(f"Drawn: {run / 'pareto.png'}, {run / 'layouts.png'}")


@app.command()
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
    with _one_line_errors():
        from recon.files import check_output
        from recon.simulate import simulate as make
        from recon.simulate import write_people

        check_output(out, overwrite=overwrite)
        if recordings:
            with _progress() as tick:
                write_people(
                    out, people, steps=steps, seed=seed, overwrite=overwrite, progress=tick
                )
            console.print(f"Scans and recordings of {people} SIMULATED people written to {out}")
            return
        cohort = make(people, steps=steps, frames=frames, seed=seed)
        cohort.save(out, overwrite=overwrite)
        console.print(f"{_describe(cohort)}, written to {out}")


@app.command("import")
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
    with _one_line_errors():
        from placement.report import import_table
        from recon.files import check_output
        from recon.importing import import_recordings

        check_output(out, overwrite=overwrite)
        if folder.resolve().is_relative_to(out.resolve()):
            raise ValueError(f"{out}: holds the recordings; choose another folder to write to")
        with _progress() as tick:
            cohort, report = import_recordings(
                folder, format=format, frames=frames, scans=scans, progress=tick
            )
        cohort.save(out, overwrite=overwrite)
        console.print(import_table(report, cohort.provenance["feet"]))
        if report.ignored:
            console.print(f"Not recordings, left alone: {', '.join(report.ignored)}")
        console.print(
            f"{_describe(cohort)}, written to {out}. "
            f"See whether all steps lie right: placement inspect {out}"
        )


@app.command()
def inspect(
    cohort: Annotated[Path, typer.Argument(help="Cohort folder.")],
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for the contact sheets; COHORT-feet where not given."),
    ] = None,
    overwrite: OverwriteOption = False,
) -> None:
    """Print a cohort's statistics, and draw every foot: scan, peak map, forces, CoP paths."""
    with _one_line_errors():
        from placement.contact_sheet import draw_feet
        from placement.report import summary_table
        from recon.cohort import Cohort
        from recon.files import check_output

        folder = out or cohort.with_name(f"{cohort.resolve().name}-feet")
        check_output(folder, overwrite=overwrite)
        people = Cohort.load(cohort)
        console.print(_describe(people))
        console.print(summary_table(people))
        with _progress() as tick:
            pages = draw_feet(people, folder, overwrite=overwrite, progress=tick)
        last = "" if pages == 1 else f" to feet-{pages:02d}.png"
        console.print(f"Drawn: {folder / 'feet-01.png'}{last}")


def _run(cohort: Cohort, settings: Settings, log: Log) -> Front:
    from placement.search import search

    console.print(f"Searching on {_describe(cohort)}")
    with _progress() as progress:
        return search(cohort, settings, progress=progress, log=log)


def _save(front: Front, log: Log, folder: Path, overwrite: bool) -> None:
    from placement.plots import draw
    from recon.files import replacing_folder

    with replacing_folder(folder, overwrite=overwrite) as partial:
        front.save(partial)
        log.save(partial / "scores.csv")
        draw(front, partial)


def _keep_scores(log: Log, settings: Settings, folder: Path, overwrite: bool) -> None:
    """After an interruption or a failure: write what was scored, if anything was."""
    from recon.files import replacing_folder

    if not log.scored:
        return
    with replacing_folder(folder, overwrite=overwrite) as partial:
        log.save(partial / "scores.csv")
        unfinished = {"finished": False, "settings": asdict(settings), "seconds": log.seconds}
        (partial / "run.json").write_text(json.dumps(unfinished, indent=1) + "\n")
    complaints.print(
        f"Not finished; the {len(log.scored)} scores made so far are in {folder}. "
        "A new search starts from the beginning; to reuse the folder pass --overwrite."
    )


def _print_front(front: Front, max_sensors: int) -> None:
    from placement.report import better_linear, front_table, missing_counts

    for reconstructor in dict.fromkeys((front.reconstructor, "linear")):
        console.print(front_table(front, reconstructor, console.width))
    console.print(
        "Relative error: what stays unknown of map (chiefly), force and centre of pressure; "
        "1 with no sensor, 0 is perfect."
    )
    if front.reconstructor == "network" and (wins := better_linear(front)):
        console.print(f"On untouched people linear beats the network at {'; '.join(wins)}.")
    for count in missing_counts(front, max_sensors):
        console.print(f"No layout of {count} sensors scored better than one with fewer.")
    if front.run["cohort"]["provenance"].get("kind") == "simulated":
        console.print(_SIMULATED)


def _load(folder: Path | None) -> Cohort:
    from recon.cohort import Cohort

    if folder is not None:
        return Cohort.load(folder)
    from recon.demo import demo_cohort

    return demo_cohort()


def _describe(cohort: Cohort) -> str:
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
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """A bar per stage where somebody watches; nothing where nobody does."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=complaints, disable=not complaints.is_terminal) as bars:
        tasks: dict[str, TaskID] = {}

        def tick(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total or None)
            bars.update(tasks[stage], completed=done)

        yield tick


@contextmanager
def _one_line_errors() -> Iterator[None]:
    """Say what is wrong with the input in one line instead of a traceback."""
    try:
        yield
    except (ValueError, OSError) as error:
        complaints.print(f"error: {error}", markup=False, soft_wrap=True)
        raise typer.Exit(1) from error
    except KeyboardInterrupt:
        complaints.print("interrupted")
        raise typer.Exit(130) from None
