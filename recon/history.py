"""A short memory: what the sensors read earlier in the same stance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LAGS = (2, 5)
"""How many frames ago readings are looked up."""

ALONE, POOLS = 4, 3
"""Of up to so many sensors the past of each is kept; of more, that of so many groups of neighbours,
from heel to toes: that of each would say more than a few people can teach."""


def remembered(readings: Floats) -> Floats:
    """What is known at each instant of a stance: (n, T, k) -> (n, T, k + 4 g), g of `pools`.

    The readings now; then, each pooled: at the `LAGS`, the highest so far and the mean so far.
    Causal: an instant sees itself and what came before, the first reading standing for what lies
    before it. Frames stand for equal shares of the stance, as `Cohort` has them; about 30 ms at
    20 frames a stance.
    """
    instants = np.arange(readings.shape[1])
    pooled = np.stack(
        [part.mean(axis=-1) for part in np.array_split(readings, pools(readings.shape[-1]), -1)],
        axis=-1,
    )
    parts = [
        readings,
        *(pooled[:, np.maximum(instants - lag, 0)] for lag in LAGS),
        np.maximum.accumulate(pooled, axis=1),
        np.cumsum(pooled, axis=1) / (instants + 1)[:, None],
    ]
    return np.concatenate(parts, axis=-1)


def pools(sensors: int) -> int:
    """Groups that the past of so many sensors is kept for."""
    return sensors if sensors <= ALONE else POOLS


def parts(columns: int, sensors: int) -> list[slice]:
    """Where the parts of a row lie: the readings now, and the past if there is any."""
    step = pools(sensors)
    return [slice(0, sensors), *(slice(i, i + step) for i in range(sensors, columns, step))]


def inputs(readings: NDArray[np.floating], memory: bool) -> Floats:
    """A reconstructor's rows: (..., k) -> (n, k); with memory (n, T, k) -> (n T, k + 4 g)."""
    rows = np.asarray(readings, float)
    rows = remembered(rows) if memory else rows
    return rows.reshape(-1, rows.shape[-1])
