"""A short memory: what the sensors read earlier in the same stance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recon.layout import Layout
from recon.reconstructor import check_readings

Floats = NDArray[np.float64]

LAG = 2  # frames
PARTS = 4
"""Now, `LAG` frames ago, the highest so far, and the mean so far."""


def remembered(readings: Floats) -> Floats:
    """What is known at each instant of a stance: (n, T, k) -> (n, T, 4 k).

    Causal: an instant sees itself and what came before. Frames stand for equal shares of the
    stance, as `Cohort` has them; about 30 ms at 20 frames a stance.
    """
    earlier = np.concatenate([np.repeat(readings[:, :1], LAG, axis=1), readings[:, :-LAG]], axis=1)
    so_far = np.arange(1, readings.shape[1] + 1)[:, None]
    parts = [
        readings,
        earlier[:, : readings.shape[1]],
        np.maximum.accumulate(readings, axis=1),
        np.cumsum(readings, axis=1) / so_far,
    ]
    return np.concatenate(parts, axis=-1)


def inputs(readings: NDArray[np.floating], layout: Layout, memory: bool) -> Floats:
    """The rows that a reconstructor maps, checked: (n, k), or (n * T, 4 k) with memory.

    Raises:
        ValueError: readings that do not belong to the layout, or no stances where memory needs
            them.
    """
    if not memory:
        check_readings(readings, layout)
        return np.asarray(readings, float)
    if readings.ndim != 3:
        raise ValueError(
            "a reconstructor with memory takes whole stances, readings of (stances, frames, "
            f"{len(layout)}) in order of time, got {readings.shape}"
        )
    check_readings(readings.reshape(-1, readings.shape[-1]), layout)
    return remembered(np.asarray(readings, float)).reshape(-1, PARTS * len(layout))
