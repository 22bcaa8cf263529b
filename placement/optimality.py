"""The best set of each sensor count at the linear fidelity, and how sure it is that it is best."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import zip_longest
from typing import Any

import numpy as np
from numpy.typing import NDArray

from placement.exhaustive import affordable, coarser, exhaustive
from placement.swaps import Allowed, Relative, greedy, permitted, random_set, swapped

KEEP = 200
"""So many of the best of all sets are remembered, for the search to start from."""

ROUNDS = 30  # a descent rarely takes ten

MANY_SENSORS = 12
"""Of fewer sensors descents are quicker: of half as many, twice as many random sets are tried."""

Set = tuple[int, ...]

Recall = Callable[[str, Any, Callable[[], Any]], Any]


@dataclass(frozen=True)
class Optimum:
    """The best set of one sensor count.

    Args:
        sites: its site numbers, sorted.
        relative_error: by the linear search score.
        proven: every allowed set of this count was scored: there is none better.
        enumerated: sets of this count that were scored one by one, on all sites or a coarser grid.
        grid_sites: sites of that grid; 0 where nothing was enumerated.
        descents: swap descents made, from greedy, random and enumerated starts and from the best
            of the genetic search.
        agreeing: how many of them ended in this set.
    """

    sites: Set
    relative_error: float
    proven: bool
    enumerated: int
    grid_sites: int
    descents: int
    agreeing: int

    def claim(self, nrmse: float, bound: float) -> dict[str, Any]:
        """JSON values, with the set's NRMSE beside what no linear readings can better."""
        return {
            "sensors": len(self.sites),
            **{name: value for name, value in asdict(self).items() if name != "sites"},
            "nrmse": nrmse,
            "nrmse_bound": bound,
            "efficiency": bound / nrmse if nrmse > 0 else 1.0,
        }


