"""`placement evaluate`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from placement.cli.objective_options import CalibrationOption
from placement.cli.options import (
    CohortOption,
    DeviceName,
    DeviceOption,
    FoldsOption,
    JobsOption,
    SeedOption,
    SizeName,
    SizeOption,
    StepsOption,
    check_device,
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


class ReconstructorName(StrEnum):
    mean = "mean"
    linear = "linear"
    kernel = "kernel"
    ensemble = "ensemble"
    network = "network"


def evaluate(
    layout: Annotated[
        list[str],
        typer.Option(
            help="CSV with columns u and v, or x_mm and y_mm, such as front.csv; or published-2 "
            "or -16. Given again: compared with the first."
        ),
    ],
    cohort: CohortOption = None,
    out: Annotated[
        Path | None,
        typer.Option(help="A new CSV file for the scores, person by person."),
    ] = None,
    id: Annotated[
        list[str] | None,
        typer.Option(help="Which layout of files that hold several, such as 4a; or more of them."),
    ] = None,
    reconstructor: Annotated[
        ReconstructorName,
        typer.Option(
            "--fidelity",
            "--reconstructor",
            help="What turns readings into maps, as in a search (but network is trained for this "
            "layout from the start); mean is no sensor at all.",
        ),
    ] = ReconstructorName.ensemble,
    folds: FoldsOption = 5,
    calibration_steps: CalibrationOption = 0,
    seed: SeedOption = 0,
    sensor_mm: Annotated[
        float | None,
        typer.Option(help="Diameter of a sensor. Default: as in the file's sensor_mm, or 10."),
    ] = None,
    steps: StepsOption = 700,
    size: SizeOption = SizeName.light,
    device: DeviceOption = DeviceName.auto,
    jobs: JobsOption = 2,
) -> None:
    """Score given layouts by cross-validation over all people of a cohort, and compare them."""
    with one_line_errors():
        from placement.evaluate import evaluate as score_layouts
        from placement.gains import difference
        from placement.given import PUBLISHED_NAMES, read_layouts, searched_on
        from placement.layout_file import doubts
        from placement.report import score_table
        from placement.report_gains import difference_table
        from placement.scores_file import check_new, write_scores
        from placement.settings import Settings
        from recon.footprint import insole_pixels

        check_device(device, reconstructor)
        settings = Settings(
            seed=seed,
            folds=folds,
            calibration_steps=calibration_steps,
            steps=steps,
            size=size.value,
            device=device.value,
            jobs=jobs,
        )
        if out is not None:
            check_new(out)
        people = load_cohort(cohort)
        layouts = read_layouts(layout, id or [], sensor_mm, people.grid)
        outline = insole_pixels(people)
        for name, wanted in layouts.items():
            if name in PUBLISHED_NAMES:
                continue
            for doubt in doubts(wanted, outline, people.grid):
                complaints.print(f"warning: {name}: {doubt}", soft_wrap=True)
        console.print(f"Evaluating on {describe(people)}")
        with progress_bars(lines=True) as tick:
            scores, mean_map = score_layouts(
                people, list(layouts.values()), reconstructor.value, settings, tick
            )
        if out is not None:
            write_scores(out, layouts, dict(zip(layouts, scores, strict=True)), mean_map)
        title = f"Cross-validated, {reconstructor.value} reconstructor, 95 % intervals over people"
        if calibration_steps:
            title += f", calibrated with {calibration_steps} of each one's steps"
        told = {
            name: (len(wanted), score)
            for (name, wanted), score in zip(layouts.items(), scores, strict=True)
        }
        console.print(score_table(told, mean_map, title, console.width))
        if len(told) > 1:
            (first, (_, base)), *others = told.items()
            rows = [(name, difference(base, score, mean_map)) for name, (_, score) in others]
            title = f"Compared with {first}, on the same people"
            what = f"The layout of the row less {first}"
            console.print(difference_table(title, what, rows, console.width))
        if any(searched_on(source, people) for source in layout):
            console.print("Searched on these very people, a layout looks a little too good.")
        if people.simulated:
            console.print(SIMULATED)
        if out is not None:
            console.print(f"Written: {out}", markup=False, highlight=False)
