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

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from recon.readers.text import check_cells, opening, table, whole
from recon.readers.track import UNREADABLE, Problem, Track, problem
from recon.recording import Recording

NAME = "medilogic"
ASSUMED = "380 x 200 mm for 64 x 32 cells, toes in the first row, seen from above; unit unknown"
PITCH_MM = (380 / 64, 200 / 32)
NUMBERS_A_ROW = 64

_SUMMARIES = 3  # lines between the cell numbers and the first frame
_LONGEST_LINE = 1_000_000  # characters, of the cell numbers


def recognises(path: Path) -> bool:
    """Whether the first line numbers the sensors."""
    return opening(path, 64).startswith("Sensor-Nummer;")


def read(path: Path) -> Iterator[Track | Problem]:
    """The one recording of the file."""
    try:
        yield Track(_recording(path))
    except UNREADABLE as error:
        yield problem(path, error)


def _recording(path: Path) -> Recording:
    text = whole(path)
    head, _, body = text.partition("\n")
    if len(head) > _LONGEST_LINE:
        raise ValueError("line 1 is longer than 1 MB: is it a list of sensor numbers?")
    if head.endswith(";"):  # then so do all lines
        head, body = head.rstrip(";"), body.replace(";\n", "\n").removesuffix(";")
    numbers = pd.to_numeric(pd.Series(head.split(";")[1:]), errors="coerce")
    whole_numbers = numbers.between(1, 1e6) & (numbers == numbers.round())
    if numbers.empty or not whole_numbers.all() or numbers.duplicated().any():
        raise ValueError("line 1 must number every sensor once")
    row, column = np.divmod(numbers.to_numpy(np.int64) - 1, NUMBERS_A_ROW)
    row, column = row - row.min(), column - column.min()
    shape = int(row.max()) + 1, int(column.max()) + 1
    *_, frames_only = body.split("\n", _SUMMARIES)
    check_cells(frames_only.rstrip().count("\n") + 1, *shape)
    values = table(frames_only, len(numbers) + 1, separator=";", decimal=",")
    times = values[:, 0].astype(np.float64)
    step = np.diff(times)
    if len(step) == 0 or not (step > 0).all() or step.max() > 1.5 * np.median(step):
        raise ValueError("the times must rise by even steps: is a frame missing?")
    frames = np.zeros((len(values), *shape), np.float32)
    frames[:, row, column] = values[:, 1:]
    cells = np.zeros(shape, bool)
    cells[row, column] = True
    rate = len(step) / float(times[-1] - times[0])
    return Recording(frames, PITCH_MM, rate, "arbitrary", path.name, cells)