def seek(
    relative: Relative,
    uv_mm: NDArray[np.float64],
    max_sensors: int,
    *,
    seed: int,
    restarts: int,
    sets: int,
    allowed: Allowed | None = None,
    required: Set = (),
    draw: Callable[[np.random.Generator, int], list[int] | None] | None = None,
    tick: Callable[[int, int], None] = lambda done, total: None,
    note: Callable[[Mapping[Set, float]], None] = lambda found: None,
    recall: Recall = lambda kind, key, compute: compute(),
) -> tuple[dict[int, Optimum], dict[Set, float]]:
    """Look for the best set of every count, by enumeration where it is affordable.

    Where there are no more than `sets` of a count, as of one and two sensors, all are scored, which
    proves the best. Other counts descend by swaps until no sensor's move gains: from the best of
    one sensor fewer with one added greedily, from random sets and, of three, from the best on a
    grid that is coarse enough.

    Args:
        uv_mm: (S, 2) candidate sites in mm.
        restarts: random starts of each count, of few sensors more (`MANY_SENSORS`); each has a
            random stream of its own.
        sets: most sets of a count that are enumerated, a quarter of it on a coarser grid.
        allowed: which sets may be used.
        required: sites that every allowed set has.
        draw: a random allowed set of a size, or None; any set where it is not given.
        tick: told how many of the counts are done.
        note: told what was found for each count, once it is done.
        recall: gives a result that is known already, or computes and keeps it, see
            `placement.journal.Journal.recall`.

    Returns:
        The optimum of each count for which an allowed set was found; and the errors of the sets
        worth starting from: the best enumerated, and where descents ended.
    """
    optima: dict[int, Optimum] = {}
    found: dict[Set, float] = {}
    for count in range(1, min(max_sensors, len(uv_mm)) + 1):
        tick(count - 1, max_sensors)
        every = partial(_enumerated, relative, uv_mm, count, sets, allowed, required)
        best, scored, grid, proven = recall("enumeration", count, every)
        of_count = {tuple(numbers): error for numbers, error in best}
        ends: list[Set] = []
        if not proven:
            starts = [numbers for numbers, _ in best[:1]]
            fewer = optima.get(count - 1)
            starts.append(
                greedy(relative, len(uv_mm), count, fewer.sites if fewer else (), allowed)
            )
            for i in range(restarts * max(1, MANY_SENSORS // count)):
                rng = np.random.default_rng([seed, count, i])
                random = draw(rng, count) if draw else random_set(rng, len(uv_mm), count)
                starts.append(random or [])
            for start in starts:
                if len(start) == count:
                    end = _descended(relative, len(uv_mm), start, allowed, recall)
                    of_count |= end
                    ends += end
        note(of_count)
        found |= of_count
        if of_count:
            winner = min(of_count, key=lambda x: (found[x], x))
            optima[count] = Optimum(
                winner, found[winner], proven, scored, grid, len(ends), ends.count(winner)
            )
    tick(max_sensors, max_sensors)
    return optima, found


def improved(
    optima: dict[int, Optimum],
    scored: dict[Set, float],
    relative: Relative,
    sites: int,
    allowed: Allowed | None = None,
    recall: Recall = lambda kind, key, compute: compute(),
) -> tuple[dict[int, Optimum], dict[Set, float]]:
    """Where another search scored a better set than is known, descend further from it.

    Args:
        scored: the other search's sets, sorted, and their errors.
        recall: see `seek`.

    Returns:
        The optima after that, and the errors of the sets where descents ended.
    """
    optima = dict(optima)
    found: dict[Set, float] = {}
    for count in sorted({len(x) for x in scored}):
        best = min((x for x in scored if len(x) == count), key=lambda x: (scored[x], x))
        known = optima.get(count)
        if known and scored[best] >= known.relative_error:
            continue
        end = _descended(relative, sites, list(best), allowed, recall)
        found |= end
        (winner,) = end
        before = known or Optimum(winner, end[winner], False, 0, 0, 0, 0)
        optima[count] = replace(
            before,
            sites=winner,
            relative_error=end[winner],
            descents=before.descents + 1,
            agreeing=1,
        )
    return optima, found


def by_turns(found: dict[Set, float]) -> list[Set]:
    """The sets with the best of each count first, then the second of each, and so on."""
    ranked: dict[int, list[Set]] = {}
    for numbers in sorted(found, key=lambda x: (len(x), found[x], x)):
        ranked.setdefault(len(numbers), []).append(numbers)
    return [x for place in zip_longest(*ranked.values()) for x in place if x is not None]


def _enumerated(
    relative: Relative,
    uv_mm: NDArray[np.float64],
    count: int,
    sets: int,
    allowed: Allowed | None,
    required: Set,
) -> tuple[list[tuple[list[int], float]], int, int, bool]:
    """The best sets and errors, best first; how many were scored, on how many sites; if all."""
    others = np.setdiff1d(np.arange(len(uv_mm)), required)
    free = count - len(required)  # sensors that may be placed
    if free < 0:
        return [], 0, 0, False
    if affordable(len(others), free, sets) == len(others):
        numbers = others
    elif free == 3 and (most := affordable(len(others), free, sets // 4)) > free:
        numbers = others[coarser(uv_mm[others], most)]
    else:
        return [], 0, 0, False
    rows, errors, scored = exhaustive(relative, numbers, free, KEEP, allowed, required)
    best = list(zip(rows.tolist(), errors.tolist(), strict=True))
    return best, scored, len(numbers) + len(required), len(numbers) == len(others)


def _descended(
    relative: Relative, sites: int, start: list[int], allowed: Allowed | None, recall: Recall
) -> dict[Set, float]:
    """Where a descent ends and the error there; empty where that is not allowed."""

    def descend() -> list[tuple[list[int], float]]:
        end = permitted(np.sort([swapped(relative, sites, start, ROUNDS, allowed)]), allowed)
        return list(zip(end.tolist(), relative(end).tolist(), strict=True))

    return {tuple(end): error for end, error in recall("descent", list(map(int, start)), descend)}
