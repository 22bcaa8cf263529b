"""What plugged-in models learn from: the frames of a cohort at one layout."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recon.cohort import Cohort
from recon.layout import Layout
from recon.layout import readings as read_at
from recon.reconstructor import check_fit, check_fitted, check_geometry, check_readings


class ServesOneLayout:
    """What both kinds share: they learn from frames at one layout, in units of the mean peak."""

    learned: ClassVar[str]  # the attribute that is there once they have
    layout_: Layout | None

    def _prepare(self, cohort: Cohort, layout: Layout | None, uses_geometry: bool) -> None:
        check_fit(cohort, layout)
        self.layout_ = layout
        self.grid_, self.units_ = cohort.grid, cohort.units
        self.geometry_ = uses_geometry
        self.scale_ = float(cohort.pressure.max(axis=(1, 2, 3)).mean())

    def _check(
        self,
        readings: ArrayLike,
        layout: Layout,
        geometry: ArrayLike | None,
    ) -> tuple[NDArray[np.floating], NDArray[np.floating] | None]:
        """The readings, and the geometry of each frame where this model uses one."""
        check_fitted(self, self.learned)
        read = check_readings(readings, layout)
        if self.layout_ is not None and layout != self.layout_:
            raise ValueError("this model was fitted for one layout; it cannot serve another")
        if not self.geometry_:
            return read, None
        if geometry is None:
            raise ValueError(
                "this model was fitted with geometry; pass each frame's, or the foot's"
            )
        feet = check_geometry(geometry, len(read), self.grid_.shape)
        return read, np.broadcast_to(feet, (len(read), *self.grid_.shape))


def training_frames(
    cohort: Cohort, layout: Layout
) -> tuple[NDArray[np.float32], NDArray[np.float32] | None, NDArray[np.float32]]:
    """Readings (N, k), geometry (N, rows, columns) and maps of all frames of a cohort."""
    maps = cohort.pressure.reshape(-1, *cohort.grid.shape)
    frames = cohort.pressure.shape[1]
    geometry = None if cohort.geometry is None else np.repeat(cohort.geometry, frames, axis=0)
    return read_at(maps, layout, cohort.grid), geometry, maps
