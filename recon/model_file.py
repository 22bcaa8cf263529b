"""A fitted reconstructor in one file: weights, grid, layout and scales."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
import torch
from torch import Tensor

from recon import tensor_file
from recon.ensemble import Ensemble
from recon.kernel import Kernel
from recon.linear import Linear, MeanMap
from recon.modes import ModeNetwork
from recon.personal import Personalised
from recon.reconstructor import Reconstructor
from recon.study import StudyUNet
from recon.unet import UNetReconstructor

FORMAT = "insole-model"
VERSION = 4


class Storable(Reconstructor, Protocol):
    """A reconstructor that can be stored: `from_state(state())` predicts the same, to the bit."""

    def state(self) -> dict[str, Any]:
        """All that `predict` needs, as plain values, arrays and nested dicts of them."""
        ...

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        """The fitted reconstructor. Whatever is missing in `state` raises KeyError."""
        ...


KINDS: dict[str, type[Storable]] = {
    kind.__name__: kind
    for kind in (
        MeanMap,
        Linear,
        Kernel,
        ModeNetwork,
        UNetReconstructor,
        StudyUNet,
        Ensemble,
        Personalised,
    )
}
"""By the name that stands in the file."""


def save(reconstructor: Storable, path: str | Path) -> None:
    """Write a fitted reconstructor; the file appears whole or not at all.

    Raises:
        ValueError: it is not fitted, or of a kind that has no place in a file.
        OSError: the file cannot be written.
    """
    tensor_file.write(Path(path), FORMAT, VERSION, _packed(reconstructor))


def load(path: str | Path) -> Storable:
    """Read a reconstructor written by `save`, ready to predict. Runs no code from the file.

    Raises:
        OSError: no such file, or it cannot be read.
        ValueError: a damaged or foreign file, or one of another release.
    """
    content = tensor_file.read(Path(path), FORMAT, VERSION)
    try:
        return _unpacked(content)
    except _Unknown as error:
        raise ValueError(
            f"{path}: holds a reconstructor of kind {str(error)!r}, known are {', '.join(KINDS)}; "
            "was it written by a newer release? upgrade insole-placement"
        ) from error
    except (AttributeError, KeyError, RuntimeError, TypeError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ValueError(f"{path}: damaged {content.get('kind')} ({reason})") from error


class _Unknown(Exception):
    """A kind of reconstructor that this release does not know."""


def _packed(reconstructor: Storable) -> dict[str, Any]:
    kind = type(reconstructor).__name__
    if KINDS.get(kind) is not type(reconstructor):
        raise ValueError(f"only {', '.join(KINDS)} can be saved, got a {kind}")
    try:
        state = reconstructor.state()
    except AttributeError as error:
        raise ValueError(f"this {kind} is not fitted yet; call fit first") from error
    units = vars(reconstructor).get("units_")
    return {"kind": kind, "state": _to_tensors(state), **({"units": units} if units else {})}


def _unpacked(content: dict[str, Any]) -> Storable:
    kind = content.get("kind")
    if kind not in KINDS:
        raise _Unknown(kind)
    found = KINDS[kind].from_state(_to_arrays(content["state"]))
    if "units" in content:  # releases before 0.5 did not tell
        vars(found)["units_"] = content["units"]
    return found


def _to_tensors(value: Any) -> Any:
    """Arrays become tensors, and reconstructors within a reconstructor what is stored of them.

    Raises:
        ValueError: anything that `load` would refuse.
    """
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return torch.from_numpy(value.copy())
    if isinstance(value, dict):
        return {_to_tensors(k): _to_tensors(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(_to_tensors, value))
    if value is None or isinstance(value, bool | int | float | str | Tensor):
        return value
    return _packed(value)


def _to_arrays(value: Any) -> Any:
    """The inverse of `_to_tensors`."""
    if isinstance(value, Tensor):
        return value.numpy()
    if not isinstance(value, dict):
        return value
    if value.keys() - {"units"} == {"kind", "state"}:
        return _unpacked(value)
    return {k: _to_arrays(v) for k, v in value.items()}
