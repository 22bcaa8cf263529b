"""Writes that appear whole or not at all."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MARK = ".made-by-insole-placement"
"""An empty file in every folder written here; only such a folder is ever replaced."""

SIMULATED = ".simulated-by-insole-placement"
"""In a folder of recordings: nobody walked here, and what is made of them must say so."""


@contextmanager
def replacing_folder(folder: Path, *, overwrite: bool = False) -> Iterator[Path]:
    """Yield an empty folder beside `folder` that takes its place when the block succeeds.

    Raises:
        FileExistsError: `folder` holds something, and `overwrite` is False or others wrote it.
        NotADirectoryError: `folder` is a file.
    """
    check_output(folder, overwrite=overwrite)
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        yield partial
        (partial / MARK).touch()
        partial.chmod(0o755)
        with _aside(folder):
            partial.rename(folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


@contextmanager
def _aside(folder: Path) -> Iterator[None]:
    """Move a folder out of the way; away for good if the block succeeds, else back."""
    if not folder.exists():
        yield
        return
    parent = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    old = parent / "replaced"
    try:
        folder.rename(old)
        yield
    except BaseException:
        if old.exists() and not folder.exists():
            old.rename(folder)
        raise
    finally:
        shutil.rmtree(parent, ignore_errors=True)


@contextmanager
def replacing_file(path: Path) -> Iterator[Path]:
    """Yield a name beside `path` that takes its place when the block succeeds.

    Each call has a name of its own, so of several writers of one path the last to end wins.

    Raises:
        FileNotFoundError: there is no such folder.
        OSError: it cannot be written to.
    """
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{path}: there is no folder {path.parent} to write it to")
    partial = path.with_name(f".{path.name}.{secrets.token_hex(4)}.partial")
    try:
        with _naming(path):
            partial.touch()
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def check_output(folder: Path, *, overwrite: bool) -> None:
    """Raise, before hours of work, where `folder` could not be written in the end.

    Raises:
        FileExistsError: it holds something, and `overwrite` is False or others wrote it.
        NotADirectoryError: a file is in its way.
        OSError: its parent cannot be made or written.
    """
    above = folder.absolute().parents
    for path in (folder, *above):
        if path.exists() and not path.is_dir():
            raise NotADirectoryError(f"{folder}: {path} is a file, in the way of this folder")
    if folder.is_dir() and any(folder.iterdir()):
        if not (folder / MARK).exists():
            raise FileExistsError(
                f"{folder}: holds files that this program did not write; choose another folder"
            )
        if not overwrite:
            raise FileExistsError(
                f"{folder}: already holds files; pass --overwrite to replace all of them"
            )
    with (
        _naming(folder),
        tempfile.TemporaryFile(dir=next(path for path in above if path.is_dir())),
    ):
        pass


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Name what was to be written, where the system names a temporary file."""
    try:
        yield
    except OSError as error:
        raise type(error)(f"{path}: cannot be written: {error.strerror}") from error


def check_apart(out: Path, **read: Path | None) -> None:
    """Raise ValueError where something that is read lies in the folder that is to be replaced."""
    for name, path in read.items():
        if path is not None and path.resolve().is_relative_to(out.resolve()):
            raise ValueError(
                f"{name}: {path} lies in the output folder {out}, which is replaced; "
                "write to another folder"
            )
