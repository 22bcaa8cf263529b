"""Finished scores, one JSON line each, so that an interrupted study goes on where it was."""

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

Record = dict[str, Any]


def append(path: Path, record: Record) -> None:
    """Add a line; what an interruption left half written stays a line of its own."""
    torn = path.exists() and not path.read_bytes().endswith(b"\n")
    with path.open("a") as stream:
        stream.write("\n" * torn + json.dumps(record) + "\n")


def find(records: Iterable[Record], job: Mapping[str, Any]) -> Record | None:
    """The record of a job, or None."""
    return next((r for r in records if job.items() <= r.items()), None)


def read(path: Path) -> list[Record]:
    """All whole records; none where there is no file yet."""
    records = []
    for line in path.read_text().splitlines() if path.exists() else ():
        with suppress(ValueError):  # half a line, from an interruption
            records.append(json.loads(line))
    return records
