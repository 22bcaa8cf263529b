"""What readers share: bounded reading, so that no file can fill the memory."""

from __future__ import annotations

from pathlib import Path

MOST_BYTES = 300_000_000
"""The largest text file that is read; longer walks are to be cut by the instrument's software."""

MOST_CELLS = 100_000_000
"""The largest recording: frames x rows x columns."""


def opening(path: Path, size: int = 65_536) -> str:
    """The first bytes of a file as latin-1 text, which cannot fail; "" where it is no file."""
    if not path.is_file():
        return ""
    with path.open("rb") as stream:
        return stream.read(size).decode("latin-1").removeprefix("ï»¿")  # a byte order mark


def whole(path: Path) -> str:
    """A text file, latin-1, with line ends as "\\n".

    Raises:
        ValueError: a file larger than MOST_BYTES.
        OSError: a folder, or a file that cannot be opened.
    """
    if (size := path.stat().st_size) > MOST_BYTES:
        raise ValueError(
            f"{size / 1e6:.0f} MB of text, at most {MOST_BYTES / 1e6:.0f} MB are read; cut the walk"
        )
    return path.read_text(encoding="latin-1").removeprefix("ï»¿")


def check_cells(*shape: int) -> None:
    """Raise ValueError where a recording of this shape is empty or would fill the memory."""
    count = 1
    for extent in shape:  # python integers: no overflow
        count *= int(extent)
    if min(shape, default=0) < 1 or count > MOST_CELLS:
        raise ValueError(
            f"{' x '.join(map(str, shape))} cells; 1 to {MOST_CELLS:,} cells x frames are possible"
        )
