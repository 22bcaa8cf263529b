"""Plate recordings as CSV in the style of medilogic and GeBioM: one line per frame.

Fields are separated by `;`, numbers have a decimal comma. Line 1 (`Sensor-Nummer`) numbers the
cells, row by row, 64 numbers a row of which a plate may use fewer; lines 2 to 4 hold each cell's
minimum, maximum and 20 % mean; then come time in s and one value per cell.

Not documented in the file, and set here: the plate measures about 380 x 200 mm with 64 x 32 cells
(GeBioM's MultiSens 2048, which makes the foot of our one file 273 mm long), rows run from the toes
to the heel, the foot is seen from above, and the unit is arbitrary. (In N/cm2 that step would
carry 600 N, which is plausible but no proof.) The side is not in the file.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from recon.readers.text import check_cells, opening, whole
from recon.readers.track import Problem, Track
from recon.recording import Recording

NAME = "medilogic"
PITCH_MM = (380 / 64, 200 / 32)
NUMBERS_A_ROW = 64

_SUMMARIES = 3  # lines between the cell numbers and the first frame


def recognises(path: Path) -> bool:
    """Whether the first line numbers the sensors."""
    return opening(path, 64).startswith("Sensor-Nummer;")


def read(path: Path) -> Iterator[Track | Problem]:
    """The one recording of the file."""
    try:
        yield Track(_recording(path))
    except (ValueError, OverflowError) as error:
        yield Problem(path.name, str(error).removeprefix(f"{path.name}: "))


def _recording(path: Path) -> Recording:
    head, _, body = whole(path).partition("\n")
    numbers = pd.to_numeric(pd.Series(head.rstrip(";\r").split(";")[1:]), errors="coerce")
    if numbers.isna().any() or not (numbers == numbers.round()).all() or numbers.duplicated().any():
        raise ValueError("line 1 must number every sensor once")
    row, column = np.divmod(numbers.to_numpy(np.int64) - 1, NUMBERS_A_ROW)
    row, column = row - row.min(), column - column.min()
    shape = int(row.max()) + 1, int(column.max()) + 1
    times, values = _table(body, len(numbers))
    check_cells(len(values), *shape)
    step = np.diff(times)
    if len(step) == 0 or not (step > 0).all() or step.max() > 1.5 * np.median(step):
        raise ValueError("the times must rise by even steps: is a frame missing?")
    frames = np.zeros((len(values), *shape), np.float32)
    frames[:, row, column] = values
    cells = np.zeros(shape, bool)
    cells[row, column] = True
    rate = len(step) / float(times[-1] - times[0])
    return Recording(frames, PITCH_MM, rate, "arbitrary", path.name, cells)


def _table(body: str, cells: int) -> tuple[np.ndarray, np.ndarray]:
    """Times (T,) and values (T, cells)."""
    try:
        table = pd.read_csv(
            io.StringIO(body), sep=";", decimal=",", header=None, skiprows=_SUMMARIES
        )
        values = table.dropna(axis=1, how="all").to_numpy(np.float64)
    except (ValueError, TypeError) as error:
        raise ValueError(f"the frames are no table of numbers ({error})") from error
    if values.shape[1] != cells + 1:
        raise ValueError(
            f"line 1 numbers {cells} sensors, a frame has {values.shape[1] - 1} values: "
            "is the file cut off?"
        )
    if not np.isfinite(values).all():
        frame = int(np.argwhere(~np.isfinite(values))[0, 0]) + 1
        raise ValueError(f"frame {frame} lacks values: is the file cut off?")
    if np.abs(values).max() > np.finfo(np.float32).max:
        raise ValueError("pressures too large for a pressure plate")
    return values[:, 0], values[:, 1:]
