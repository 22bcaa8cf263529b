"""Sensors that sit a little elsewhere than planned, and whose gain drifts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import norm, qmc

from placement.areas import real, whole
from recon.grid import FootGrid

Floats = NDArray[np.float64]

MOST_MM = 10.0
"""About how far the grid reaches beyond the footprint."""

DRAWS = 8


@dataclass(frozen=True)
class Disturbance:
    """How far sensors are from what was planned.

    Args:
        shift_mm: most that a sensor is displaced on the reference foot, evenly over a disc.
        gain_sd: standard deviation of its gain, 1 on average.
        draws: how many times each is drawn.
        seed: of the draws.

    Raises:
        ValueError: a value out of range.
    """

    shift_mm: float = 3.0
    gain_sd: float = 0.05
    draws: int = DRAWS
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("shift_mm", "gain_sd"):
            object.__setattr__(self, name, real(name, getattr(self, name)))
        for name in ("draws", "seed"):
            object.__setattr__(self, name, whole(name, getattr(self, name)))
        if not 0 <= self.shift_mm <= MOST_MM:
            raise ValueError(f"shift_mm must lie in 0 to {MOST_MM:g} mm, got {self.shift_mm}")
        if self.draws < 1:
            raise ValueError(f"draws must be at least 1, got {self.draws}")
        if not 0 <= self.gain_sd <= 0.5:
            raise ValueError(
                f"gain drift (gain_sd) must be a share from 0 to 0.5, got {self.gain_sd}"
            )

    def of(self, sites: Floats, grid: FootGrid) -> tuple[Floats, Floats]:
        """Displaced sites (u, v), (draws, S, 2), and gains (draws, S).

        Each site has a Latin hypercube of its own, which depends on its place and the seed alone:
        no site is lucky, and a layout is disturbed alike whatever it is compared with.
        """
        places = np.round(np.asarray(sites) * 1e4).astype(int) + 10**6
        cube = np.stack(
            [
                qmc.LatinHypercube(3, rng=np.random.default_rng([self.seed, *place])).random(
                    self.draws
                )
                for place in places.tolist()
            ],
            axis=1,
        )
        radius, angle = self.shift_mm * np.sqrt(cube[..., 0]), 2 * np.pi * cube[..., 1]
        offset = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=-1)
        gains = np.maximum(1 + self.gain_sd * norm.ppf(cube[..., 2]), 0)
        ends = grid.mm(grid.centres()[[0, -1], [0, -1]])  # no sensor leaves the image
        moved = np.clip(grid.mm(sites) + offset, ends.min(axis=0), ends.max(axis=0))
        return grid.uv_from_mm(moved), gains
