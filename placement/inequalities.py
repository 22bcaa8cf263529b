"""Sets of sites that keep the constraints, as the 0-1 points of linear inequalities.

They are sums over zones, and at most one site of each clique of sites that are too near to each
other. Whether there is such a set is found by branch and bound (HiGHS, by `scipy.optimize.milp`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, vstack
from scipy.spatial import cKDTree

from placement.allowed import Ints, Rules
from placement.areas import SLACK_MM

PROOF_S = 4.0
"""Most seconds for one question to the solver."""

_INFEASIBLE = 2  # of the states that milp ends in


@dataclass(frozen=True)
class Part:
    """One constraint: low <= matrix @ x <= high for x in {0, 1}^S, which says what is taken.

    Args:
        name: in an explanation.
        where: what a demand for a number of sensors counts; "" for any other constraint.
    """

    name: str
    matrix: csr_array
    low: float
    high: float
    where: str = ""


def parts_of(rules: Rules, low: int, high: int) -> list[Part]:
    """The rules among sites, and a number of sensors between two bounds, as inequalities."""
    sites = len(rules.uv)
    every = csr_array(np.ones((1, sites)))
    parts = [
        Part(f"{low} sensors (max_sensors)", every, low, np.inf, "in all"),
        Part(f"max_sensors {high}", every, 0, high),
    ]
    for i in rules.required:
        x, y = rules.mm[i]
        row = csr_array(np.eye(1, sites, i))
        parts.append(Part(f"the required site ({x:.1f}, {y:.1f}) mm", row, 1, 1))
    for zone, inside in zip(rules.zones, rules.member, strict=True):
        row = csr_array(inside[None].astype(float))
        where = f"in the {zone.name}"
        if zone.max is not None:
            parts.append(Part(f"at most {zone.max} {where}", row, 0, zone.max))
        if zone.min:
            parts.append(Part(f"at least {zone.min} {where}", row, zone.min, np.inf, where))
    if rules.spacing_mm is not None:
        apart = f"minimum spacing {rules.spacing_mm:g} mm"
        name = apart if rules.spacing_mm else "discs that do not overlap"
        parts.append(Part(name, _cliques(rules), 0, 1))
    return parts


def solved_sites(parts: Sequence[Part], most: csr_array | None = None) -> Ints | None:
    """Sites (k,) that keep all parts, with the greatest sum `most` (1, S) where one is given.

    Returns:
        None where there is no such set.

    Raises:
        TimeoutError: not decided within `PROOF_S`.
    """
    barred = np.zeros(parts[0].matrix.shape[1], bool)
    for part in parts:
        if part.high == 0:
            barred |= part.matrix.sum(axis=0) > 0
    left = np.flatnonzero(~barred)  # the solver is faster without the others than it presolves them
    bounds = []
    for part in parts:
        matrix = part.matrix[:, left]
        binding = (matrix.sum(axis=1) > part.high) | (part.low > 0)
        if binding.any():
            bounds.append(LinearConstraint(matrix[binding], part.low, part.high))
    if not len(left):
        return None if bounds else left
    found = milp(
        np.zeros(len(left)) if most is None else -most.toarray()[0, left],
        integrality=np.ones(len(left)),
        bounds=Bounds(0, 1),
        constraints=bounds,
        options={"time_limit": PROOF_S},
    )
    if found.status == _INFEASIBLE:
        return None
    if found.status != 0:
        raise TimeoutError
    return left[found.x > 0.5]


def _cliques(rules: Rules) -> csr_array:
    """(cliques, S) groups of sites, all too near to each other, that hold every clashing pair.

    Around the middle of each pair, all sites within half the least distance. One row for such a
    group instead of one for each of its pairs makes the solver's bounds tight.
    """
    pairs = np.argwhere(np.triu(rules.clash, 1))
    middles = np.unique(np.round(rules.mm[pairs].mean(axis=1), 3), axis=0)
    radius = (rules.gap_mm - SLACK_MM) / 2 * (1 - 1e-6)
    groups = cKDTree(rules.mm).query_ball_point(middles, radius, return_sorted=True)
    groups = sorted({tuple(group) for group in groups if len(group) > 1})
    rows = _indicators([np.array(group) for group in groups], len(rules.uv))
    held = (rows.T @ rows).toarray() > 0
    missed = np.argwhere(np.triu(rules.clash & ~held, 1))
    return csr_array(vstack([rows, _indicators(list(missed), len(rules.uv))]))


def _indicators(groups: list[Ints], sites: int) -> csr_array:
    """(groups, S) rows that are 1 at each group's sites."""
    rows = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    columns = np.concatenate([*groups, np.empty(0, int)])
    return csr_array((np.ones(len(rows)), (rows, columns)), shape=(len(groups), sites))
