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
from itertools import islice
from pathlib import Path

import numpy as np

from recon.readers.text import check_cells, opening, whole
from recon.readers.track import Problem, Track
from recon.recording import Recording

NAME = "study-plate"
PITCH_MM = (5.0, 5.0)
RATE_HZ = 100.0
HEADER, FRAME_HEADER, ROWS, COLUMNS = 23, 2, 96, 64
PARTS = ("first", "second")

_RATE = re.compile(r"(?:frequency|rate)[^\d\n]{0,20}(\d+(?:\.\d+)?)\s*Hz", re.IGNORECASE)


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
    except (ValueError, OverflowError) as error:
        yield Problem(path.name, str(error))
        return
    for part, recording in zip(PARTS, feet, strict=True):
        yield Track(recording, part)


def _feet(path: Path) -> list[Recording]:
    lines = whole(path).rstrip().split("\n")
    length = FRAME_HEADER + ROWS
    frames, rest = divmod(len(lines) - HEADER, length)
    if rest or frames < 1:
        raise ValueError(
            f"{HEADER} header lines and {length} lines a frame are expected, found {len(lines)} "
            "lines: is the file cut off?"
        )
    check_cells(frames, ROWS, COLUMNS)
    body = lines[HEADER:]
    rows = [line for start in range(0, len(body), length) for line in body[start + 2 :][:ROWS]]
    cells = [line.split() for line in rows]
    wrong = next((i for i, row in enumerate(cells) if len(row) != COLUMNS + 1), None)
    if wrong is not None:
        raise ValueError(
            f"frame {wrong // ROWS + 1}, row {wrong % ROWS + 1}: a number and {COLUMNS} cells are "
            f"expected, found {len(cells[wrong])} fields"
        )
    try:
        values = np.array(cells, dtype=np.float64).reshape(frames, ROWS, -1)
    except ValueError as error:
        raise ValueError(f"a row holds something other than numbers ({error})") from error
    if not (values[:, :, 0] == np.arange(1, ROWS + 1)).all():
        raise ValueError(f"the rows of a frame must be numbered from 1 to {ROWS}")
    if not (np.abs(values) < 1e9).all():
        raise ValueError("pressures must be finite numbers")
    found = next(filter(None, map(_RATE.search, islice(lines, HEADER))), None)
    rate = float(found[1]) if found else RATE_HZ
    # The foot points along the columns: turned so that the toes are at the top.
    upright = np.flip(values[:, :, 1:].transpose(0, 2, 1), axis=1).astype(np.float32)
    halves = np.split(upright, 2, axis=2)
    return [
        Recording(np.ascontiguousarray(half), PITCH_MM, rate, "arbitrary", f"{path.name}:{part}")
        for half, part in zip(halves, PARTS, strict=True)
    ]
