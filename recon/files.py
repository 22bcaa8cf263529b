"""Writes that appear whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing_folder(folder: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Yield an empty folder beside `folder` that takes its place when the block succeeds.

    Raises:
        FileExistsError: `folder` holds something and `overwrite` is False.
        NotADirectoryError: `folder` is a file.
    """
    refuse_occupied(folder, overwrite=overwrite)
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        yield partial
        partial.chmod(0o755)
        if folder.exists():
            shutil.rmtree(folder)
        partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def refuse_occupied(folder: Path, *, overwrite: bool) -> None:
    """Raise where writing to `folder` would lose something that the user did not give up."""
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(f"{folder}: a file is in the way of this output folder")
    if not overwrite and folder.is_dir() and any(folder.iterdir()):
        raise FileExistsError(f"{folder}: already holds files; pass --overwrite to replace them")
