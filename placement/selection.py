"""Which of the finalists make the front."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby
from string import ascii_lowercase

import moocore
import numpy as np

from placement.front import Entry, Pair
from placement.gains import difference
from placement.moments import Floats
from placement.objectives import DESIGN, OBJECTIVES
from placement.scoring import errors_of, relative_of
from recon.layout import Layout
from recon.validate import Score

Candidate = tuple[Layout, Mapping[str, Pair]]
"""A layout and its scores by reconstructor."""


def non_dominated(
    candidates: Sequence[Candidate],
    values: Mapping[Layout, tuple[float, ...]],
    objectives: Sequence[str],
    mean_map: Score,
) -> tuple[Entry, ...]:
    """Keep and name the candidates whose values no other's dominate; of equals the first.

    Those that are in no accuracy better than the mean map, which needs no sensor at all, are left
    out, if any are better.

    Args:
        mean_map: its search score.
    """
    first = [i for i, name in enumerate(objectives) if name not in DESIGN]
    nothing = {i: OBJECTIVES[objectives[i]].of_none(mean_map) for i in first}
    of_use = [x for x in candidates if any(values[x[0]][i] < nothing[i] for i in first)]
    ranked = sorted(
        of_use or candidates,
        key=lambda x: (len(x[0]), [values[x[0]][i] for i in first], x[0].sites),
    )
    best = moocore.is_nondominated(np.array([values[layout] for layout, _ in ranked]))
    members = [x for x, keep in zip(ranked, best, strict=True) if keep]
    return tuple(
        Entry(f"{count}{_letters(place)}", layout, scores, values[layout])
        for count, group in groupby(members, key=lambda x: len(x[0]))
        for place, (layout, scores) in enumerate(group)
    )


def _letters(place: int) -> str:
    """a, b, ..., z, aa, ab, ..."""
    head = _letters(place // 26 - 1) if place >= 26 else ""
    return head + ascii_lowercase[place % 26]


def select(
    candidates: Iterable[Candidate],
    reconstructor: str,
    mean_map: Pair,
    preferred: Collection[Layout] = (),
) -> tuple[Entry, ...]:
    """Keep and name the candidates that belong on the default front, of sensors and relative error.

    Each is better in relative error than any with fewer sensors; and none that comes before it (of
    fewer sensors; or of as many, if it is preferred or has a lower relative error) is as good in
    both NRMSE and CoP error of the search score.

    Args:
        preferred: come first of their count unless the lowest relative error is lower by more than
            chance: of several layouts that score alike, the very lowest score is luck.
    """

    def errors(candidate: Candidate) -> Floats:
        return errors_of(candidate[1][reconstructor].search)

    def relative(candidate: Candidate) -> float:
        return relative_of(candidate[1][reconstructor].search, mean_map.search)

    ranked = sorted(candidates, key=lambda x: (len(x[0]), relative(x), x[0].sites))
    kept: list[Entry] = []
    taken: list[Floats] = []
    bar = float("inf")  # the best relative error of fewer sensors
    for count, group in groupby(ranked, key=lambda x: len(x[0])):
        best, place = bar, 0
        for candidate in _preferred_first(list(group), reconstructor, mean_map, preferred):
            both = errors(candidate)[[0, 2]]
            if relative(candidate) < bar and not any((x <= both).all() for x in taken):
                kept.append(Entry(f"{count}{_letters(place)}", *candidate))
                place += 1
                taken.append(both)
                best = min(best, relative(candidate))
        bar = best
    return tuple(kept)


def _preferred_first(
    ranked: list[Candidate], reconstructor: str, mean_map: Pair, preferred: Collection[Layout]
) -> list[Candidate]:
    """Those preferred, unless the first of all is better by more than chance; then the others."""

    def stays(candidate: Candidate) -> bool:
        if candidate[0] not in preferred:
            return False
        one, lowest = (x[1][reconstructor].search for x in (candidate, ranked[0]))
        return not difference(one, lowest, mean_map.search).relative.shown

    return sorted(ranked, key=stays, reverse=True)
