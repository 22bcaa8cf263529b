"""Readers of recordings, one module per file format.

A reader module offers `NAME`, `recognises(folder)`, which looks at content, and `read(folder)`,
which yields a `Step` for each step and a `Problem` for each file or step that cannot be read.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from recon.readers import jiku
from recon.readers.step import Problem, Step

__all__ = ["Problem", "Reader", "Step", "reader_for"]


class Reader(Protocol):
    """What a reader module offers."""

    NAME: str

    def recognises(self, folder: Path) -> bool: ...

    def read(self, folder: Path) -> Iterator[Step | Problem]: ...


READERS: tuple[Reader, ...] = (jiku,)


def reader_for(folder: Path, name: str | None = None) -> Reader:
    """The reader called `name`, or the one that recognises the folder.

    Raises:
        FileNotFoundError: no such folder.
        ValueError: an unknown name, or a folder that no reader recognises.
    """
    known = {reader.NAME: reader for reader in READERS}
    if not folder.exists():
        raise FileNotFoundError(f"{folder}: no such folder of recordings")
    if name is not None:
        if name not in known:
            raise ValueError(f"format {name!r} is not known; known are: {', '.join(known)}")
        return known[name]
    for reader in READERS:
        if reader.recognises(folder):
            return reader
    raise ValueError(f"{folder}: holds no recording in a known format ({', '.join(known)})")
