"""novel emed ASCII lists (`.lst`): one step on a plate, one page of text or more per frame.

A page begins with its header (sensor size or sensors per cm2, time per picture or frequency) and a
line `Pict-No.: n ...`. A line of column numbers follows, then rows of a row number, pressures in
kPa and the row's force in N, and a last row `Force` with the columns' forces. Fields are separated
by tabs or are 8 characters wide, and blank where nothing is loaded. Only the loaded part of the
plate is printed, so the numbers of rows and columns place it; a picture that is too wide for one
page goes on on the next under the same number. Pages of maxima and means (MPP, MVP) are passed
over, and where a picture's force is printed it is checked against pressure x area.

Written without a file of novel's own, after two open-source readers that agree on the above
(Telfer's pressuRe, `load_emed`; a MATLAB reader of tab-separated lists). Assumed: rows run from
the toes to the heel, and the foot is seen from above. The side is read from a header line
`Side: left`, where there is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recon.readers.text import check_cells, opening, whole
from recon.readers.track import UNREADABLE, Problem, Track, problem
from recon.recording import Recording, Side

NAME = "emed"
ASSUMED = "toes in the first row, seen from above"
FORCE_TOLERANCE = 0.05
"""A picture's printed force may differ from pressure x area by this share of the highest."""

MOST_BYTES = 16_000_000
"""The largest list that is read: some 600 pictures of a whole plate."""

_PAGE = re.compile(r"^[ \t]*Pict-?No\.?:?[ \t]*(\w+)[^\n]*", re.MULTILINE | re.IGNORECASE)
_DECIMAL = r"(\d{1,6}(?:[.,]\d{1,6})?)"
_SIZE = re.compile(
    rf"Sensor size[^\d\n]{{0,20}}{_DECIMAL}\s*(cm|mm)?\s*[x*,]\s*{_DECIMAL}\s*(cm|mm)",
    re.IGNORECASE,
)
_DENSITY = re.compile(
    rf"{_DECIMAL}\s*sens\w{{0,10}}\s*(?:/|per)\s*(?:sq\.?\s*cm|cm)", re.IGNORECASE
)
_RATE = re.compile(rf"(?:frequency|rate)[^\d\n]{{0,40}}{_DECIMAL}\s*Hz", re.IGNORECASE)
_INTERVAL = re.compile(rf"Time[^\d\n]{{0,20}}picture\s*:?\s*{_DECIMAL}\s*(ms|s)", re.IGNORECASE)
_TIME = re.compile(rf"Time:?\s*{_DECIMAL}\s*ms", re.IGNORECASE)
_SIDE = re.compile(r"(?:side|foot)\s*:\s*(left|right)", re.IGNORECASE)

_FIELD = 8  # characters, where there are no tabs
_MOST_NUMBER = 1000  # of a row or column of a plate
_LONGEST_PAGE = 1_000_000  # characters


@dataclass(frozen=True)
class _Page:
    """Pressures (rows, columns) under their numbers on the plate, and the force in N if printed."""

    rows: list[int]
    columns: list[int]
    pressure: NDArray[np.float32]
    force: float | None


def recognises(path: Path) -> bool:
    """Whether the file opens with a header that speaks of sensors and a numbered picture."""
    start = opening(path)
    page = _PAGE.search(start)
    return page is not None and re.search("emed|sens", start[: page.start()], re.I) is not None


def read(path: Path) -> Iterator[Track | Problem]:
    """The one recording of the file."""
    try:
        yield _track(path)
    except UNREADABLE as error:
        yield problem(path, error)


def _track(path: Path) -> Track:
    if (size := path.stat().st_size) > MOST_BYTES:
        raise ValueError(
            f"{size / 1e6:.0f} MB, at most {MOST_BYTES / 1e6:.0f} MB are read: one step per file"
        )
    text = whole(path)
    found = list(_PAGE.finditer(text))
    if not found:
        raise ValueError("no page with Pict-No.: is the file cut off?")
    header = text[: min(found[0].start(), _LONGEST_PAGE)]
    pitch = _pitch(header)
    pictures: dict[int, list[_Page]] = {}
    times: dict[int, float] = {}
    ends = [page.start() for page in found[1:]] + [len(text)]
    for page, end in zip(found, ends, strict=True):
        if not page[1].isdecimal():  # MPP, MVP
            continue
        name = f"picture {page[1][:9]}"
        if end - page.end() > _LONGEST_PAGE:
            raise ValueError(f"{name}: a page of more than {_LONGEST_PAGE / 1e6:.0f} MB")
        number = int(page[1][:9])
        pictures.setdefault(number, []).append(_page(text[page.end() : end], name))
        if time := _TIME.search(page[0]):
            times[number] = _decimal(time[1])
    numbers = sorted(pictures)
    if not numbers:
        raise ValueError("no page of a single picture")
    gap = next((one + 1 for one, other in pairwise(numbers) if other != one + 1), None)
    if gap is not None:
        raise ValueError(f"picture {gap} is missing: is the file damaged?")
    in_order = [pictures[number] for number in numbers]
    cube = _cube(in_order)
    _check_forces(cube, in_order, pitch)
    rate = _rate(header, [times[number] for number in numbers if number in times], len(numbers))
    side: Side | None = None
    if written := _SIDE.search(header):
        side = "left" if written[1].lower() == "left" else "right"
    return Track(Recording(cube, pitch, rate, "kPa", path.name), side=side)


