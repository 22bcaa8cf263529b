"""jiku-data SpeedPP2DS: barefoot walking on a footscan plate, one HDF5 file per person.

Each file holds one uint16 array per step, named img000, img001, ..., of shape (heel to toe,
mediolateral, time) at 500 Hz, padded with empty frames. (Pataky et al. 2008, J Biomech 41,
1987-1994; github.com/jiku-pro/jiku-data.)

Not documented there, and set here: the cells are 5.08 x 5.08 mm (rows were upsampled by 1.5 from
the plate's 7.62 mm cells; feet then are 254 to 300 mm long), the pressure unit is arbitrary, and
the hallux lies on the low-column side, which is how a right foot looks from above, so all feet
count as right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from recon.readers.text import MOST_CELLS, check_cells, opening
from recon.readers.track import Problem, Track, problem
from recon.recording import Recording

NAME = "jiku"
ASSUMED = "cells of 5.08 x 5.08 mm, hallux on the low columns, right feet; unit unknown"
PITCH_MM = (5.08, 5.08)
RATE_HZ = 500.0
MOST_CELLS_A_FILE = 5 * MOST_CELLS
"""Values in all steps of a file: compressed, far more than that would fit into a small one."""

_SIGNATURE = "\x89HDF\r\n\x1a\n"
_STEP = re.compile(r"img(\d+)")
_DAMAGE = (OSError, RuntimeError, KeyError, ValueError, TypeError)
"""What h5py raises on damaged files."""


def recognises(path: Path) -> bool:
    """Whether the file is HDF5 and, as far as it opens, holds step arrays or nothing else.

    One that is cut off still counts, so that it is not passed over silently.
    """
    if not opening(path, len(_SIGNATURE)).startswith(_SIGNATURE):
        return False
    try:
        with _h5py().File(path) as file:
            return bool(_steps(file))
    except _DAMAGE:
        return True  # `read` says what is wrong


def read(path: Path) -> Iterator[Track | Problem]:
    """Every step in order; one array is in memory at a time."""
    left = MOST_CELLS_A_FILE
    try:
        with _h5py().File(path) as file:
            keys = _steps(file)
            if not keys:
                yield Problem(path.name, "holds no array named img000, img001, ...")
            for key in keys:
                found = _read_step(path, key, file, left)
                if isinstance(found, Track):
                    left -= found.recording.frames.size
                yield found
    except _Missing as error:
        yield problem(path, error)
    except _DAMAGE as error:
        yield problem(path, ValueError(f"cannot be read as HDF5; is it cut off? ({error})"))


def _steps(file: Any) -> list[str]:
    """Names of the step arrays; damaged names come as bytes."""
    return sorted(key for key in file if isinstance(key, str) and _STEP.fullmatch(key))


def _read_step(path: Path, key: str, file: Any, left: int) -> Track | Problem:
    name = f"{path.name}:{key}"
    try:
        dataset = file[key]
        if getattr(dataset, "ndim", 0) != 3 or dataset.dtype.kind not in "uif":
            return Problem(name, "expected numbers (heel to toe, mediolateral, time)")
        check_cells(*dataset.shape)
        if dataset.size > left:
            return Problem(name, f"the file holds more than {MOST_CELLS_A_FILE:,} values")
        # toes to the top: the file's first row is the heel
        frames = np.moveaxis(dataset.astype(np.float32)[()], -1, 0)[:, ::-1]
        recording = Recording(frames, PITCH_MM, RATE_HZ, "arbitrary", name)
    except _DAMAGE as error:
        return Problem(name, problem(Path(name), error).reason)
    return Track(recording, key.removeprefix("img"), path.stem, "right")


class _Missing(ValueError):
    """What reads the files is not installed."""


def _h5py() -> Any:
    try:
        import h5py  # an optional extra
    except ImportError as error:
        raise _Missing("reading HDF5 needs h5py: pip install 'insole-placement[hdf5]'") from error
    return h5py
