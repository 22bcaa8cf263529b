"""`placement search` and `resume`, and `plot`, which draws the figures again."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from placement.cli.objective_options import (
    GAIN_DRIFT,
    SENSOR_PRICE,
    SHIFT_MM,
    WIRE_PRICE,
    CalibrationOption,
    ConnectorOption,
    DriftOption,
    ObjectivesOption,
    SensorPriceOption,
    ShiftOption,
    WirePriceOption,
    assumed,
    check_used,
    names,
)
from placement.cli.options import (
    BackendName,
    BackendOption,
    CohortOption,
    DeviceName,
    DeviceOption,
    FoldsOption,
    JobsOption,
    OverwriteOption,
    RunArgument,
    SchedulerOption,
    SeedOption,
    SizeName,
    SizeOption,
    StepsOption,
    check_backend,
    check_device,
)
from placement.cli.shared import (
    complaints,
    console,
    describe,
    load_cohort,
    one_line_errors,
    progress_bars,
)
from placement.cli.told import print_front

if TYPE_CHECKING:  # numpy, pymoo and torch are imported by the commands that need them
    from placement.journal import Journal
    from placement.settings import Settings
    from recon.cohort import Cohort


class FidelityName(StrEnum):
    linear = "linear"
    kernel = "kernel"
    ensemble = "ensemble"
    network = "network"


class ConfirmName(StrEnum):
    holdout = "holdout"
    nested = "nested"


def search(
    max_sensors: Annotated[int, typer.Option(min=1, help="Most sensors in a layout.")] = 4,
    cohort: CohortOption = None,
    out: Annotated[
        Path | None, typer.Option(help="Run folder. Default: runs/ and the time of day.")
    ] = None,
    seed: SeedOption = 0,
    confirm: Annotated[
        ConfirmName,
        typer.Option(
            help="holdout: people kept aside until the end. nested: search on everybody, and "
            "again without each fold of people; takes FOLDS times as long again."
        ),
    ] = ConfirmName.holdout,
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
    descend: Annotated[
        int,
        typer.Option(
            min=0,
            help="About how many layouts of each count are tried around the kernel's best; "
            "docs/design.md says why none.",
        ),
    ] = 0,
    objectives: ObjectivesOption = "sensors,error",
    calibration_steps: CalibrationOption = 0,
    shift_mm: ShiftOption = SHIFT_MM,
    gain_drift: DriftOption = GAIN_DRIFT,
    connector: ConnectorOption = None,
    sensor_price: SensorPriceOption = SENSOR_PRICE,
    wire_price: WirePriceOption = WIRE_PRICE,
    steps: StepsOption = 700,
    retrain_steps: Annotated[
        int, typer.Option(min=1, help="Further steps when retrained for one layout.")
    ] = 120,
    size: SizeOption = SizeName.light,
    device: DeviceOption = DeviceName.auto,
    jobs: JobsOption = 2,
    backend: BackendOption = BackendName.joblib,
    scheduler: SchedulerOption = None,
    reuse: Annotated[
        Path | None,
        typer.Option(
            help="An earlier search on the same cohort; what it fitted is not fitted again."
        ),
    ] = None,
    overwrite: OverwriteOption = False,
) -> None:
    """Find where 1, 2, ... MAX-SENSORS sensors go, and what each buys."""
    with one_line_errors():
        from placement import run_folder
        from placement.constraints_file import from_values, read_constraints
        from placement.settings import Settings
        from recon.files import check_apart

        check_backend(backend, scheduler)
        check_device(device, fidelity, scheduler)
        check_used(
            names(objectives),
            {
                "--shift-mm": (shift_mm, SHIFT_MM),
                "--gain-drift": (gain_drift, GAIN_DRIFT),
                "--connector": (connector, None),
                "--sensor-price": (sensor_price, SENSOR_PRICE),
                "--wire-price": (wire_price, WIRE_PRICE),
            },
        )
        if constraints is None:
            limits = from_values({"margin_mm": margin_mm}, "--margin-mm")
        else:
            limits = read_constraints(constraints, margin_mm)
        settings = Settings(
            max_sensors=max_sensors,
            objectives=names(objectives),
            assumptions=assumed(shift_mm, gain_drift, connector, sensor_price, wire_price),
            calibration_steps=calibration_steps,
            seed=seed,
            confirm=confirm.value,
            holdout=holdout,
            folds=folds,
            fidelity=fidelity.value,
            descend=descend,
            constraints=limits,
            sensor_mm=sensor_mm,
            size=size.value,
            device=device.value,
            steps=steps,
            retrain_steps=retrain_steps,
            jobs=jobs,
            scheduler=scheduler,
        )
        _check_idle(settings)
        folder = out or Path("runs") / datetime.now().strftime("%Y-%m-%d-%H%M%S")
        run_folder.check(folder, overwrite=overwrite)
        check_apart(folder, cohort=cohort, reuse=reuse, constraints=constraints)
        people = load_cohort(cohort)
        source = run_folder.source(people, cohort)
        with (
            _stoppable(folder),
            run_folder.started(folder, settings, source, overwrite=overwrite) as journal,
        ):
            if reuse is not None:
                _reuse(journal, reuse, settings, source)
            _run(folder, people, settings, journal)


_SERVES = {
    "descend": ("fidelity", ("kernel", "ensemble", "network")),
    "steps": ("fidelity", ("network",)),
    "retrain_steps": ("fidelity", ("network",)),
    "size": ("fidelity", ("network",)),
    "holdout": ("confirm", ("holdout",)),
}
"""Settings that only some values of another one look at."""


def _check_idle(settings: Settings) -> None:
    """Raise ValueError where an option was changed that nothing looks at."""
    usual = type(settings)()
    for name, (by, values) in _SERVES.items():
        if getattr(settings, name) != getattr(usual, name) and getattr(settings, by) not in values:
            raise ValueError(
                f"{name} is for --{by} {' or '.join(values)}, not {getattr(settings, by)}"
            )


def resume(
    run: RunArgument,
    cohort: Annotated[
        Path | None, typer.Option(help="Where the cohort is now, if it was moved.")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option(min=1, help="Processes. Default: as it was started.")
    ] = None,
    backend: Annotated[
        BackendName | None, typer.Option(help="Who fits. Default: as it was started.")
    ] = None,
    scheduler: SchedulerOption = None,
) -> None:
    """Go on with a search that was interrupted or killed; the front is as if it never was.

    Of one that is finished nothing is left to do.
    """
    with one_line_errors():
        from placement import run_folder
        from placement.settings import Settings

        elsewhere = backend is not None or scheduler is not None
        if elsewhere:
            check_backend(backend or BackendName.joblib, scheduler)
        if run_folder.state(run) == "finished":
            console.print(f"{run}: this search is finished; its front is in front.csv")
            return
        with run_folder.reopened(run) as journal:
            facts = journal.facts()
            settings = Settings.from_json(facts["settings"])
            settings = replace(settings, jobs=jobs or settings.jobs)
            if elsewhere:
                settings = replace(settings, scheduler=scheduler)
            for warning in run_folder.changed_versions(facts["versions"]):
                complaints.print(f"warning: {warning}", soft_wrap=True)
            with _stoppable(run):
                folder = cohort or run_folder.place(facts["cohort"])
                people = load_cohort(folder)
                run_folder.check_same(people, folder, facts["cohort"])
                if cohort is not None:
                    journal.note(cohort=run_folder.source(people, cohort))
                _run(run, people, settings, journal)


def plot(run: RunArgument) -> None:
    """Draw a finished run's figures again."""
    with one_line_errors():
        from placement.draw import draw
        from placement.front import Front

        drawn = draw(Front.load(run), run)
        console.print(f"Written: {', '.join(str(run / name) for name in drawn)}")


