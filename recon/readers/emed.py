"""novel emed ASCII lists (`.lst`): one step on a plate, one page of text per frame.

The header names the sensors per cm2 and the frequency. A page begins with a line `Pict-No.: n/m
Time: t ms`; a line of column numbers follows, then rows of a row number, pressures in kPa and
the row's force in N, and a last row `Force` with the columns' forces. Only the loaded part of the
plate is printed, so the numbers of rows and columns place it. Pages of maxima (MPP) are skipped,
and where forces are printed they are checked against pressure x area.

Written after descriptions of the format, without a file of novel's own: rows run from the toes to
the heel and the foot is seen from above. The side is read from a header line `Side: left`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from recon.readers.text import check_cells, opening, whole
from recon.readers.track import Problem, Track
from recon.recording import Recording, Side

NAME = "emed"
FORCE_TOLERANCE = 0.05
"""A frame's printed force may differ from pressure x area by this share of the highest."""

_PAGE = re.compile(r"^[ \t]*Pict-?No\.?:?.*$", re.MULTILINE | re.IGNORECASE)
_TIME = re.compile(r"Time:?\s*([\d.,]+)\s*ms", re.IGNORECASE)
_MAXIMA = re.compile(r"MPP|maxim", re.IGNORECASE)
_DENSITY = re.compile(r"([\d.,]+)\s*(?:sens\w*)\s*/\s*(?:sq\.?\s*cm|cm\^?2|cm²)", re.IGNORECASE)
_RATE = re.compile(r"(?:frequency|rate)\D{0,40}?([\d.,]+)\s*Hz", re.IGNORECASE)
_SIDE = re.compile(r"(?:side|foot)\s*:\s*(left|right)", re.IGNORECASE)
_MOST_NUMBER = 1000  # of a row or column of a plate


def recognises(path: Path) -> bool:
    """Whether the file opens with an emed header and a page."""
    start = opening(path)
    return _PAGE.search(start) is not None and "emed" in start.lower()


def read(path: Path) -> Iterator[Track | Problem]:
    """The one recording of the file."""
    try:
        yield _track(path)
    except (ValueError, OverflowError) as error:
        yield Problem(path.name, str(error).removeprefix(f"{path.name}: "))


def _track(path: Path) -> Track:
    text = whole(path)
    pages = list(_PAGE.finditer(text))
    if not pages:
        raise ValueError("no page beginning with Pict-No.: is the file cut off?")
    header = text[: pages[0].start()]
    density = _number(_DENSITY.search(header), "sensors per cm2, such as 4 sensors/cm2")
    pitch = 10 / density**0.5
    area_cm2 = 1 / density
    ends = [page.start() for page in pages[1:]] + [len(text)]
    frames, times, forces = [], [], []
    for page, end in zip(pages, ends, strict=True):
        if _MAXIMA.search(page[0]):
            continue
        name = page[0].strip()
        cells, force = _page(text[page.end() : end], name)
        frames.append(cells)
        forces.append(force)
        if time := _TIME.search(page[0]):
            times.append(_number(time, "time"))
    if not frames:
        raise ValueError("no page of a single frame")
    numbers = np.array([key for cells in frames for key in cells], int).reshape(-1, 2)
    if not len(numbers):
        raise ValueError("no frame carries a value")
    first = numbers.min(axis=0)
    shape = numbers.max(axis=0) - first + 1
    check_cells(len(frames), *shape.tolist())
    cube = np.zeros((len(frames), *shape), np.float32)
    for frame, cells in zip(cube, frames, strict=True):
        for (row, column), value in cells.items():
            frame[row - first[0], column - first[1]] = value
    _check_forces(cube, forces, area_cm2)
    side = _SIDE.search(header)
    sided: Side | None = None
    if side:
        sided = "left" if side[1].lower() == "left" else "right"
    rate = _rate(header, times, len(frames))
    return Track(Recording(cube, (pitch, pitch), rate, "kPa", path.name), side=sided)


def _page(text: str, name: str) -> tuple[dict[tuple[int, int], float], float | None]:
    """Pressures by (row, column) number, and the frame's force in N where it is printed."""
    columns: list[int] = []
    cells: dict[tuple[int, int], float] = {}
    force = None
    for line in text.splitlines():
        parts = line.split()
        if not parts or _MAXIMA.search(line):
            continue
        label, *rest = parts
        if label.lower().startswith("force"):
            force = _values(rest[-1:], name)[0] if rest else None
            break
        if not columns:
            printed = parts if label.isdecimal() else rest
            columns = [int(v) for v in printed if v.isdecimal() and int(v[:6]) <= _MOST_NUMBER]
            has_force = bool(parts) and parts[-1].lower().startswith("force")
            if not columns:
                raise ValueError(f"{name}: no line of column numbers")
            continue
        if not label.isdecimal() or int(label[:6]) > _MOST_NUMBER:
            raise ValueError(f"{name}: a row must begin with its number, found {label[:20]!r}")
        if len(rest) != len(columns) + has_force:
            raise ValueError(
                f"{name}: row {label} has {len(rest)} values for {len(columns)} columns"
            )
        for column, value in zip(columns, _values(rest, name), strict=False):
            cells[int(label), column] = value
    return cells, force


def _values(parts: list[str], name: str) -> list[float]:
    try:
        return [float(part.replace(",", ".")) for part in parts]
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error


def _check_forces(cube: np.ndarray, printed: list[float | None], area_cm2: float) -> None:
    """kPa x cm2 / 10 = N."""
    found = cube.sum(axis=(1, 2), dtype=np.float64) * area_cm2 / 10
    tolerance = FORCE_TOLERANCE * max(float(found.max()), 1.0)
    for number, (own, force) in enumerate(zip(found, printed, strict=True), 1):
        if force is not None and not abs(own - force) <= tolerance:
            raise ValueError(
                f"frame {number} prints a force of {force:g} N, its pressures carry {own:.1f} N: "
                "is the resolution in the header right?"
            )


def _rate(header: str, times: list[float], frames: int) -> float:
    if found := _RATE.search(header):
        return _number(found, "frequency")
    if len(times) == frames > 1 and times[-1] > times[0]:
        return 1000 * (frames - 1) / (times[-1] - times[0])
    raise ValueError("neither a frequency in Hz in the header nor rising times on the pages")


def _number(found: re.Match[str] | None, what: str) -> float:
    try:
        value = float(found[1].replace(",", ".")) if found else 0.0
    except ValueError:
        value = 0.0
    if what != "time" and not 0 < value < 1e6:
        raise ValueError(f"the header must name the {what}")
    return value
