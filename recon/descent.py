"""Training a network: resumable, reproducible, and stopped where it diverges."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import numpy as np
import torch
from threadpoolctl import threadpool_limits
from torch import Tensor, nn

from recon.checkpoint import Checkpoint

EVERY = 50
"""Steps between two states kept, in memory and in the checkpoint."""


class Diverged(ArithmeticError):
    """The loss is no longer a number."""


DEVICES = ("auto", "cpu", "cuda")


def check_device(name: str) -> str:
    """The name, or ValueError where it is none of `DEVICES`."""
    if name not in DEVICES:
        raise ValueError(f"device must be one of {', '.join(DEVICES)}, got {name!r}")
    return name


def torch_device(name: str) -> str:
    """ "cpu", "cuda", or for "auto" the latter where there is one.

    Raises:
        ValueError: "cuda" where there is none.
    """
    found = torch.cuda.is_available()
    if name == "cuda" and not found:
        raise ValueError("device 'cuda' was asked for, but torch finds none here; try 'auto'")
    return "cuda" if found and name != "cpu" else "cpu"


def elsewhere(name: str) -> str:
    """The device of a model that is loaded on another machine, which may have no GPU."""
    return "cpu" if name == "cpu" else "auto"


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Draw from torch's CPU generator at a seed; the caller's random state stays as it is."""
    state = torch.random.get_rng_state()
    torch.default_generator.manual_seed(seed)  # torch.manual_seed would seed a GPU's, too
    try:
        yield
    finally:
        torch.random.set_rng_state(state)


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute on one thread: the result depends on no machine's cores, and small matrices gain
    nothing from a second, but wait long for it where others compute."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1):  # of numpy and scipy
            yield
    finally:
        torch.set_num_threads(before)


def exact() -> AbstractContextManager[None]:
    """On a GPU: equal results each time, in all digits of single precision."""
    return torch.backends.cudnn.flags(
        enabled=True, benchmark=False, deterministic=True, allow_tf32=False
    )


def warm_cosine(step: int, steps: int) -> float:
    """Share of the learning rate: up over a tenth of the steps, then down to 0 as a cosine."""
    warm = min(1.0, 10 * (step + 1) / steps)
    return warm * (1 + math.cos(math.pi * step / steps)) / 2


def descend(
    net: nn.Module,
    loss: Callable[[np.random.Generator], Tensor],
    *,
    steps: int,
    learning_rate: float,
    seed: int,
    optimiser: torch.optim.Optimizer | None = None,
    rate: Callable[[int, int], float] = warm_cosine,
    every: int | None = None,
    checkpoint: Checkpoint | None = None,
) -> None:
    """Minimise a loss in place, clipping the gradient's norm at 1.

    With a checkpoint training goes on from the state stored there, if there is one, and ends with
    the weights of an uninterrupted one, to the last bit on the same machine with the same number
    of threads.

    Args:
        net: its modes and device stay as they are.
        loss: draws a batch and returns its loss, (). It may draw from torch's CPU generator too.
        learning_rate: the highest.
        seed: of both generators; that of the caller stays as it is.
        optimiser: of the net's parameters; AdamW by default.
        rate: share of the learning rate at a step, given it and the number of steps.
        every: steps between two states kept; `EVERY` by default. What `loss` remembers from call
            to call must begin anew there.

    Raises:
        Diverged: loss or gradient is NaN or infinite. `net` and checkpoint hold the last state
            kept whose loss was finite.
        ValueError: a damaged checkpoint, or one of another task.
    """
    rng = np.random.default_rng(seed)
    # foreach: the same numbers as one by one, a little sooner
    optimiser = optimiser or torch.optim.AdamW(net.parameters(), foreach=True)
    every = every or EVERY
    with seeded(seed), exact():
        good = _state(0, net, optimiser, rng)
        if checkpoint is not None and (stored := checkpoint.read()) is not None:
            good = stored
            _restore(good, net, optimiser, rng)
        for step in range(good["step"], steps):
            before = _state(step, net, optimiser, rng) if step % every == 0 else None
            for group in optimiser.param_groups:
                group["lr"] = float(learning_rate * rate(step, steps))  # NumPy's cannot be kept
            optimiser.zero_grad(set_to_none=True)
            value = loss(rng)
            value.backward()
            norm = nn.utils.clip_grad_norm_(net.parameters(), 1.0, foreach=True)
            if not torch.stack([value.detach(), norm]).isfinite().all():  # one wait for a GPU
                _restore(good, net, optimiser, rng)
                raise Diverged(_cause(step, value.item(), learning_rate, good["step"]))
            if before is not None:  # only now known to be good
                good = before
                if checkpoint is not None and step > 0:
                    checkpoint.write(good)
            optimiser.step()
        if checkpoint is not None and good["step"] < steps:
            checkpoint.write(_state(steps, net, optimiser, rng))


def _state(
    step: int, net: nn.Module, optimiser: torch.optim.Optimizer, rng: np.random.Generator
) -> dict[str, Any]:
    """A copy of all that the steps from `step` on depend on."""
    return {
        "step": step,
        "net": _copy(net.state_dict()),
        "optimiser": _copy(optimiser.state_dict()),
        "numpy": json.dumps(rng.bit_generator.state),
        "torch": torch.random.get_rng_state(),
    }


def _restore(
    state: dict[str, Any],
    net: nn.Module,
    optimiser: torch.optim.Optimizer,
    rng: np.random.Generator,
) -> None:
    net.load_state_dict(state["net"])
    optimiser.load_state_dict(_copy(state["optimiser"]))
    rng.bit_generator.state = json.loads(state["numpy"])
    torch.random.set_rng_state(state["torch"])


def _copy(value: Any) -> Any:
    """A deep copy, tensors on the CPU."""
    if isinstance(value, Tensor):
        return value.detach().cpu().clone()
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value


def _cause(step: int, value: float, learning_rate: float, kept: int) -> str:
    found = "the gradient is not finite" if math.isfinite(value) else f"the loss is {value}"
    cause = (
        f"is the learning rate of {learning_rate:g} too high?"
        if step > 0
        else "is a pressure or a start weight not finite?"
    )
    return f"training stopped at step {step}: {found}; {cause} The weights of step {kept} are kept"
