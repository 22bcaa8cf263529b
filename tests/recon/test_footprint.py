"""Which pixels an insole covers."""

from dataclasses import replace

import numpy as np

from recon import Cohort
from recon.footprint import insole_pixels


def test_heel_and_forefoot_are_one_insole_where_nobodys_arch_touches(cohort: Cohort) -> None:
    """High arches, all of them: the middle of the foot is bare, and still under the insole."""
    rows = cohort.grid.shape[0]
    bare = slice(int(0.4 * rows), int(0.65 * rows))
    high = painted(cohort, lambda maps: maps[:, bare].fill(0))
    whole, arched = insole_pixels(cohort), insole_pixels(high)
    assert arched[0 : bare.start].any() and arched[bare.stop :].any()
    assert (arched.any(axis=1) == whole.any(axis=1)).all()


def test_stray_cells_beside_the_foot_are_none_of_it(cohort: Cohort) -> None:
    def stray(maps: np.ndarray) -> None:
        maps[:, 0] = 0
        maps[:, :, 0] = 0
        maps[:, 0, 0] = 200

    beside = painted(painted(cohort, lambda maps: maps[:, :4].fill(0)), stray)
    assert not insole_pixels(beside)[0, 0]


def painted(cohort: Cohort, paint) -> Cohort:
    samples = []
    for sample in cohort.samples:
        maps = sample.pressure.copy()
        paint(maps)
        samples.append(replace(sample, pressure=maps))
    return Cohort(tuple(samples), cohort.grid)
