"""The reconstructors that layouts are judged by, by the names that the commands know."""

from __future__ import annotations

from placement.settings import Settings
from recon.ensemble import Ensemble
from recon.kernel import Kernel
from recon.linear import Linear, MeanMap
from recon.reconstructor import Reconstructor

CLOSED = ("mean", "linear", "kernel")
"""Fitted in closed form."""

NETWORKS = ("ensemble", "network")
"""Trained: the mean of kernel and mode networks; the CBAM U-Net."""


def reconstructor(name: str, settings: Settings) -> Reconstructor:
    """A fresh one, not yet fitted; `name` is one of `CLOSED` or `NETWORKS`."""
    if name == "mean":
        return MeanMap()
    if name == "linear":
        return Linear()
    if name == "kernel":
        return Kernel(seed=settings.seed)
    if name == "ensemble":
        from recon.modes import ModeNetwork  # torch takes seconds to import

        return Ensemble([Kernel(seed=settings.seed), ModeNetwork(seed=settings.seed)])
    from recon.unet import UNetReconstructor

    return UNetReconstructor(
        settings.size, steps=settings.steps, seed=settings.seed, device=settings.device
    )
