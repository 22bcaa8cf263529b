"""Training state on disc, so that an interrupted training goes on where it stood."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from recon import tensor_file

FORMAT = "insole-training"
VERSION = 1


@dataclass(frozen=True)
class Checkpoint:
    """Where the state of one training lies.

    Args:
        path: the file; its folder must exist.
        task: what determines the outcome, as texts by name (settings, digests of data). A state
            of another task is never continued.
    """

    path: Path
    task: Mapping[str, str]

    @classmethod
    def at(cls, path: str | Path | None, task: Mapping[str, str]) -> Self | None:
        """One that can be written and goes on with this task, or None where there is no path.

        Raises:
            ValueError: its folder is missing, or as `read`.
        """
        if path is None:
            return None
        found = cls(Path(path), task)
        if not found.path.parent.is_dir():
            raise ValueError(f"checkpoint: {found.path.parent} is no folder; make it first")
        found.read()
        return found

    def write(self, state: dict[str, Any]) -> None:
        """Replace the stored state, whole or not at all."""
        tensor_file.write(self.path, FORMAT, VERSION, {"task": dict(self.task), "state": state})

    def read(self) -> dict[str, Any] | None:
        """The stored state, or None where there is none yet.

        Raises:
            ValueError: the file is damaged, of another kind, or of another task.
        """
        if not self.path.exists():
            return None
        content = tensor_file.read(self.path, FORMAT, VERSION)
        task = content["task"]
        changed = [name for name in self.task if task.get(name) != self.task[name]]
        if changed:
            raise ValueError(
                f"{self.path}: a checkpoint of a training with other {' and '.join(changed)}; "
                "pass another file, or delete this one to start anew"
            )
        state: dict[str, Any] = content["state"]
        return state


def digest(*arrays: NDArray[Any] | None) -> str:
    """SHA-256 of arrays with their shapes and types."""
    total = hashlib.sha256()
    for array in arrays:
        if array is not None:
            total.update(f"{array.dtype} {array.shape}".encode())
            total.update(np.ascontiguousarray(array).data)
        total.update(b"|")
    return total.hexdigest()
