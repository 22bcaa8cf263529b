"""The shortlist under the kernel: ranked, and followed a little further."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from placement.allowed import Rules
from placement.reconstructors import NETWORKS
from placement.shortlist import best_first, unbettered
from recon.layout import Layout

Screen = Callable[[Sequence[Layout]], Mapping[Layout, tuple[float, ...]]]
"""What gives the objectives of layouts at the kernel's fidelity."""

BOTH = 4
"""Up to so many sensors the linear score's best is a finalist beside the kernel's. Of more, half as
many finalists have to do for a network: a search for sixteen would take half an hour."""

NEAR_MM = 7.5
"""A move of the descent goes so far: to the eight pixels around, or eight sites of a snap grid."""


def screened(
    shortlist: list[list[Layout]], screen: Screen, rules: Rules, descend: int, accuracy: int
) -> list[list[Layout]]:
    """The shortlist ranked by the objectives under the kernel; up to `BOTH` sensors the linear
    score's best comes before the others all the same.

    The linear score is cruder, but varies less with who happens to be searched on, so its own best
    is a finalist too, and the final judge decides.

    Args:
        descend: layouts of each count that are tried at most around the kernel's best, which the
            best of them then precedes.
        accuracy: which objective the descent lowers.
    """
    values = screen([layout for of_count in shortlist for layout in of_count])
    best = unbettered(values)
    ranked = []
    for layouts in shortlist:
        order = list(best_first(layouts, values, best))
        if descend:
            start = min(layouts, key=lambda x: (values[x][accuracy], x.sites))
            order = [descended(start, screen, rules, descend, accuracy), *order]
        first = layouts[:1] if len(layouts[0]) <= BOTH else []
        ranked.append(list(dict.fromkeys([*first, *order])))
    return ranked


def leaders(ranked: list[list[Layout]], most: int, judge: str) -> list[Layout]:
    """The first `most` of each count; of more than `BOTH` sensors half as many, where the judge is
    a network, but one at least."""
    half = max(most // 2, 1)
    several = (half if judge in NETWORKS and len(x[0]) > BOTH else most for x in ranked)
    return [layout for group, k in zip(ranked, several, strict=True) for layout in group[:k]]


def descended(
    start: Layout,
    screen: Screen,
    rules: Rules,
    most: int,
    accuracy: int,
    near_mm: float | None = None,
) -> Layout:
    """Where moving one sensor after the other to a better neighbouring site leads.

    Args:
        start: of candidate sites.
        most: layouts that are scored at most; those of the last sensor are completed.
        accuracy: which of the objectives is to be lower.
        near_mm: how far a move goes at most; by default to the sites around, see `NEAR_MM`.
    """
    number = {Layout((site,)).sites[0]: i for i, site in enumerate(map(tuple, rules.uv.tolist()))}
    if near_mm is None:  # a snap grid may be coarser than pixels
        apart = rules.distance_mm + np.where(np.eye(len(number)), np.inf, 0)
        near_mm = max(NEAR_MM, 1.5 * apart.min())
    best = [number[site] for site in start.sites]
    known = dict(screen([start]))
    layout, place, stuck = start, 0, 0
    while stuck < len(best) and len(known) <= most:
        near = np.flatnonzero(rules.distance_mm[best[place]] <= near_mm)
        sets = np.array([[*best[:place], n, *best[place + 1 :]] for n in near if n not in best])
        moved = sets[rules.allowed(np.sort(sets, axis=1))] if len(sets) else sets
        tried = {Layout(tuple(map(tuple, rules.uv[x])), start.sensor): x for x in moved.tolist()}
        if new := [x for x in tried if x not in known]:
            known |= screen(new)
        found = min((layout, *tried), key=lambda x: (known[x][accuracy], x.sites))
        stuck += 1
        if known[found][accuracy] < known[layout][accuracy]:
            layout, best, stuck = found, tried[found], 0
        place = (place + 1) % len(best)
    return layout
