"""Few layouts out of many: the best ones that differ."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

import numpy as np

from recon.cohort import Cohort
from recon.layout import Layout

DISTINCT_MM = 5.0
"""Layouts whose sensors lie nearer to each other's than this, on average, count as one."""


def distinct(explored: dict[Layout, float], cohort: Cohort, most: int) -> list[list[Layout]]:
    """The best layouts of each count that differ in place, best first; counts ascending.

    Neighbouring pixels read nearly the same, so the plain best are one layout many times over.
    """
    ranked = sorted(explored, key=lambda layout: (len(layout), explored[layout], layout.sites))
    chosen: list[list[Layout]] = []
    for _, group in groupby(ranked, key=len):
        kept: list[Layout] = []
        for layout in group:
            if all(apart_mm(layout, other, cohort) >= DISTINCT_MM for other in kept):
                kept.append(layout)
            if len(kept) == most:
                break
        chosen.append(kept)
    return chosen


def apart_mm(a: Layout, b: Layout, cohort: Cohort) -> float:
    """Mean distance of each sensor to the nearest of the other layout, both ways."""
    gap = np.linalg.norm(cohort.grid.mm(a.uv)[:, None] - cohort.grid.mm(b.uv), axis=-1)
    return float((gap.min(axis=0).mean() + gap.min(axis=1).mean()) / 2)


def leaders(ranked: list[list[Layout]], most: int) -> list[Layout]:
    return [layout for of_count in ranked for layout in of_count[:most]]


def unique(layouts: Iterable[Layout]) -> list[Layout]:
    return list(dict.fromkeys(layouts))
