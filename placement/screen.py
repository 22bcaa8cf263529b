"""The shortlist under the kernel: ranked, and followed a little further."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from placement.allowed import Rules
from placement.shortlist import spread
from recon.layout import Layout

Screen = Callable[[Sequence[Layout]], Mapping[Layout, tuple[float, ...]]]
"""What gives the objectives of layouts at the kernel's fidelity."""

NEAR_MM = 7.5
"""A move of the descent goes no farther: to the eight pixels around."""


def screened(
    shortlist: list[list[Layout]], screen: Screen, rules: Rules, descend: int, accuracy: int
) -> list[list[Layout]]:
    """The shortlist ranked by the objectives under the kernel, but the linear score's best first.

    The linear score is cruder, but varies less with who happens to be searched on, so its own best
    is a finalist too, and the final judge decides.

    Args:
        descend: layouts of each count that are tried at most around the kernel's best, which the
            best of them then precedes.
        accuracy: which objective the descent lowers.
    """
    values = screen([layout for of_count in shortlist for layout in of_count])
    ranked = []
    for linear_best, *others in shortlist:
        order = list(spread(others, values))
        if descend:
            start = min((linear_best, *others), key=lambda x: (values[x][accuracy], x.sites))
            end = descended(start, screen, rules, descend, accuracy)
            order = [x for x in dict.fromkeys((end, *order)) if x != linear_best]
        ranked.append([linear_best, *order])
    return ranked


def descended(start: Layout, screen: Screen, rules: Rules, most: int, accuracy: int) -> Layout:
    """Where moving one sensor after the other to a better neighbouring site leads.

    Args:
        start: of candidate sites.
        most: layouts that are scored at most; those of the last sensor are completed.
        accuracy: which of the objectives is to be lower.
    """
    number = {site: i for i, site in enumerate(map(tuple, np.round(rules.uv, 4).tolist()))}
    best = [number[site] for site in start.sites]
    known = dict(screen([start]))
    layout, place, stuck = start, 0, 0
    while stuck < len(best) and len(known) <= most:
        near = np.flatnonzero(rules.distance_mm[best[place]] <= NEAR_MM)
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
