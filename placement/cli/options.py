"""Options that several commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class SizeName(StrEnum):
    light = "light"
    full = "full"


CohortOption = Annotated[
    Path | None,
    typer.Option("--cohort", help="Cohort folder. Without it: the simulated demo cohort."),
]
SeedOption = Annotated[int, typer.Option(min=0, help="Of every random choice.")]
OverwriteOption = Annotated[bool, typer.Option("--overwrite", help="Replace what OUT holds.")]
FoldsOption = Annotated[int, typer.Option(min=2, help="Folds of the cross-validation.")]
StepsOption = Annotated[int, typer.Option(min=1, help="Optimiser steps of the CBAM U-Net.")]
SizeOption = Annotated[
    SizeName, typer.Option(help="Network: light for CPUs, or full as published.")
]
JobsOption = Annotated[int, typer.Option(min=1, help="Processes that train networks.")]
SchedulerOption = Annotated[
    str | None,
    typer.Option(
        help="A Dask scheduler, such as tcp://10.0.0.1:8786, whose workers fit in place of JOBS."
    ),
]
RunArgument = Annotated[Path, typer.Argument(help="The folder of a search.")]
