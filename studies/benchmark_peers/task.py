"""What every method is given, and what it must give back."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from placement.scoring import LinearScorer
from placement.settings import Settings
from placement.sites import candidate_sites
from placement.split import Split
from recon import Cohort, Sensor
from recon.footprint import insole_pixels
from recon.layout import reading_matrix
from recon.validate import Folds


@dataclass
class Task:
    """Where to put sensors, knowing these people; `evaluations` counts layouts scored.

    Args:
        sites: (S, 2) candidate sites (u, v); outline: (rows, columns) pixels of the insole.
        read: (n, S) what a sensor at each site reads in each frame.
    """

    people: Cohort
    folds: Folds
    settings: Settings
    sites: NDArray[np.float64]
    outline: NDArray[np.bool_]
    read: NDArray[np.float64]
    scorer: LinearScorer
    evaluations: int = 0

    @classmethod
    def of(cls, people: Cohort, folds: Folds, settings: Settings) -> "Task":
        outline = insole_pixels(people)
        sites = candidate_sites(outline, people.grid, settings.constraints.margin_mm)
        sensor = Sensor(settings.sensor_mm)
        matrix = reading_matrix([(u, v) for u, v in sites], sensor, people.grid)
        read = people.pressure.reshape(-1, matrix.shape[1]) @ matrix.T
        scorer = LinearScorer(people, sites, sensor, folds, outline)
        return cls(people, folds, settings, sites, outline, read, scorer)

    def error(self, sets: NDArray[np.int64]) -> NDArray[np.float64]:
        """Relative linear error under cross-validation: (b, k) sites -> (b,)."""
        self.evaluations += len(sets)
        return self.scorer.relative(sets)

    def split(self) -> Split:
        return Split(self.people, None, self.folds, self.outline)


Sets = dict[int, list[int]]
"""Site numbers by sensor count."""

Method = Callable[[Task, tuple[int, ...]], Sets]
