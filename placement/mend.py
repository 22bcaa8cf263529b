"""The nearest allowed set to any set of sites, many at once.

An individual is a row of `max_sensors` site numbers, -1 in the places it leaves empty.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from placement.allowed import Ints, Rules

EMPTY = -1

TRIES = 4
"""Times that a set is laid before a known allowed set is taken instead, the last time snugly."""


def counts(x: Ints) -> Ints:
    """Sensors of each individual: (n, max_sensors) -> (n,)."""
    return np.asarray((x != EMPTY).sum(axis=1))


def rows_allowed(rules: Rules, x: Ints) -> NDArray[np.bool_]:
    """Which individuals (n, max_sensors), sorted with EMPTY last, keep all constraints."""
    size = counts(x)
    good = np.zeros(len(x), bool)
    for k in np.unique(size[size > 0]):
        good[size == k] = rules.allowed(x[size == k, :k])
    return good


def drawn(rules: Rules, rng: np.random.Generator, size: int) -> list[int] | None:
    """A random allowed set, or None where there is none of this size."""
    if size not in rules.examples:
        return None
    row = rng.choice(len(rules.uv), size, replace=False)[None]
    found: list[int] = mended(rules, row, rng)[0].tolist()
    return found


def mended(rules: Rules, x: Ints, rng: np.random.Generator) -> Ints:
    """Allowed individuals near those given: (n, max_sensors) -> the same, sorted.

    The number of sensors goes to the nearest for which there is an allowed set. The required sites
    are laid first, then the others in random order, each where it was or on the nearest site that
    is still open to it, and random ones for those missing. Where that leads into a dead end another
    order is tried, then whatever sites leave most others open, and at last a known allowed set of
    that size is taken.

    Args:
        rules: with examples of every size to choose from.
    """
    sizes = np.array(sorted(rules.examples))
    size = sizes[np.abs(counts(x)[:, None] - sizes).argmin(axis=1)]
    result = np.full_like(x, EMPTY)
    left = np.arange(len(x))
    for attempt in range(TRIES):
        snug = attempt == TRIES - 1
        laid = _laid(rules, x[left], size[left], rng, snug=snug)
        good = rows_allowed(rules, laid) & (counts(laid) == size[left])
        result[left[good]] = laid[good]
        left = left[~good]
        if not len(left):
            break
    for row in left:
        known = rules.examples[size[row]]
        result[row, : size[row]] = known[rng.integers(len(known))]
    return result


def _laid(rules: Rules, x: Ints, size: Ints, rng: np.random.Generator, *, snug: bool) -> Ints:
    """One try of `mended`; rows that end early are short of sites."""
    first, n, sites = len(rules.required), len(x), len(rules.uv)
    wish = np.where(np.isin(x, rules.required), EMPTY, x)
    order = np.argsort(rng.random(wish.shape) + (wish == EMPTY), axis=1)
    wish = np.take_along_axis(wish, order, axis=1)
    wish = np.where(wish == EMPTY, rng.integers(sites, size=wish.shape), wish)

    member, clash = (x.astype(np.float32) for x in (rules.member, rules.clash))
    laid = np.full_like(x, EMPTY)
    laid[:, :first] = rules.required
    closed = np.asarray(rules.clash[rules.required].any(axis=0))
    open_ = np.repeat(~closed[None], n, axis=0)
    inside = np.repeat(member[:, rules.required].sum(axis=1)[None], n, axis=0)
    for place in range(first, x.shape[1]):
        rows = np.flatnonzero(size > place)
        if not len(rows):
            break
        allowed = open_[rows]
        if len(member):
            allowed &= ~((inside[rows] >= rules.most) @ member > 0)
            lack = np.maximum(rules.least - inside[rows], 0)
            serves = np.where(allowed, (lack > 0) @ member, 0)
            urgent = lack.sum(axis=1) >= size[rows] - place
            allowed &= ~urgent[:, None] | (serves == serves.max(axis=1, keepdims=True))
        if snug:  # how many open sites each would close
            cost = open_[rows].astype(np.float32) @ clash + rng.random((len(rows), sites))
        else:
            cost = rules.distance_mm[wish[rows, place - first]]
        pick = np.where(allowed, cost, np.inf).argmin(axis=1)
        found = allowed[np.arange(len(rows)), pick]
        rows, pick = rows[found], pick[found]
        laid[rows, place] = pick
        open_[rows] &= ~rules.clash[pick]
        inside[rows] += member[:, pick].T
    laid = np.where(laid == EMPTY, sites, laid)
    laid.sort(axis=1)
    return np.where(laid == sites, EMPTY, laid)
