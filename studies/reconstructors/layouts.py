"""Layouts optimised on some people: greedy, then a few rounds of swaps, at linear fidelity."""

import numpy as np

from placement.scoring import LinearScorer
from placement.sites import candidate_sites
from recon import Cohort, Layout, Sensor
from recon.footprint import insole_pixels

ROUNDS = 3  # of swaps; later ones gain little


def optimised(cohort: Cohort, counts: tuple[int, ...]) -> dict[int, Layout]:
    """One layout of each count, by its error with one person left out at a time."""
    pixels = insole_pixels(cohort)
    sites = candidate_sites(pixels, cohort.grid)
    sites = sites[np.rint(cohort.grid.pixel(sites)).sum(axis=1) % 2 == 0]  # as on a chess board
    folds = tuple((name,) for name in cohort.subjects)
    scorer = LinearScorer(cohort, sites, Sensor(), folds, pixels)
    chosen: list[int] = []
    found = {}
    while len(chosen) < max(counts):
        chosen.append(best(scorer, chosen, len(sites))[0])
        if len(chosen) in counts:
            chosen = swapped(scorer, chosen, len(sites))
            found[len(chosen)] = Layout(tuple((u, v) for u, v in sites[chosen]))
    return found


def best(scorer: LinearScorer, kept: list[int], sites: int) -> tuple[int, float]:
    """The site that goes best with those kept, and the error then."""
    free = np.setdiff1d(np.arange(sites), kept)
    errors = scorer.relative(np.array([[*kept, site] for site in free]))
    return int(free[errors.argmin()]), float(errors.min())


def swapped(scorer: LinearScorer, chosen: list[int], sites: int) -> list[int]:
    """Move one sensor at a time to its best place, at most `ROUNDS` times each."""
    error = float(scorer.relative(np.array([chosen]))[0])
    for _ in range(ROUNDS):
        before = error
        for place in range(len(chosen)):
            kept = chosen[:place] + chosen[place + 1 :]
            site, found = best(scorer, kept, sites)
            if found < error * (1 - 1e-6):
                chosen, error = [*kept, site], found
        if error == before:
            break
    return chosen
