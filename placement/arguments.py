"""What many calls share: written to files once, which every other process reads once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cloudpickle

Calls = Mapping[str, tuple[Any, ...]]


@dataclass(frozen=True)
class Kept:
    """Stands for the argument in a file of a folder."""

    folder: str
    name: str


@contextmanager
def kept(calls: Calls) -> Generator[tuple[Calls, str]]:
    """The calls, arguments of several of them replaced by `Kept`, and the folder of the files.

    The folder goes with the context; who outlives its owner should remove it.
    """
    uses = Counter(id(x) for call in calls.values() for x in call)
    several = {id(x): x for call in calls.values() for x in call if uses[id(x)] > 1}
    with TemporaryDirectory(prefix="placement-", ignore_cleanup_errors=True) as folder:
        for name, x in several.items():
            Path(folder, str(name)).write_bytes(cloudpickle.dumps(x))
        yield (
            {
                key: tuple(Kept(folder, str(id(x))) if id(x) in several else x for x in call)
                for key, call in calls.items()
            },
            folder,
        )


def resolved(argument: Any) -> Any:
    """What an argument stands for."""
    if not isinstance(argument, Kept):
        return argument
    read = _read(argument.folder)
    if argument.name not in read:
        read[argument.name] = cloudpickle.loads(Path(argument.folder, argument.name).read_bytes())
    return read[argument.name]


@lru_cache(maxsize=1)
def _read(folder: str) -> dict[str, Any]:
    """What this process has read of the latest folder."""
    return {}
