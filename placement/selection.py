"""Which of the finalists make the front."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from string import ascii_lowercase

import moocore
import numpy as np

from placement.front import Entry, Pair
from placement.objectives import DESIGN, OBJECTIVES
from placement.scoring import errors_of, relative_error
from recon.layout import Layout
from recon.validate import Score


def non_dominated(
    candidates: Sequence[tuple[Layout, Mapping[str, Pair]]],
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
    candidates: Iterable[tuple[Layout, Mapping[str, Pair]]],
    reconstructor: str,
    mean_map: Pair,
) -> tuple[Entry, ...]:
    """Keep and name the candidates that belong on the default front, of sensors and relative error.

    Each is better in relative error than any with fewer sensors; and none that comes before it (of
    fewer sensors, or of as many and a lower relative error) is as good in both NRMSE and CoP error
    of the search score.
    """
    baseline = errors_of(mean_map.search)
    judged = []
    for layout, scores in candidates:
        errors = errors_of(scores[reconstructor].search)
        relative = float(relative_error(errors, baseline))
        judged.append((len(layout), relative, (errors[0], errors[2]), layout, scores))
    judged.sort(key=lambda row: (row[0], row[1], row[3].sites))
    kept: list[Entry] = []
    taken: list[tuple[float, float]] = []
    bar = float("inf")  # the best relative error of fewer sensors
    for count, group in groupby(judged, key=lambda row: row[0]):
        best, place = bar, 0
        for _, relative, objectives, layout, scores in group:
            dominated = any(a <= objectives[0] and b <= objectives[1] for a, b in taken)
            if relative < bar and not dominated:
                kept.append(Entry(f"{count}{_letters(place)}", layout, scores))
                place += 1
                taken.append(objectives)
                best = min(best, relative)
        bar = best
    return tuple(kept)
