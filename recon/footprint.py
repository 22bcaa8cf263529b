"""The footprint of a cohort: which pixels carry load."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from recon.cohort import Cohort

LOADED = 0.02
"""A pixel is loaded where a person's mean peak map exceeds this share of its maximum."""

STRAY = 0.1
"""A patch beside the largest, of a smaller share of its size, is no part of the foot."""


def mean_peak(cohort: Cohort) -> NDArray[np.float32]:
    """The time-maximum of every stance, averaged within and then over people: (rows, columns)."""
    return np.mean(_peaks(cohort), axis=0)


def insole_pixels(cohort: Cohort) -> NDArray[np.bool_]:
    """The pixels that an insole covers, (rows, columns).

    These are the pixels loaded by any person, with the arch and the gaps between the toes filled
    in. NRMSE is taken over them.
    """
    loaded = np.any([peak > LOADED * peak.max() for peak in _peaks(cohort)], axis=0)
    border = 5  # so that closing does not erode at the image's edge
    closed = ndimage.binary_closing(np.pad(loaded, border), iterations=4)[
        border:-border, border:-border
    ]
    outline = ndimage.binary_fill_holes(closed | loaded)
    labels, count = ndimage.label(outline)
    if count > 1:
        sizes = ndimage.sum_labels(outline, labels, np.arange(1, count + 1))
        parts = 1 + np.flatnonzero(sizes > STRAY * sizes.max())
        outline = np.isin(labels, parts)
        if len(parts) > 1:  # heel and forefoot: nobody's midfoot touches the ground
            outline = _onward(outline) & _onward(outline[::-1])[::-1]
    return np.asarray(outline, bool)


def _peaks(cohort: Cohort) -> list[NDArray[np.float32]]:
    """Each person's mean peak map."""
    peaks = cohort.pressure.max(axis=1)
    return [peaks[cohort.subject_index == i].mean(axis=0) for i in range(len(cohort.subjects))]


def _onward(outline: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """From the first pixel of each column on."""
    return np.logical_or.accumulate(outline, axis=0)
