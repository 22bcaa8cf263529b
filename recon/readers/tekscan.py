"""Tekscan ASF movies: in-shoe (F-Scan) or plate recordings as text, one file per foot.

A header of `KEY value` lines (ROWS, COLS, ROW_SPACING, COL_SPACING, SECONDS_PER_FRAME, UNITS, ...)
ends with `ASCII_DATA @@`; then every frame is a line `Frame n` and one comma-separated line per
row. `B` stands where the sensor has no cell, which is how an insole gets its outline.

Rows run from the toes to the heel and the foot is seen from above, as in the F-Scan walk of
GallVp/footPress. The format does not say which foot it is.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from recon.readers.text import check_cells, opening, whole
from recon.readers.track import Problem, Track
from recon.recording import Recording

NAME = "tekscan"
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
MM = {"mm": 1.0, "cm": 10.0, "in": 25.4, "inch": 25.4, "inches": 25.4}

_BODY = re.compile(r"^ASCII_DATA.*$", re.MULTILINE)
_FRAME = re.compile(r"^\s*Frame\s+\d+.*$", re.MULTILINE | re.IGNORECASE)
_NUMBER = re.compile(r"\s*([-+]?[\d.,]+(?:[eE][-+]?\d+)?)\s*(\S*)")


def recognises(path: Path) -> bool:
    """Whether the file opens like an ASF movie."""
    start = opening(path, 4096)
    return start.startswith("DATA_TYPE") and "Tekscan" in start


def read(path: Path) -> Iterator[Track | Problem]:
    """The one recording of the file."""
    try:
        yield Track(_recording(path))
    except (ValueError, OverflowError) as error:
        yield Problem(path.name, str(error).removeprefix(f"{path.name}: "))


def _recording(path: Path) -> Recording:
    text = whole(path)
    start = _BODY.search(text)
    if start is None:
        raise ValueError("no line ASCII_DATA: is the file cut off?")
    header = dict(
        [*line.split(None, 1), ""][:2] for line in text[: start.start()].splitlines() if line
    )
    rows, columns = (int(_quantity(header, key, {"": 1.0})) for key in ("ROWS", "COLS"))
    pitch = tuple(_quantity(header, key, MM) for key in ("ROW_SPACING", "COL_SPACING"))
    unit = header.get("UNITS", "").strip().lower()
    if unit not in KPA and unit != "raw":
        raise ValueError(f"UNITS must be one of {', '.join(KPA)} or raw, found {unit!r}")
    body = text[start.end() :]
    frames = len(_FRAME.findall(body))
    check_cells(frames, rows, columns)
    values = _table(_FRAME.sub("", body), columns)
    if len(values) != frames * rows:
        raise ValueError(
            f"{frames} frames of {rows} rows were announced, {len(values)} rows found: "
            "is the file cut off?"
        )
    cube = values.reshape(frames, rows, columns)
    missing = np.isnan(cube)
    cells = ~missing.all(axis=0)
    if missing[:, cells].any():
        frame = int(np.argwhere(missing & cells)[0, 0]) + 1
        raise ValueError(f"frame {frame} lacks a cell that other frames have")
    return Recording(
        frames=np.where(missing, 0, cube * KPA.get(unit, 1.0)).astype(np.float32),
        pitch_mm=(pitch[0], pitch[1]),
        rate_hz=1 / _quantity(header, "SECONDS_PER_FRAME", {"": 1.0}),
        units="kPa" if unit in KPA else "arbitrary",
        source=path.name,
        cells=cells,
    )


def _table(text: str, columns: int) -> np.ndarray:
    """(lines, columns) float64 of the comma-separated lines, NaN for `B`; blank lines skipped."""
    try:
        table = pd.read_csv(
            io.StringIO(text),
            header=None,
            na_values=["B"],
            keep_default_na=False,
            skipinitialspace=True,
            low_memory=False,
            comment="@",
        )
        values = table.to_numpy(np.float64)
    except (ValueError, TypeError) as error:  # pandas' parser errors are ValueErrors
        raise ValueError(f"the frames are no table of numbers and B ({error})") from error
    if values.shape[1] != columns:
        raise ValueError(f"rows of {columns} cells were announced, found {values.shape[1]}")
    if np.isinf(values).any():
        raise ValueError("pressures contain infinity")
    return values


def _quantity(header: dict[str, str], key: str, units: dict[str, float]) -> float:
    found = _NUMBER.fullmatch(header.get(key, "").strip())
    if found is None or found[2].lower() not in units:
        raise ValueError(
            f"the header must hold {key} with a number"
            + (f" in {', '.join(units)}" if units != {"": 1.0} else "")
            + f", found {header.get(key, '')[:40]!r}"
        )
    value = float(found[1].replace(",", ".")) * units[found[2].lower()]
    if not 0 < value < 1e6:
        raise ValueError(f"{key} must be positive, found {value:g}")
    return value
