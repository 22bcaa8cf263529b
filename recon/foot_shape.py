"""What a foot's height image says in a few numbers: its place among the feet that were seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recon.reconstructor import check_geometry, distinct_images

COMPONENTS = 12
"""Principal components that are kept, as far as there are feet to know them by."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class FootShapes:
    """Principal components of height images, over the SD of the first; none without scans.

    Args:
        mean: (rows, columns) the mean image; axes: (c, rows, columns), c of at most `COMPONENTS`.
    """

    mean: Floats
    axes: Floats

    @classmethod
    def of(cls, geometry: NDArray[np.floating] | None, shape: tuple[int, int]) -> Self:
        """Of a cohort's geometry (n, rows, columns), where every foot counts once, or of None."""
        if geometry is None:
            return cls(np.zeros(shape), np.zeros((0, *shape)))
        feet = distinct_images(geometry)[0].astype(float)
        mean = feet.mean(axis=0)
        found = np.linalg.svd((feet - mean).reshape(len(feet), -1), full_matrices=False)
        spread = found.S
        kept = (spread > 1e-9 * np.sqrt(mean.size * len(feet)))[:COMPONENTS].sum()
        first_sd = max(spread[0] / np.sqrt(len(feet)), np.finfo(float).tiny)
        return cls(mean, (found.Vh[:kept] / first_sd).reshape(-1, *shape))

    @property
    def count(self) -> int:
        """Numbers that describe a foot, c."""
        return len(self.axes)

    def features(self, geometry: ArrayLike | None, feet: int, frames: int = 1) -> Floats:
        """(feet * frames, c), the numbers of each frame's foot.

        Args:
            geometry: (feet, rows, columns), (rows, columns) if all are of one foot, or None for
                a foot of mean shape.
            frames: how often each foot's numbers are repeated.

        Raises:
            ValueError: a geometry of another shape or range.
        """
        if geometry is None or not self.count:
            return np.zeros((feet * frames, self.count))
        height, width = self.mean.shape
        images = (
            check_geometry(geometry, feet, (height, width)).reshape(-1, self.mean.size)
            - self.mean.ravel()
        )
        found = images @ self.axes.reshape(self.count, -1).T
        return np.repeat(np.broadcast_to(found, (feet, self.count)), frames, axis=0)

    def state(self) -> dict[str, Any]:
        return {"mean": self.mean, "axes": self.axes}
