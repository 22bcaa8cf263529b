"""Few layouts out of many: the best ones that differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from itertools import groupby

import moocore
import numpy as np

from recon.cohort import Cohort
from recon.layout import Layout

Values = Mapping[Layout, Sequence[float]]
"""What objectives each layout reaches, lower is better."""

DISTINCT_MM = 5.0
"""Layouts whose sensors lie nearer to each other's than this, on average, count as one."""


def distinct(explored: Values, cohort: Cohort, most: int) -> list[list[Layout]]:
    """The best layouts of each count that differ in place, best first; counts ascending.

    Neighbouring pixels read nearly the same, so the plain best are one layout many times over.
    """
    chosen: list[list[Layout]] = []
    best = unbettered(explored)
    for _, group in groupby(sorted(explored, key=len), key=len):
        kept: list[Layout] = []
        for layout in best_first(list(group), explored, best):
            if all(apart_mm(layout, other, cohort) >= DISTINCT_MM for other in kept):
                kept.append(layout)
            if len(kept) == most:
                break
        chosen.append(kept)
    return chosen


def unbettered(values: Values) -> set[Layout]:
    """The layouts of any count that no other betters in all objectives."""
    layouts = sorted(values, key=lambda x: (len(x), x.sites))
    reached = np.array([values[x] for x in layouts], float)
    return {x for x, good in zip(layouts, moocore.is_nondominated(reached), strict=True) if good}


def best_first(layouts: Sequence[Layout], values: Values, best: Set[Layout]) -> Iterator[Layout]:
    """Layouts of one count: first those of `best`, which are no worse than fewer sensors."""
    for group in ([x for x in layouts if x in best], [x for x in layouts if x not in best]):
        if group:
            yield from diverse_first(group, values)


def diverse_first(layouts: Sequence[Layout], values: Values) -> Iterator[Layout]:
    """Best first. Of several objectives: those that no other dominates, as different as they can
    be, first the best in each objective; then those that only these dominate, and so on."""
    ranked = sorted(layouts, key=lambda x: (*values[x], x.sites))
    reached = np.array([values[x] for x in ranked], float).reshape(len(ranked), -1)
    low, high = reached.min(axis=0, initial=np.inf), reached.max(axis=0, initial=-np.inf)
    reached = ((reached - low) / np.where(high > low, high - low, 1))[:, high > low]
    if reached.shape[1] < 2:
        yield from ranked
        return
    rank = moocore.pareto_rank(reached)
    for level in np.unique(rank):
        members = np.flatnonzero(rank == level)
        yield from (ranked[i] for i in members[_farthest_first(reached[members])])


def _farthest_first(points: np.ndarray) -> list[int]:
    """All of the points (n, m): the lowest in each column, then always the one farthest off."""
    order = list(dict.fromkeys(points.argmin(axis=0).tolist()))
    gap = np.min([np.linalg.norm(points - points[i], axis=1) for i in order], axis=0)
    gap[order] = -1
    while len(order) < len(points):
        order.append(int(gap.argmax()))
        gap = np.minimum(gap, np.linalg.norm(points - points[order[-1]], axis=1))
        gap[order[-1]] = -1
    return order


def apart_mm(a: Layout, b: Layout, cohort: Cohort) -> float:
    """Mean distance of each sensor to the nearest of the other layout, both ways."""
    gap = np.linalg.norm(cohort.grid.mm(a.uv)[:, None] - cohort.grid.mm(b.uv), axis=-1)
    return float((gap.min(axis=0).mean() + gap.min(axis=1).mean()) / 2)


def unique(layouts: Iterable[Layout]) -> list[Layout]:
    return list(dict.fromkeys(layouts))
