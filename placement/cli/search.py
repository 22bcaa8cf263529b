"""`placement search`, and `placement plot`, which draws its figures again."""

from __future__ import annotations

import json
import signal
from dataclasses import asdict
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from placement.cli.options import (
    CohortOption,
    FoldsOption,
    JobsOption,
    OverwriteOption,
    SeedOption,
    SizeName,
    SizeOption,
    StepsOption,
)
from placement.cli.shared import (
    SIMULATED,
    complaints,
    console,
    describe,
    load_cohort,
    one_line_errors,
    progress_bars,
)

if TYPE_CHECKING:  # numpy, pymoo and torch are imported by the commands that need them
    from placement.front import Front
    from placement.log import Log
    from placement.settings import Settings
    from recon.cohort import Cohort


class FidelityName(StrEnum):
    linear = "linear"
    kernel = "kernel"
    ensemble = "ensemble"
    network = "network"


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
        typer.Option(
            help="What is fitted for the best layouts and judges them: linear and kernel take "
            "seconds; ensemble: kernel and mode networks; network: the CBAM U-Net."
        ),
    ] = FidelityName.ensemble,
    margin_mm: Annotated[
        float | None,
        typer.Option(min=0, help="Least distance of a sensor's centre from the edge. Default: 5."),
    ] = None,
    constraints: Annotated[
        Path | None, typer.Option(help="TOML file of what every layout must keep to.")
    ] = None,
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
    with one_line_errors():
        from placement.constraints_file import with_margin
        from placement.log import Log
        from placement.settings import Settings
        from recon.files import check_output

        settings = Settings(
            max_sensors=max_sensors,
            seed=seed,
            holdout=holdout,
            folds=folds,
            fidelity=fidelity.value,
            constraints=with_margin(constraints, margin_mm),
            sensor_mm=sensor_mm,
            size=size.value,
            steps=steps,
            retrain_steps=retrain_steps,
            jobs=jobs,
        )
        folder = out or Path("runs") / datetime.now().strftime("%Y-%m-%d-%H%M%S")
        check_output(folder, overwrite=overwrite)
        people = load_cohort(cohort)
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


def plot(run: Annotated[Path, typer.Argument(help="A run folder.")]) -> None:
    """Draw a finished run's figures again."""
    with one_line_errors():
        from placement.front import Front
        from placement.plots import draw

        draw(Front.load(run), run)
        console.print(f"Drawn: {run / 'pareto.png'}, {run / 'layouts.png'}")


def _run(cohort: Cohort, settings: Settings, log: Log) -> Front:
    from placement.search import search

    console.print(f"Searching on {describe(cohort)}")
    with progress_bars() as progress:
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
    from placement.report import (
        better_linear,
        front_table,
        impossible_counts,
        missing_counts,
        optimality_table,
    )

    for reconstructor in dict.fromkeys((front.reconstructor, "linear")):
        console.print(front_table(front, reconstructor, console.width))
    console.print(optimality_table(front, console.width))
    console.print(
        "Relative error: what stays unknown of map (chiefly), force and centre of pressure; "
        "1 with no sensor, 0 is perfect."
    )
    if front.reconstructor != "linear" and (wins := better_linear(front)):
        better = f"linear beats the {front.reconstructor}"
        console.print(f"On untouched people {better} at {'; '.join(wins)}.")
    if impossible := impossible_counts(front, max_sensors):
        console.print(f"The constraints allow no layout of {', '.join(map(str, impossible))}.")
    for count in missing_counts(front, max_sensors):
        console.print(f"No layout of {count} sensors scored better than one with fewer.")
    if front.run["cohort"]["provenance"].get("kind") == "simulated":
        console.print(SIMULATED)
