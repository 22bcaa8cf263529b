"""Greedy choice and swap descent over candidate sites, at a fidelity that scores many at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

ROUNDS = 3
"""Moves tried at most, over the number of sensors; later ones gain little."""

_LEAST = 1e-6  # relative gain that counts as one

Relative = Callable[[NDArray[np.integer]], NDArray[np.float64]]
"""Errors (b,) of sets of site numbers (b, k), such as `LinearScorer.relative`."""

Allowed = Callable[[NDArray[np.integer]], NDArray[np.bool_]]
"""Whether sets of site numbers (b, k), sorted, may be used: (b,)."""


def permitted(sets: NDArray[np.integer], allowed: Allowed | None) -> NDArray[np.integer]:
    """The sets (b, k) that are allowed, all where None says what is."""
    return sets if allowed is None else sets[allowed(sets)]


def greedy(
    relative: Relative,
    sites: int,
    count: int,
    kept: Sequence[int],
    allowed: Allowed | None = None,
) -> list[int]:
    """Add to the sites kept, one at a time, the one that goes best with them, up to `count`.

    Every set on the way must be allowed; fewer than `count` come back where none is.
    """
    chosen = list(kept)
    while len(chosen) < count:
        site, error = _best(relative, sites, chosen, allowed)
        if error == np.inf:
            break
        chosen.append(site)
    return chosen


def swapped(
    relative: Relative,
    sites: int,
    chosen: Sequence[int],
    rounds: int = ROUNDS,
    allowed: Allowed | None = None,
) -> list[int]:
    """Move one sensor at a time to its best place, until nothing is gained or rounds are over.

    A round moves as many sensors as there are; one just moved goes to the end of the line.

    A set that is not allowed is left by the first move that leads to an allowed one.
    """
    chosen = list(chosen)
    start = permitted(np.sort([chosen]), allowed)
    error = float(relative(start)[0]) if len(start) else np.inf
    for _ in range(rounds):
        before = error
        for place in range(len(chosen)):
            kept = chosen[:place] + chosen[place + 1 :]
            site, found = _best(relative, sites, kept, allowed)
            if found < error * (1 - _LEAST):
                chosen, error = [*kept, site], found
        if error == before:
            break
    return chosen


def random_set(rng: np.random.Generator, sites: int, count: int) -> list[int]:
    """Any set at random."""
    drawn: list[int] = np.sort(rng.random(sites).argpartition(count - 1)[:count]).tolist()
    return drawn


def _best(
    relative: Relative, sites: int, kept: list[int], allowed: Allowed | None
) -> tuple[int, float]:
    """The site that goes best with those kept and the error then, infinite where none may."""
    free = np.setdiff1d(np.arange(sites), kept)
    sets = np.column_stack([np.tile(np.array(kept, int), (len(free), 1)), free])
    if allowed is not None:
        may = allowed(np.sort(sets, axis=1))
        free, sets = free[may], sets[may]
    if not len(free):
        return -1, np.inf
    errors = relative(np.sort(sets, axis=1))
    return int(free[errors.argmin()]), float(errors.min())
