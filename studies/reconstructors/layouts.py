"""Layouts optimised on some people: greedy, then a few rounds of swaps, at linear fidelity."""

import numpy as np

from placement.scoring import LinearScorer
from placement.sites import candidate_sites
from placement.swaps import greedy, swapped
from recon import Cohort, Layout, Sensor
from recon.footprint import insole_pixels


def optimised(cohort: Cohort, counts: tuple[int, ...]) -> dict[int, Layout]:
    """One layout of each count, by its error with one person left out at a time."""
    pixels = insole_pixels(cohort)
    sites = candidate_sites(pixels, cohort.grid)
    sites = sites[np.rint(cohort.grid.pixel(sites)).sum(axis=1) % 2 == 0]  # as on a chess board
    folds = tuple((name,) for name in cohort.subjects)
    scorer = LinearScorer(cohort, sites, Sensor(), folds, pixels)
    chosen: list[int] = []
    found = {}
    for count in sorted(counts):
        chosen = greedy(scorer.relative, len(sites), count, chosen)
        chosen = swapped(scorer.relative, len(sites), chosen)
        found[count] = Layout(tuple((u, v) for u, v in sites[chosen]))
    return found
