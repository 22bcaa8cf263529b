"""Behind a live insole: one foot under one layout, frame by frame."""

from __future__ import annotations

import copy

import numpy as np
from numpy.typing import ArrayLike, NDArray

from recon.layout import Layout, check_layout
from recon.reconstructor import Reconstructor, check_readings

LONGEST = 40
"""Frames of a stance that are remembered, twice those of a step: of somebody who stands, neither
memory nor time per frame may grow."""


class Wearer:
    """One foot of a person who wears a layout of sensors.

    All that does not change from frame to frame (the sensors' discs, the linear map's weights,
    the features of the foot's geometry) is computed here, once. Several wearers, such as a left
    and a right foot, share the weights of one reconstructor but not what is kept for them.

    Reconstructors know stances alone. Readings that are all 0 are taken for an instant of a stance
    at which these sensors read nothing, not for a foot in the air: ask for no map of that.

    Args:
        reconstructor: fitted. One with a memory wants a frame about every 30 ms, as it was fitted
            (`recon.history`), and to be told when the foot is `lifted`.
        layout: the sensors worn.
        geometry: (rows, columns) in [0, 1] of this very foot, mirrored if it is a left one; None
            where the reconstructor was fitted without.

    Raises:
        ValueError: a layout or geometry that the reconstructor does not serve.
    """

    def __init__(
        self,
        reconstructor: Reconstructor,
        layout: Layout,
        geometry: NDArray[np.floating] | None = None,
    ) -> None:
        check_layout(layout)
        self.layout = layout
        self.geometry = None if geometry is None else np.array(geometry)
        if self.geometry is not None and self.geometry.ndim != 2:
            raise ValueError(
                f"geometry must be one foot's, (rows, columns), got {self.geometry.shape}"
            )
        self._reconstructor = copy.copy(reconstructor)  # shares what was learned
        self._memory = bool(getattr(reconstructor, "memory", False))
        self._stance: list[NDArray[np.floating]] = []
        self.predict(np.zeros(len(layout)))
        self.lifted()

    def __repr__(self) -> str:
        foot = "" if self.geometry is None else ", with geometry"
        return f"Wearer({self._reconstructor!r}, {len(self.layout)} sensors{foot})"

    def predict(self, readings: ArrayLike) -> NDArray[np.float32]:
        """One frame: readings (k,) in the order of `layout.sites` -> pressures (rows, columns).

        Raises:
            ValueError: a reading too many or too few, or one that is not finite.
        """
        frame = np.asarray(readings)
        if frame.shape != (len(self.layout),):
            raise ValueError(
                f"readings must be ({len(self.layout)},), one a sensor of the layout, got "
                f"{frame.shape}"
            )
        frame = check_readings(frame[None], self.layout)[0]
        if not self._memory:
            return self._reconstructor.predict(frame[None], self.layout, self.geometry)[0]
        so_far = [*self._stance, frame][-LONGEST:]
        geometry = None if self.geometry is None else self.geometry[None]
        maps = self._reconstructor.predict(np.stack(so_far)[None], self.layout, geometry)[0, -1]
        self._stance = so_far  # once it is known to be sound
        return maps

    def lifted(self) -> None:
        """The foot has left the floor: a reconstructor with memory begins a new stance."""
        self._stance = []
