"""Greedy choice and swap descent over candidate sites, at a fidelity that scores many at once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

ROUNDS = 3
"""Most times that each sensor is moved; later rounds gain little."""

_LEAST = 1e-6  # relative gain that counts as one

Relative = Callable[[NDArray[np.integer]], NDArray[np.float64]]
"""Errors (b,) of sets of site numbers (b, k), such as `LinearScorer.relative`."""


def greedy(relative: Relative, sites: int, count: int, kept: list[int]) -> list[int]:
    """Add to the sites kept, one at a time, the one that goes best with them, up to `count`."""
    chosen = list(kept)
    while len(chosen) < count:
        chosen.append(_best(relative, sites, chosen)[0])
    return chosen


def swapped(relative: Relative, sites: int, chosen: list[int], rounds: int = ROUNDS) -> list[int]:
    """Move one sensor at a time to its best place, until nothing is gained or rounds are over."""
    chosen = list(chosen)
    error = float(relative(np.array([chosen]))[0])
    for _ in range(rounds):
        before = error
        for place in range(len(chosen)):
            kept = chosen[:place] + chosen[place + 1 :]
            site, found = _best(relative, sites, kept)
            if found < error * (1 - _LEAST):
                chosen, error = [*kept, site], found
        if error == before:
            break
    return chosen


def _best(relative: Relative, sites: int, kept: list[int]) -> tuple[int, float]:
    """The site that goes best with those kept, and the error then."""
    free = np.setdiff1d(np.arange(sites), kept)
    errors = relative(np.array([[*kept, site] for site in free]))
    return int(free[errors.argmin()]), float(errors.min())
