"""Readers of recordings, one module per file format.

A reader module offers `NAME`, `ASSUMED` (in words, what it takes for granted and no file says),
`recognises(path)`, which looks at the content of a file, and `read(path)`, which yields a `Track`
for each recording of one foot and a `Problem` for each part that cannot be read.
docs/recordings.md lists the formats.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from recon.readers import emed, jiku, medilogic, neutral, study_plate, tekscan
from recon.readers.track import Problem, Track

__all__ = ["FORMATS", "Problem", "Reader", "Track", "reader_for"]


class Reader(Protocol):
    """What a reader module offers."""

    NAME: str
    ASSUMED: str

    def recognises(self, path: Path) -> bool: ...

    def read(self, path: Path) -> Iterator[Track | Problem]: ...


FORMATS: dict[str, Reader] = {
    reader.NAME: reader for reader in (neutral, tekscan, medilogic, study_plate, emed, jiku)
}


def reader_for(path: Path, name: str | None = None) -> Reader | None:
    """The reader called `name`, or the one that recognises a file; None where none does.

    Raises:
        ValueError: an unknown name.
    """
    if name is not None:
        if name not in FORMATS:
            raise ValueError(f"format {name!r} is not known; known are: {', '.join(FORMATS)}")
        return FORMATS[name]
    return next((reader for reader in FORMATS.values() if reader.recognises(path)), None)
