"""The one contract that every reconstructor keeps."""

from __future__ import annotations

from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

from recon.cohort import Cohort
from recon.layout import Layout


class Reconstructor(Protocol):
    """Turns a few readings of one frame back into its pressure map.

    Parameters go to the constructor, data to `fit`, and what was learned ends in an underscore.
    One that looks back within a stance has an attribute `memory`, True, and takes and gives whole
    stances: readings (n, T, k), geometry (n, rows, columns), maps (n, T, rows, columns).
    """

    def fit(self, cohort: Cohort, layout: Layout | None = None) -> Self:
        """Learn from all samples: for one layout, or for any layout where it is None."""
        ...

    def predict(
        self,
        readings: NDArray[np.floating],
        layout: Layout,
        geometry: NDArray[np.floating] | None = None,
    ) -> NDArray[np.float32]:
        """Reconstruct frames.

        Args:
            readings: (n, k), columns in the order of `layout.sites`, units of the cohort.
            layout: where they were read.
            geometry: (n, rows, columns) in [0, 1] for each frame's foot, or None.

        Returns:
            (n, rows, columns), >= 0, in the units of the readings.
        """
        ...


def check_readings(readings: NDArray[np.floating], layout: Layout) -> None:
    """Raise ValueError where readings do not belong to the layout."""
    if readings.ndim != 2 or readings.shape[1] != len(layout):
        raise ValueError(
            f"readings must be (frames, {len(layout)}), one column per sensor of the layout, "
            f"got {readings.shape}"
        )
    if not np.isfinite(readings).all():
        raise ValueError("readings contain NaN or infinity; is a sensor disconnected?")
