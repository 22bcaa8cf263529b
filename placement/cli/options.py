"""Options that several commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class SizeName(StrEnum):
    light = "light"
    full = "full"


class DeviceName(StrEnum):
    auto = "auto"
    cpu = "cpu"
    cuda = "cuda"


class BackendName(StrEnum):
    joblib = "joblib"
    dask = "dask"


CohortOption = Annotated[
    Path | None,
    typer.Option("--cohort", help="Cohort folder. Without it: the simulated demo cohort."),
]
SeedOption = Annotated[
    int, typer.Option(min=0, help="Of random choices; the same one gives the same result.")
]
OverwriteOption = Annotated[bool, typer.Option("--overwrite", help="Replace what OUT holds.")]
FoldsOption = Annotated[int, typer.Option(min=2, help="Folds of the cross-validation.")]
StepsOption = Annotated[int, typer.Option(min=1, help="Optimiser steps of the CBAM U-Net.")]
SizeOption = Annotated[
    SizeName, typer.Option(help="Network: light for CPUs, or full as published.")
]
DeviceOption = Annotated[
    DeviceName, typer.Option(help="Where the CBAM U-Net trains; auto: on a GPU if there is one.")
]
JobsOption = Annotated[int, typer.Option(min=1, help="Processes that fit, threads that explore.")]
BackendOption = Annotated[
    BackendName, typer.Option(help="Who fits: JOBS processes here, or a Dask cluster.")
]
SchedulerOption = Annotated[
    str | None, typer.Option(help="Of the Dask cluster, such as tcp://10.0.0.1:8786.")
]
RunArgument = Annotated[Path, typer.Argument(help="The folder of a search.")]


def check_backend(backend: BackendName, scheduler: str | None) -> None:
    """Raise ValueError where backend and scheduler do not go together."""
    if (backend is BackendName.dask) != (scheduler is not None):
        raise ValueError("a Dask cluster takes both: --backend dask --scheduler tcp://HOST:8786")


def check_device(device: DeviceName, fidelity: str, scheduler: str | None = None) -> None:
    """Raise ValueError, before any work, where the U-Net is to train on a GPU that is not here."""
    if fidelity == "network" and device is DeviceName.cuda and scheduler is None:
        from recon.descent import torch_device  # torch takes seconds to import

        torch_device(device.value)
