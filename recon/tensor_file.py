"""Files of tensors and plain values, as `torch.save` writes them, read without running code."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, BadZipFile, ZipFile

import torch

from recon.files import replacing_file


def write(path: Path, form: str, version: int, content: dict[str, Any]) -> None:
    """Write `content`, nested dicts, lists and tuples of tensors and plain values.

    The file appears complete or not at all.

    Raises:
        OSError: it cannot be written.
    """
    with replacing_file(path) as partial, partial.open("wb") as stream:
        torch.save({"format": form, "version": version, "content": content}, stream)


def read(path: Path, form: str, version: int) -> dict[str, Any]:
    """Read what `write` wrote, tensors on the CPU.

    Raises:
        OSError: it cannot be read.
        ValueError: a damaged file, or one of another format or version.
    """
    foreign = f"{path}: expected a file of format {form}"
    try:
        with ZipFile(path) as archive:
            # torch stores without compression, so an honest file unpacks to no more than its size.
            if any(entry.compress_type != ZIP_STORED for entry in archive.infolist()):
                raise ValueError(f"{foreign}, found another kind of ZIP archive")
            if broken := archive.testzip():
                raise BadZipFile(f"checksum of {broken} differs")
    # zipfile: NotImplementedError of an unknown version or compression, EOFError of a cut entry
    except (BadZipFile, NotImplementedError, EOFError) as error:
        raise ValueError(f"{foreign}, found something else or a damaged one ({error})") from error
    try:
        stored = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a foreign pickle fails in many ways; torch's texts are pages long
        reason = f"{type(error).__name__} while unpacking"
        raise ValueError(f"{foreign}, found something else ({reason})") from error
    if not (isinstance(stored, dict) and stored.get("format") == form):
        found = stored.get("format") if isinstance(stored, dict) else None
        raise ValueError(f"{foreign}, found {found or 'other tensors, perhaps bare weights'}")
    if stored.get("version") != version:
        raise ValueError(
            f"{path}: {form} version {version} is read here, found version "
            f"{stored.get('version')}; was it written by another release of insole-placement?"
        )
    if not isinstance(stored.get("content"), dict):
        raise ValueError(f"{foreign}, found one without content; it is damaged")
    content: dict[str, Any] = stored["content"]
    return content
