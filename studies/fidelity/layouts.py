"""Sixty layouts that differ as those of a search do: random ones, and some good in their way."""

import numpy as np

from placement.scoring import LinearScorer
from placement.sites import candidate_sites
from placement.swaps import swapped
from recon import Cohort, Layout, Sensor
from recon.footprint import insole_pixels
from recon.validate import make_folds

COUNTS = {1: 4, 2: 12, 3: 5, 4: 12, 6: 5, 8: 12, 12: 5, 16: 5}
"""Layouts of each number of sensors: most where a best one is picked."""

ROUNDS = 2  # of swaps from a random start


def sixty(cohort: Cohort, seed: int) -> list[Layout]:
    """Of each count, by turns a random layout and one that swaps improved on half the people.

    Each is improved on another half, so that the good ones differ.
    """
    pixels = insole_pixels(cohort)
    sites = candidate_sites(pixels, cohort.grid)
    sites = sites[np.rint(cohort.grid.pixel(sites)).sum(axis=1) % 2 == 0]  # as on a chess board
    rng = np.random.default_rng(seed)
    layouts = []
    for count, wanted in COUNTS.items():
        for i in range(wanted):
            chosen = rng.permutation(len(sites))[:count].tolist()
            if i % 2:
                half = rng.permutation(len(cohort.subjects))[: (len(cohort.subjects) + 1) // 2]
                people = cohort.subset([cohort.subjects[j] for j in half])
                folds = make_folds(people.subjects, min(3, len(half)), seed)
                scorer = LinearScorer(people, sites, Sensor(), folds, pixels)
                chosen = swapped(scorer.relative, len(sites), chosen, ROUNDS)
            layouts.append(Layout(tuple((u, v) for u, v in sites[sorted(chosen)])))
    return layouts
