"""Tekscan ASF movies: in-shoe (F-Scan) or plate recordings as text, one file per foot.

A header of `KEY value` lines (ROWS, COLS, ROW_SPACING, COL_SPACING, SECONDS_PER_FRAME, UNITS, ...)
ends with `ASCII_DATA @@`; then every frame is a line `Frame n` and one comma-separated line per
row (or, where the comma is the decimal sign, separated by semicolons). `B` stands where the sensor
has no cell, which is how an insole gets its outline.

Rows run from the toes to the heel and the foot is seen from above: in the F-Scan walk of
GallVp/footPress the load moves from row 50 to row 18 of 60 during a step, and the narrow waist of
left and right insole lies on the right and on the left. MIRROR_ROW and MIRROR_COL are 0 there;
what 1 does to the rows is not documented, so such a file is refused. The format does not say which
foot it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from recon.readers.text import check_cells, opening, table, whole
from recon.readers.track import UNREADABLE, Problem, Track, problem
from recon.recording import Recording

NAME = "tekscan"
ASSUMED = "toes in the first row, seen from above"
KPA = {
    "kpa": 1.0,
    "psi": 6.894757,
    "mmhg": 0.1333224,
    "n/cm2": 10.0,
    "kg/cm2": 98.0665,
    "g/cm2": 0.0980665,
    "bar": 100.0,
    "mpa": 1000.0,
}
"""Pressure units, in kPa; "raw" stays arbitrary."""
MM = {
    "mm": 1.0,
    "millimeters": 1.0,
    "cm": 10.0,
    "centimeters": 10.0,
    "in": 25.4,
    "inch": 25.4,
    "inches": 25.4,
}

_BODY = re.compile(r"^ASCII_DATA.*$", re.MULTILINE)
_FRAME = re.compile(r"^[ \t]*Frame[ \t]+\d+.*$", re.MULTILINE | re.IGNORECASE)
_NUMBER = re.compile(r"([-+]?[\d.,]+(?:[eE][-+]?\d+)?)\s*(\S*)")
_LONGEST_HEADER = 100_000  # characters


def recognises(path: Path) -> bool:
    """Whether the file opens like an ASF movie."""
    start = opening(path, 4096)
    return start.startswith("DATA_TYPE") and "Tekscan" in start


def read(path: Path) -> Iterator[Track | Problem]:
    """The one recording of the file."""
    try:
        yield Track(_recording(path))
    except UNREADABLE as error:
        yield problem(path, error)


def _recording(path: Path) -> Recording:
    text = whole(path)
    start = _BODY.search(text, 0, _LONGEST_HEADER)
    if start is None:
        raise ValueError("no line ASCII_DATA after the header: is the file cut off?")
    header = dict(
        [*line.split(None, 1), ""][:2]
        for line in text[: start.start()].splitlines()
        if line.strip()
    )
    rows, columns = (int(_quantity(header, key, {"": 1.0})) for key in ("ROWS", "COLS"))
    pitch = tuple(_quantity(header, key, MM) for key in ("ROW_SPACING", "COL_SPACING"))
    unit = header.get("UNITS", "").strip().lower()
    if unit not in KPA and unit != "raw":
        raise ValueError(f"UNITS must be one of {', '.join(KPA)} or raw, found {unit[:40]!r}")
    for key in ("MIRROR_ROW", "MIRROR_COL"):
        if header.get(key, "0").strip() != "0":
            raise ValueError(f"{key} is not 0: export the movie without mirroring")
    frames = sum(1 for _ in _FRAME.finditer(text, start.end()))
    check_cells(frames, rows, columns)
    values = _table(text[start.end() :], columns)
    if len(values) != frames * rows:
        raise ValueError(
            f"{frames} frames of {rows} rows were announced, {len(values)} rows found: "
            "is the file cut off?"
        )
    cube = values.reshape(frames, rows, columns)
    missing = np.isnan(cube)
    cells = ~missing.all(axis=0)
    if missing[:, cells].any():
        frame = int((missing & cells).any(axis=(1, 2)).argmax()) + 1
        raise ValueError(f"frame {frame} lacks a cell that other frames have")
    cube[missing] = 0
    with np.errstate(over="ignore"):  # becomes infinite, which Recording refuses
        cube *= np.float32(KPA.get(unit, 1.0))
    return Recording(
        frames=cube,
        pitch_mm=(pitch[0], pitch[1]),
        rate_hz=1 / _quantity(header, "SECONDS_PER_FRAME", {"": 1.0}),
        units="kPa" if unit in KPA else "arbitrary",
        source=path.name,
        cells=cells,
    )


def _table(body: str, columns: int) -> np.ndarray:
    """(lines, columns) of the rows of all frames, NaN for `B`."""
    rows = _FRAME.sub("", body).rstrip().removesuffix("@@").strip("\n")
    semicolons = ";" in rows[:10_000]
    return table(
        rows,
        columns,
        separator=";" if semicolons else ",",
        decimal="," if semicolons else ".",
        missing=["B"],
    )


def _quantity(header: dict[str, str], key: str, units: dict[str, float]) -> float:
    found = _NUMBER.fullmatch(header.get(key, "").strip()[:80])
    if found is None or found[2].lower() not in units:
        raise ValueError(
            f"the header must hold {key} with a number"
            + (f" in {', '.join(units)}" if units != {"": 1.0} else "")
            + f", found {header.get(key, '')[:40]!r}"
        )
    value = float(found[1].replace(",", ".")) * units[found[2].lower()]
    if not 1e-6 < value < 1e6:
        raise ValueError(f"{key} must be positive, found {value:g}")
    return value
