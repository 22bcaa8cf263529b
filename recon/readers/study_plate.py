"""The plate export of the 2026 studies (Wang et al.): two feet in one text file.

23 header lines, then 98 lines a frame: 2 header lines and 96 rows, each a row number and 64 blank-
separated integers. Rows 1 to 48 hold one foot and rows 49 to 96 the other, cells are 5 x 5 mm.

Not documented, and set here: a foot lies along the 64 columns with its heel at column 1, and is
seen from above with row 1 to the left of a walker; the rate is 100 Hz unless the header names one;
the unit is arbitrary. Which half is which foot is not in the file: the parts are called "first"
and "second", and a manifest (or the footprints) tell the side.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from recon.readers.text import check_cells, opening, table, whole
from recon.readers.track import UNREADABLE, Problem, Track, problem
from recon.recording import Recording

NAME = "study-plate"
ASSUMED = (
    "feet along the 64 columns, heel at column 1, row 1 on the walker's left; "
    "100 Hz where no header line names a rate; unit unknown"
)
PITCH_MM = (5.0, 5.0)
RATE_HZ = 100.0
HEADER, FRAME_HEADER, ROWS, COLUMNS = 23, 2, 96, 64
PARTS = ("first", "second")

_RATE = re.compile(r"(?:frequency|rate)[^\d\n]{0,20}(\d{1,6}(?:\.\d{1,6})?)\s*Hz", re.IGNORECASE)


def recognises(path: Path) -> bool:
    """Whether row 1 of the first frame stands where it should, with 64 integers."""
    lines = opening(path).splitlines()
    first = HEADER + FRAME_HEADER
    for number, line in enumerate(lines[first : first + 2], 1):
        cells = line.split()
        if len(cells) != COLUMNS + 1 or not all(c.isdecimal() for c in cells):
            return False
        if int(cells[0][:6]) != number:
            return False
    return len(lines) > first + 1


def read(path: Path) -> Iterator[Track | Problem]:
    """The two feet of the file."""
    try:
        feet = _feet(path)
    except UNREADABLE as error:
        yield problem(path, error)
        return
    for part, recording in zip(PARTS, feet, strict=True):
        yield Track(recording, part)


def _feet(path: Path) -> list[Recording]:
    text = whole(path).rstrip()
    count = text.count("\n") + 1
    length = FRAME_HEADER + ROWS
    frames, rest = divmod(count - HEADER, length)
    # A row is at least a digit and a blank for each of its numbers: this bounds the lines, too.
    if rest or frames < 1 or len(text) < frames * ROWS * 2 * COLUMNS:
        raise ValueError(
            f"{HEADER} header lines and {length} lines a frame are expected, found {count} "
            "lines: is the file cut off?"
        )
    check_cells(frames, ROWS, COLUMNS)
    lines = text.split("\n")
    starts = range(HEADER + FRAME_HEADER, count, length)
    rows = "\n".join(line for start in starts for line in lines[start : start + ROWS])
    values = table(rows, COLUMNS + 1, separator=" ")
    if len(values) != frames * ROWS:
        raise ValueError(f"{frames * ROWS} rows are expected, found {len(values)}")
    values = values.reshape(frames, ROWS, -1)
    if not (values[:, :, 0] == np.arange(1, ROWS + 1)).all():
        raise ValueError(f"the rows of a frame must be numbered from 1 to {ROWS}")
    found = next(filter(None, map(_RATE.search, lines[:HEADER])), None)
    rate = float(found[1]) if found else RATE_HZ
    # The foot points along the columns: turned so that the toes are at the top.
    upright = np.flip(values[:, :, 1:].transpose(0, 2, 1), axis=1)
    halves = np.split(upright, 2, axis=2)
    return [
        Recording(np.ascontiguousarray(half), PITCH_MM, rate, "arbitrary", f"{path.name}:{part}")
        for half, part in zip(halves, PARTS, strict=True)
    ]