@contextmanager
def _stoppable(folder: Path) -> Iterator[None]:
    """Say how to go on, should the search be interrupted or fail after it scored something."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends as Ctrl-C does
    try:
        yield
    except BaseException:
        from placement.run_folder import goes_on

        if goes_on(folder):
            complaints.print(
                f"Not finished, but nothing is lost: `placement resume {folder}` goes on.",
                soft_wrap=True,
            )
        raise


def _reuse(journal: Journal, run: Path, settings: Settings, source: dict[str, Any]) -> None:
    from placement import run_folder
    from placement.reuse import reuse

    with run_folder.opened(run) as other:
        count = reuse(journal, other, settings, source)
        for warning in run_folder.changed_versions(other.facts()["versions"]):
            complaints.print(f"warning: {warning}", soft_wrap=True)
    console.print(f"Of {run} {count:,} results hold for this search")


def _run(folder: Path, cohort: Cohort, settings: Settings, journal: Journal) -> None:
    from placement.draw import draw
    from placement.objectives import DEFAULT
    from placement.run_folder import finish
    from placement.search import search

    console.print(f"Cohort: {describe(cohort)}")
    with progress_bars(lines=True) as progress:
        front = search(cohort, settings, progress=progress, journal=journal)
    try:
        finish(folder, journal, front, draw)
    finally:  # also should the disk be full
        print_front(front, settings.max_sensors)
    first = "pareto.png" if front.objectives == DEFAULT else "objectives.png"
    console.print(f"Written to {folder}: front.csv, front.json, {first}, layouts.png, ...")
