"""All sets of sites of one size, where there are not too many: the best is then proven."""

from __future__ import annotations

from itertools import combinations, islice
from math import comb

import numpy as np
from numpy.typing import NDArray

from placement.swaps import Allowed, Relative, permitted

_CHUNK = 8192  # sets enumerated at once

Ints = NDArray[np.int64]


def exhaustive(
    relative: Relative,
    numbers: NDArray[np.integer],
    count: int,
    keep: int = 1,
    allowed: Allowed | None = None,
    fixed: tuple[int, ...] = (),
) -> tuple[Ints, NDArray[np.float64], int]:
    """Score every set of `count` of the site numbers, with those fixed, that is allowed.

    Args:
        numbers: the sites to choose from.
        keep: so many of the best come back.
        fixed: sites that are in every set, none of `numbers`.

    Returns:
        Sets (r, count + fixed), sorted, and their errors (r,), best first and in order of their
        numbers where equal, r at most `keep`; and how many were scored.
    """
    numbers = np.unique(numbers)
    sets: Ints = np.empty((0, count + len(fixed)), np.int64)
    errors, scored = np.empty(0), 0
    every = combinations(numbers.tolist(), count)
    while chunk := list(islice(every, _CHUNK)):
        drawn = np.empty((len(chunk), sets.shape[1]), np.int64)
        drawn[:, :count], drawn[:, count:] = np.reshape(chunk, (len(chunk), count)), fixed
        rows = permitted(np.sort(drawn), allowed)
        scored += len(rows)
        sets = np.concatenate([sets, rows])
        errors = np.concatenate([errors, relative(rows)])
        best = np.argsort(errors, kind="stable")[:keep]  # earlier sets come first where equal
        sets, errors = sets[best], errors[best]
    return sets, errors, scored


def affordable(sites: int, count: int, sets: int) -> int:
    """Most sites, of those there are, whose sets of `count` are no more than `sets`."""
    while sites and comb(sites, count) > sets:
        sites -= 1
    return sites


def coarser(uv_mm: NDArray[np.float64], most: int) -> Ints:
    """Numbers of at most `most` sites spread evenly: one in each cell of the finest square mesh.

    Args:
        uv_mm: (S, 2) sites in mm.
        most: at least 1.
    """
    corner, side = uv_mm.min(axis=0), 1.0
    while True:
        cell = (uv_mm - corner) // side
        middle = corner + (cell + 0.5) * side
        order = np.argsort(np.linalg.norm(uv_mm - middle, axis=1), kind="stable")
        _, first = np.unique(cell[order], axis=0, return_index=True)
        if len(first) <= most:
            return np.sort(order[first])
        side *= 1.02
