"""The neutral form that any lab can write: a small JSON beside an NPZ or CSV of frames.

docs/recordings.md describes it. `write` is the inverse of `read`.
"""

from __future__ import annotations

import json
import lzma
import math
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from recon.files import replacing_file
from recon.readers.text import MOST_CELLS, check_cells, opening, table, whole
from recon.readers.track import UNREADABLE, Problem, Track, problem
from recon.recording import SIDES, UNITS, Recording

NAME = "neutral"
ASSUMED = ""
FORMAT = "insole-recording"
VERSION = 1

MOST_ARRAY_BYTES = 4 * MOST_CELLS
"""The largest array that is read; float32 is enough for every sensor."""

_MOST_JSON = 1_000_000  # bytes


def recognises(path: Path) -> bool:
    """Whether the file is the JSON of a neutral recording."""
    start = opening(path, 4096)
    return start.lstrip().startswith("{") and f'"{FORMAT}"' in start


def read(path: Path) -> Iterator[Track | Problem]:
    """The one recording that the JSON describes."""
    try:
        yield _track(path)
    except (*UNREADABLE, RecursionError) as error:
        yield problem(path, error)


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
        np.savez_compressed(stream, **arrays)  # type: ignore[arg-type]  # the stub takes names for its flag
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
    facts = json.loads(path.read_text(encoding="utf-8-sig"))
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
    if subject is not None and (not isinstance(subject, str) or not 0 < len(subject) <= 100):
        raise ValueError(f"subject must be a name, found {str(subject)[:40]!r}")
    frames, cells = _frames(path, facts)
    recording = Recording(
        frames=frames,
        pitch_mm=(_positive("pitch_mm", pitch[0]), _positive("pitch_mm", pitch[1])),
        rate_hz=_positive("rate_hz", facts.get("rate_hz")),
        units=facts["units"],
        source=path.name,
        cells=cells,
    )
    return Track(recording, subject=subject, side=side)


def _positive(name: str, value: Any) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value < 1e9:
        raise ValueError(f"{name} must be a positive number, found {str(value)[:40]!r}")
    return float(value)


def _frames(
    path: Path, facts: dict[str, Any]
) -> tuple[NDArray[np.float32], NDArray[np.bool_] | None]:
    npz, csv = path.with_suffix(".npz"), path.with_suffix(".csv")
    if npz.is_file():
        return _from_npz(npz)
    if csv.is_file():
        return _from_csv(csv, facts.get("shape")), None
    raise ValueError(f"neither {npz.name} nor {csv.name} lies beside it")


def _from_npz(path: Path) -> tuple[NDArray[np.float32], NDArray[np.bool_] | None]:
    try:
        frames, cells = _arrays(path)
    # zipfile: RuntimeError of an encrypted entry, NotImplementedError of an unknown compression
    except (*UNREADABLE, EOFError, KeyError, NotImplementedError, RuntimeError) as error:
        raise ValueError(f"{path.name} cannot be read ({error})") from error
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError) as error:
        raise ValueError(f"{path.name} cannot be read ({error}); is it truncated?") from error
    if cells is not None and (cells.dtype != bool or cells.shape != frames.shape[1:]):
        raise ValueError(f"cells must be booleans (rows, columns), got {cells.dtype} {cells.shape}")
    with np.errstate(over="ignore"):  # becomes infinite, which Recording refuses
        return frames.astype(np.float32), cells


def _arrays(path: Path) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """The arrays `frames` and, where there is one, `cells`, checked before they are allocated."""
    with zipfile.ZipFile(path) as archive:
        members = set(archive.namelist())
        for name, kinds in (("frames.npy", "uif"), ("cells.npy", "b")):
            if name in members:
                with archive.open(name) as stream:
                    _check_claim(name, stream, kinds, archive.getinfo(name).file_size)
    with np.load(path, allow_pickle=False) as stored:
        if "frames" not in stored.files:
            raise ValueError("no array called frames")
        return stored["frames"], stored["cells"] if "cells" in stored.files else None


def _check_claim(name: str, stream: IO[bytes], kinds: str, size: int) -> None:
    """Refuse an array that is no recording, or claims more than MOST_CELLS or than is there."""
    version = np.lib.format.read_magic(stream)
    if version == (1, 0):
        shape, _, dtype = np.lib.format.read_array_header_1_0(stream)
    elif version == (2, 0):
        shape, _, dtype = np.lib.format.read_array_header_2_0(stream)
    else:
        raise ValueError(f"{name}: array format {version} is not known")
    if dtype.kind not in kinds or len(shape) != (3 if name == "frames.npy" else 2):
        raise ValueError(f"{name} must be numbers (time, rows, columns), got {dtype} {shape}")
    check_cells(*shape)
    claimed = math.prod(shape) * dtype.itemsize
    if claimed > MOST_ARRAY_BYTES:
        raise ValueError(f"{name} has {claimed} bytes, at most {MOST_ARRAY_BYTES} are read")
    if claimed > size:
        raise ValueError(f"{name} claims {claimed} bytes and has {size}: is the file cut off?")


def _from_csv(path: Path, shape: Any) -> NDArray[np.float32]:
    """One line per frame: all cells of its first row, then of the second, and so on."""
    if not (isinstance(shape, list) and len(shape) == 2 and all(type(n) is int for n in shape)):
        raise ValueError(f"with a CSV, shape must be [rows, columns], found {str(shape)[:40]}")
    check_cells(*shape)
    rows, columns = shape
    try:
        return table(whole(path), rows * columns).reshape(-1, rows, columns)
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from error
