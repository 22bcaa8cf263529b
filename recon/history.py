"""A short memory: what the sensors read earlier in the same stance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

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


def inputs(readings: NDArray[np.floating], memory: bool) -> Floats:
    """Rows that a reconstructor maps: (..., k) -> (n, k); with memory (n, T, k) -> (n T, 4 k)."""
    rows = np.asarray(readings, float)
    rows = remembered(rows) if memory else rows
    return rows.reshape(-1, rows.shape[-1])
