"""Results in files, so that an interrupted study goes on where it was."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import typer

from recon.files import replacing_file


def claim(path: Path, made_with: Mapping[str, Any]) -> None:
    """Let a folder hold results made in one way only: their files are named by method and fold."""
    text = json.dumps(made_with, indent=1) + "\n"
    if path.exists() and path.read_text() != text:
        before = json.loads(path.read_text())
        differ = [x for x in made_with if before.get(x) != json.loads(text)[x]]
        raise typer.BadParameter(
            f"--out: {path.parent} holds results of another {', '.join(differ)}, see {path.name}; "
            "pass a new folder"
        )
    with replacing_file(path) as new:
        new.write_text(text)


def kept(path: Path, compute: Callable[[], Any]) -> Any:
    """The JSON value of a file; computed and written where there is none yet."""
    if not path.exists():
        value = compute()
        with replacing_file(path) as new:
            new.write_text(json.dumps(value))
    return json.loads(path.read_text())
