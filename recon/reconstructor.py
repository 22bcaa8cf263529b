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
            geometry: (n, rows, columns) in [0, 1] for each frame's foot, (rows, columns) where
                all frames are of one foot, or None.

        Returns:
            (n, rows, columns), >= 0, in the units of the readings.

        Raises:
            ValueError: readings that do not belong to the layout or are not finite.
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


def check_geometry(geometry: NDArray[np.floating], frames: int, shape: tuple[int, int]) -> None:
    """Raise ValueError where a geometry does not belong to the frames or the grid."""
    if geometry.shape not in (shape, (frames, *shape)):
        raise ValueError(
            f"geometry must be {shape} for one foot or {(frames, *shape)}, one image a frame, "
            f"got {geometry.shape}"
        )
    if not (np.isfinite(geometry).all() and geometry.min(initial=0) >= 0) or (
        geometry.max(initial=0) > 1
    ):
        raise ValueError("geometry must lie in [0, 1]; were millimetres given?")


def distinct(
    images: NDArray[np.floating],
) -> tuple[NDArray[np.floating], NDArray[np.int64]]:
    """The different ones (m, rows, columns) among images (n, rows, columns), and which each is.

    One image (rows, columns) counts as one for all: m is 1 and the index is empty.
    """
    if images.ndim == 2:
        return images[None], np.empty(0, int)
    place: dict[bytes, int] = {}
    index = np.array([place.setdefault(image.tobytes(), len(place)) for image in images], int)
    first = np.unique(index, return_index=True)[1]
    return images[first], index
