"""Gait variables and how well a reconstruction keeps them.

Every function works on a stance, or on any stack of stances of equal length: pressure is
(..., T, rows, columns), and the metrics return one value per stance. Definitions: docs/metrics.md.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

METRICS = ("nrmse", "vgrf_accuracy", "peak_accuracy", "cop_error_cm")
"""The four metrics of every score, in the order of tables."""

LOADED_SHARE = 0.05
"""The centre of pressure counts in frames with at least this share of the peak force."""

Floats = NDArray[np.floating]


def total_load(pressure: Floats) -> Floats:
    """Sum over the map, (..., T): force up to the pixel area, in any units."""
    return pressure.sum(axis=(-2, -1), dtype=np.float64)


def vertical_force(pressure: Floats, mm_per_pixel: ArrayLike) -> Floats:
    """Vertical ground reaction force in N, (..., T), from pressure in kPa.

    Args:
        mm_per_pixel: (..., 2) row and column size of a pixel on this foot, mm.
    """
    area_mm2 = np.prod(np.asarray(mm_per_pixel, float), axis=-1)
    return total_load(pressure) * area_mm2[..., None] * 1e-3  # kPa mm2 = 1e-3 N


def centre_of_pressure(pressure: Floats, mm_per_pixel: ArrayLike) -> Floats:
    """Centre of pressure in mm, (..., T, 2): x from the image's left, y from its bottom edge.

    A frame without load has its centre of pressure in the middle of the image.
    """
    size = np.asarray(mm_per_pixel, float)
    rows, columns = pressure.shape[-2:]
    x = (np.arange(columns) + 0.5) * size[..., 1, None]
    y = (rows - np.arange(rows) - 0.5) * size[..., 0, None]
    load = total_load(pressure)
    safe = np.where(load > 0, load, 1.0)
    by_column = pressure.sum(axis=-2, dtype=np.float64)
    by_row = pressure.sum(axis=-1, dtype=np.float64)
    cop = np.stack(
        [
            np.einsum("...tc,...c->...t", by_column, x) / safe,
            np.einsum("...tr,...r->...t", by_row, y) / safe,
        ],
        axis=-1,
    )
    middle = np.stack([size[..., 1] * columns / 2, size[..., 0] * rows / 2], axis=-1)
    return np.where((load > 0)[..., None], cop, middle[..., None, :])


def nrmse(truth: Floats, estimate: Floats, pixels: NDArray[np.bool_]) -> Floats:
    """Root mean square error over `pixels` and frames, over the stance's peak pressure.

    Args:
        pixels: (rows, columns), the pixels that count.
    """
    error = (estimate - truth)[..., pixels]
    rms = np.sqrt(np.mean(np.square(error), axis=(-2, -1), dtype=np.float64))
    return rms / truth.max(axis=(-3, -2, -1))


def vgrf_accuracy(truth: Floats, estimate: Floats) -> Floats:
    """100 (1 - mean_t |F^ - F| / max_t F) in %, F the vertical force."""
    load = total_load(truth)
    error = np.abs(total_load(estimate) - load).mean(axis=-1)
    return 100 * (1 - error / load.max(axis=-1))


def peak_accuracy(truth: Floats, estimate: Floats) -> Floats:
    """100 (1 - |max p^ - max p| / max p) in %, maxima over the stance."""
    peak = truth.max(axis=(-3, -2, -1)).astype(float)
    return 100 * (1 - np.abs(estimate.max(axis=(-3, -2, -1)) - peak) / peak)


def cop_error_cm(truth: Floats, estimate: Floats, mm_per_pixel: ArrayLike) -> Floats:
    """Mean distance in cm of the two centres of pressure over the loaded frames."""
    load = total_load(truth)
    counts = load >= LOADED_SHARE * load.max(axis=-1, keepdims=True)
    gap = centre_of_pressure(estimate, mm_per_pixel) - centre_of_pressure(truth, mm_per_pixel)
    distance = np.where(counts, np.linalg.norm(gap, axis=-1), 0.0)
    return distance.sum(axis=-1) / counts.sum(axis=-1) / 10


def all_metrics(
    truth: Floats, estimate: Floats, mm_per_pixel: ArrayLike, pixels: NDArray[np.bool_]
) -> dict[str, Floats]:
    """The four metrics of each stance, keyed by the names in `METRICS`."""
    return {
        "nrmse": nrmse(truth, estimate, pixels),
        "vgrf_accuracy": vgrf_accuracy(truth, estimate),
        "peak_accuracy": peak_accuracy(truth, estimate),
        "cop_error_cm": cop_error_cm(truth, estimate, mm_per_pixel),
    }
