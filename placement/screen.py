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

FEW_SENSORS = 4
"""Of more sensors half as many finalists have to do for a network: a search for sixteen would take
half an hour."""

NEAR_MM = 7.5
"""A move of the descent goes so far: to the eight pixels around, or eight sites of a snap grid."""


def finalists(sensors: int, most: int, judge: str) -> int:
    """How many layouts of a count are judged: of more than `FEW_SENSORS` half as many, where the
    judge is a network, but one at least."""
    return max(most // 2, 1) if judge in NETWORKS and sensors > FEW_SENSORS else most


def screened(
    shortlist: list[list[Layout]],
    wanted: Sequence[int],
    screen: Screen,
    rules: Rules,
    descend: int,
    accuracy: int,
) -> list[list[Layout]]:
    """The shortlist ranked by the objectives under the kernel, but the linear score's best first.

    The linear score is cruder, but varies less with who happens to be searched on
    (studies/choice), so its own best is a finalist before any other.

    Args:
        wanted: how many of each count are finalists; where it is one, nothing is to be ranked.
        descend: layouts of each count that are tried at most around the kernel's best, which the
            best of them then precedes.
        accuracy: which objective the descent lowers.
    """
    compared = [layouts for layouts, most in zip(shortlist, wanted, strict=True) if most > 1]
    if not compared:
        return shortlist
    values = screen([layout for layouts in compared for layout in layouts])
    best = unbettered(values)
    ranked = []
    for layouts, most in zip(shortlist, wanted, strict=True):
        if most == 1:
            ranked.append(layouts)
            continue
        order = list(best_first(layouts, values, best))
        if descend:
            start = min(layouts, key=lambda x: (values[x][accuracy], x.sites))
            order = [descended(start, screen, rules, descend, accuracy), *order]
        ranked.append(list(dict.fromkeys([layouts[0], *order])))
    return ranked


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
