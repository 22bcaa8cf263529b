"""The neutral form that any lab can write: a small JSON beside an NPZ or CSV of frames.

docs/recordings.md describes it. `write` is the inverse of `read`.
"""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recon.files import replacing_file
from recon.readers.text import MOST_BYTES, check_cells, opening
from recon.readers.track import Problem, Track
from recon.recording import SIDES, UNITS, Recording

NAME = "neutral"
FORMAT = "insole-recording"
VERSION = 1

_MOST_JSON = 1_000_000  # bytes


def recognises(path: Path) -> bool:
    """Whether the file is the JSON of a neutral recording."""
    start = opening(path, 4096)
    return start.lstrip().startswith("{") and f'"{FORMAT}"' in start


def read(path: Path) -> Iterator[Track | Problem]:
    """The one recording that the JSON describes."""
    try:
        yield _track(path)
    except (ValueError, TypeError, OSError, RecursionError, OverflowError) as error:
        yield Problem(path.name, str(error).removeprefix(f"{path.name}: "))


def write(path: Path, track: Track) -> None:
    """Write `path` (a `.json`) and the NPZ of the same name beside it.

    Raises:
        ValueError: a path that does not end in `.json`.
    """
    if path.suffix != ".json":
        raise ValueError(f"{path}: a neutral recording is named by its .json")
    recording = track.recording
    arrays: dict[str, NDArray[Any]] = {"frames": recording.frames}
    if recording.cells is not None:
        arrays["cells"] = recording.cells
    with replacing_file(path.with_suffix(".npz")) as partial, partial.open("wb") as stream:
        np.savez_compressed(stream, allow_pickle=False, **arrays)
    facts = {
        "format": FORMAT,
        "version": VERSION,
        "units": recording.units,
        "pitch_mm": list(recording.pitch_mm),
        "rate_hz": recording.rate_hz,
        "subject": track.subject,
        "side": track.side,
    }
    known = {key: value for key, value in facts.items() if value is not None}
    with replacing_file(path) as partial:
        partial.write_text(json.dumps(known, indent=1) + "\n")


def _track(path: Path) -> Track:
    if path.stat().st_size > _MOST_JSON:
        raise ValueError("larger than 1 MB: the frames belong into an NPZ or CSV beside it")
    facts = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(facts, dict) or facts.get("format") != FORMAT:
        raise ValueError(f'expected an object with "format": "{FORMAT}"')
    if facts.get("version") != VERSION:
        raise ValueError(f"expected version {VERSION}, found {facts.get('version')!r}")
    if facts.get("units") not in UNITS:
        raise ValueError(f"units must be one of {', '.join(UNITS)}, found {facts.get('units')!r}")
    pitch = facts.get("pitch_mm")
    if not isinstance(pitch, list) or len(pitch) != 2:
        raise ValueError(f"pitch_mm must be [row, column] distances in mm, found {pitch!r}")
    side = facts.get("side")
    if side is not None and side not in SIDES:
        raise ValueError(f"side must be left or right, found {side!r}")
    subject = facts.get("subject")
    frames, cells = _frames(path, facts)
    recording = Recording(
        frames=frames,
        pitch_mm=(_positive("pitch_mm", pitch[0]), _positive("pitch_mm", pitch[1])),
        rate_hz=_positive("rate_hz", facts.get("rate_hz")),
        units=facts["units"],
        source=path.name,
        cells=cells,
    )
    return Track(recording, subject=None if subject is None else str(subject), side=side)


def _positive(name: str, value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value < 1e9:
        raise ValueError(f"{name} must be a positive number, found {str(value)[:40]!r}")
    return float(value)


def _frames(
    path: Path, facts: dict[str, Any]
) -> tuple[NDArray[np.float32], NDArray[np.bool_] | None]:
    npz, table = path.with_suffix(".npz"), path.with_suffix(".csv")
    if npz.is_file():
        return _from_npz(npz)
    if table.is_file():
        return _from_csv(table, facts.get("shape")), None
    raise ValueError(f"neither {npz.name} nor {table.name} lies beside it")


def _from_npz(path: Path) -> tuple[NDArray[np.float32], NDArray[np.bool_] | None]:
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                with archive.open(member) as stream:
                    _check_claim(stream, member.file_size)
        with np.load(path, allow_pickle=False) as stored:
            if "frames" not in stored.files:
                raise ValueError(f"{path.name} holds no array called frames")
            frames = stored["frames"]
            cells = stored["cells"] if "cells" in stored.files else None
    except (OSError, EOFError, KeyError, NotImplementedError, RuntimeError) as error:
        raise ValueError(f"{path.name} is damaged ({error})") from error
    except (zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(f"{path.name} is damaged ({error})") from error
    if frames.dtype.kind not in "uif" or frames.ndim != 3:
        raise ValueError(f"frames must be numbers (time, rows, columns), got {frames.shape}")
    if cells is not None and (cells.dtype != bool or cells.shape != frames.shape[1:]):
        raise ValueError(f"cells must be booleans (rows, columns), got {cells.dtype} {cells.shape}")
    with np.errstate(over="ignore"):  # becomes infinite, which Recording refuses
        return frames.astype(np.float32), cells


def _check_claim(stream: Any, size: int) -> None:
    """Refuse an array whose header claims more than the file holds, before it is allocated."""
    version = np.lib.format.read_magic(stream)
    if version not in ((1, 0), (2, 0)):
        raise ValueError(f"array format {version} is not known")
    header = np.lib.format.read_array_header_1_0 if version == (1, 0) else None
    shape, _, dtype = (header or np.lib.format.read_array_header_2_0)(stream)
    check_cells(*(shape or (1,)))
    claimed = int(np.prod(shape, dtype=object)) * dtype.itemsize
    if claimed > size:
        raise ValueError(f"an array claims {claimed} bytes and has {size}: is the file cut off?")


def _from_csv(path: Path, shape: Any) -> NDArray[np.float32]:
    """One line per frame: all cells of its first row, then of the second, and so on."""
    wanted = isinstance(shape, list) and len(shape) == 2 and all(type(n) is int for n in shape)
    if not wanted:
        raise ValueError(f"with a CSV, shape must be [rows, columns], found {shape!r}")
    if path.stat().st_size > MOST_BYTES:
        raise ValueError(f"{path.name} is larger than {MOST_BYTES / 1e6:.0f} MB; use NPZ")
    rows, columns = shape
    check_cells(rows, columns)
    try:
        table = pd.read_csv(path, header=None, encoding="latin-1", low_memory=False)
        values = table.to_numpy(np.float64)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{path.name} is no table of numbers ({error})") from error
    if values.shape[1] != rows * columns:
        raise ValueError(
            f"{path.name} has {values.shape[1]} values a line, {rows} x {columns} are expected"
        )
    with np.errstate(over="ignore"):
        return values.reshape(-1, rows, columns).astype(np.float32)