def _page(text: str, name: str) -> _Page:
    lines = iter(text.partition("\f")[0].replace(",", ".").split("\n"))
    for line in lines:
        labels = line.split()
        columns = [int(label) for label in labels if label.isdecimal() and len(label) < 5]
        if columns:
            break
    else:
        raise ValueError(f"{name}: no line of column numbers")
    others = [label for label in labels if not label.isdecimal()]
    with_force = labels[-1].lower().startswith("force")
    if len(columns) + len(others) != len(labels) or len(set(columns)) != len(columns):
        raise ValueError(f"{name}: columns must be numbered each with its own number")
    rows, values, force = [], [], None
    for line in lines:
        label, *fields = _fields(line, len(columns) + with_force)
        if not label:
            continue
        if not label.isdecimal():
            force = _force(fields, len(columns), name) if label.lower() == "force" else None
            break
        if len(fields) != len(columns) + with_force:
            raise ValueError(f"{name}: row {label} has {len(fields)} values, {len(columns)} wanted")
        rows.append(int(label[:6]))
        values.append(_numbers(fields, name))
    if max(*rows, *columns, 1) > _MOST_NUMBER or len(set(rows)) != len(rows):
        raise ValueError(f"{name}: rows and columns must be numbered once from 1 to {_MOST_NUMBER}")
    pressure = np.array(values, np.float64).reshape(len(rows), len(columns) + with_force)
    if force is None and with_force and rows:
        force = float(pressure[:, -1].sum())
    with np.errstate(over="ignore"):  # becomes infinite, which Recording refuses
        return _Page(rows, columns, pressure[:, : len(columns)].astype(np.float32), force)


def _fields(line: str, count: int) -> list[str]:
    """A row's number and its `count` values; "" where they are blank."""
    if "\t" in line:
        fields = line.split("\t")
        fields[0] = fields[0].strip()
        return fields[:-1] if len(fields) == count + 2 and not fields[-1].strip() else fields
    fields = line.split()
    if 0 < len(fields) < count + 1 and fields[0].isdecimal():  # blanks stand for zeros
        cut = [line[i : i + _FIELD].strip() for i in range(0, len(line), _FIELD)]
        fields = (cut + [""] * count)[: count + 1]
    return fields or [""]


def _force(fields: list[str], columns: int, name: str) -> float | None:
    """The picture's force: the corner of the table, or else the sum of the columns' forces."""
    values = _numbers(fields, name)
    return values[columns] if len(values) > columns else sum(values) if values else None


def _numbers(fields: list[str], name: str) -> list[float]:
    try:
        return [float(field) if field and not field.isspace() else 0.0 for field in fields]
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


def _cube(pictures: list[list[_Page]]) -> NDArray[np.float32]:
    """All pictures (T, rows, columns) on the part of the plate that they cover together."""
    pages = [page for pages in pictures for page in pages if page.rows]
    if not pages:
        raise ValueError("no picture has a row")
    rows = {number for page in pages for number in page.rows}
    columns = {number for page in pages for number in page.columns}
    top, left = min(rows), min(columns)
    shape = max(rows) - top + 1, max(columns) - left + 1
    check_cells(len(pictures), *shape)
    cube = np.zeros((len(pictures), *shape), np.float32)
    for number, (frame, parts) in enumerate(zip(cube, pictures, strict=True), 1):
        taken = np.zeros(shape, bool)
        for page in parts:
            at = np.ix_(np.array(page.rows, int) - top, np.array(page.columns, int) - left)
            if taken[at].any():
                raise ValueError(f"the {number}. picture is there twice: one step per file")
            taken[at] = True
            frame[at] = page.pressure
    return cube


def _check_forces(
    cube: NDArray[np.float32], pictures: list[list[_Page]], pitch: tuple[float, float]
) -> None:
    """kPa x mm2 / 1000 = N; pictures of several pages print parts of it and are not checked."""
    own = cube.sum(axis=(1, 2), dtype=np.float64) * pitch[0] * pitch[1] / 1000
    tolerance = FORCE_TOLERANCE * max(float(own.max()), 1.0)
    for number, (carried, pages) in enumerate(zip(own, pictures, strict=True), 1):
        force = pages[0].force
        if len(pages) == 1 and force is not None and not abs(carried - force) <= tolerance:
            raise ValueError(
                f"the {number}. picture prints a force of {force:g} N, its pressures carry "
                f"{carried:.1f} N: is the sensor size in the header right?"
            )


def _pitch(header: str) -> tuple[float, float]:
    """Of rows and columns, mm."""
    if size := _SIZE.search(header):
        scale = {"mm": 1.0, "cm": 10.0}
        last = size[4].lower()
        return _decimal(size[1]) * scale[(size[2] or last).lower()], _decimal(size[3]) * scale[last]
    if density := _DENSITY.search(header):
        pitch = 10 / max(_decimal(density[1]), 1e-9) ** 0.5
        return pitch, pitch
    raise ValueError(
        "the header must name the sensor size (0.500 x 0.500 cm) or the sensors per cm2 "
        "(4 sensors/cm2)"
    )


def _rate(header: str, times: list[float], frames: int) -> float:
    if rate := _RATE.search(header):
        return _decimal(rate[1])
    if (interval := _INTERVAL.search(header)) and _decimal(interval[1]) > 0:
        return (1000 if interval[2].lower() == "ms" else 1) / _decimal(interval[1])
    if len(times) == frames > 1 and times[-1] > times[0]:
        return 1000 * (frames - 1) / (times[-1] - times[0])
    raise ValueError("no frequency or time per picture in the header, and no times on the pages")


def _decimal(text: str) -> float:
    return float(text.replace(",", "."))
