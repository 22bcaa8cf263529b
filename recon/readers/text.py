"""What readers share: bounded reading, so that no file can fill the memory or take minutes."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

MOST_BYTES = 64_000_000
"""The largest text file that is read: about 15,000 frames of an insole or 5,000 of a plate."""

MOST_CELLS = 50_000_000
"""The largest recording: frames x rows x columns."""

_PIECE = 1_000_000  # values that are parsed at a time


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


def table(
    text: str,
    columns: int,
    *,
    separator: str = ",",
    decimal: str = ".",
    missing: Sequence[str] = (),
) -> NDArray[np.float32]:
    """Numbers of a text with `columns` of them on every line; blank lines are passed over.

    Args:
        separator: of the numbers; " " for any blanks.
        missing: words that stand for NaN.

    Raises:
        ValueError: lines of another length, anything but numbers, or (unless `missing` allows
            them) lines with too few.
    """
    first, _, _ = text.lstrip("\n").partition("\n")
    # Before it is parsed: one endless line would become as many columns.
    found = len(first.split()) if separator == " " else first.count(separator) + 1
    if found != columns or not first.strip():
        raise ValueError(f"{columns} values a line are expected, the first line has {found}")
    try:
        pieces = pd.read_csv(
            io.BytesIO(text.encode("latin-1")),
            sep=r"\s+" if separator == " " else separator,
            decimal=decimal,
            header=None,
            na_values=list(missing),
            keep_default_na=False,
            skipinitialspace=True,
            chunksize=max(1, _PIECE // columns),
            encoding="latin-1",
        )
        with np.errstate(over="ignore"):  # becomes infinite, which Recording refuses
            values = np.concatenate(
                [piece.to_numpy(np.float64).astype(np.float32) for piece in pieces]
            )
    except (ValueError, TypeError) as error:  # pandas' parser errors are ValueErrors
        raise ValueError(f"no table of numbers ({error}); is the file damaged?") from error
    if values.shape[1] != columns:
        raise ValueError(f"{columns} values a line are expected, found {values.shape[1]}")
    if not missing and np.isnan(values).any():
        line = int(np.isnan(values).any(axis=1).argmax()) + 1
        raise ValueError(f"line {line} of the frames lacks values: is the file cut off?")
    return values


def check_cells(*shape: int) -> None:
    """Raise ValueError where a recording of this shape is empty or would fill the memory."""
    count = 1
    for extent in shape:  # python integers: no overflow
        count *= int(extent)
    if min(shape, default=0) < 1 or count > MOST_CELLS:
        raise ValueError(
            f"{' x '.join(map(str, shape))} cells; 1 to {MOST_CELLS:,} cells x frames are possible"
        )
