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

from recon.readers.step import Problem, Step
from recon.recording import Recording

NAME = "jiku"
PITCH_MM = (5.08, 5.08)
RATE_HZ = 500.0

_SIGNATURE = b"\x89HDF\r\n\x1a\n"
_STEP = re.compile(r"img(\d+)")
_DAMAGE = (OSError, RuntimeError, KeyError)  # what h5py raises on damaged files


def recognises(folder: Path) -> bool:
    """Whether a file is HDF5 and, as far as it opens, holds step arrays."""
    foreign = False
    for path in _files(folder):
        try:
            with _h5py().File(path) as file:
                if any(_STEP.fullmatch(key) for key in file):
                    return True
                foreign = True
        except _DAMAGE:
            continue  # `read` reports it
    return bool(_files(folder)) and not foreign


def read(folder: Path) -> Iterator[Step | Problem]:
    """Every step of every file, ordered by file and number; one array is in memory at a time."""
    files = _files(folder)
    if not files:
        raise ValueError(f"{folder}: holds no HDF5 file, as the format {NAME} has them")
    for path in files:
        try:
            with _h5py().File(path) as file:
                keys = sorted(key for key in file if _STEP.fullmatch(key))
                if not keys:
                    yield Problem(path.name, "holds no array named img000, img001, ...")
                for key in keys:
                    yield _read_step(path, key, file)
        except _DAMAGE as error:
            yield Problem(path.name, f"cannot be read as HDF5; is it truncated? ({error})")


def _read_step(path: Path, key: str, file: Any) -> Step | Problem:
    trial = key.removeprefix("img")
    name = f"{path.name}:{key}"
    try:
        dataset = file[key]
        if getattr(dataset, "ndim", 0) != 3 or dataset.dtype.kind not in "uif":
            return Problem(name, "expected numbers (heel to toe, mediolateral, time)")
        with np.errstate(over="ignore"):  # becomes infinite, which Recording refuses
            # toes to the top: the file's first row is the heel
            frames = np.moveaxis(dataset[()], -1, 0)[:, ::-1].astype(np.float32)
        recording = Recording(frames, PITCH_MM, RATE_HZ, "arbitrary", name)
    except (*_DAMAGE, ValueError, TypeError) as error:
        return Problem(name, str(error).removeprefix(f"{name}: "))
    return Step(path.stem, "right", trial, recording)


def _files(folder: Path) -> list[Path]:
    paths = sorted(folder.iterdir()) if folder.is_dir() else [folder]
    return [path for path in paths if path.is_file() and _is_hdf5(path)]


def _is_hdf5(path: Path) -> bool:
    if path.suffix in (".h5", ".hdf5"):  # so that a truncated one is not passed over silently
        return True
    with path.open("rb") as stream:
        return stream.read(len(_SIGNATURE)) == _SIGNATURE


def _h5py() -> Any:
    try:
        import h5py  # an optional extra
    except ImportError as error:
        raise ValueError("reading HDF5 needs h5py: pip install 'insole-placement[hdf5]'") from error
    return h5py
