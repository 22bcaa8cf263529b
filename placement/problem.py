"""The search problem for pymoo: sets of at most so many sites, and the operators that keep them so.

An individual is a row of `max_sensors` integers: the sorted numbers of its sites, then -1 in the
places it leaves empty. The bound on the count is thus part of the encoding, and two equal sets
are equal rows. The operators ignore the constraints; the repair after them keeps them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import groupby

import numpy as np
from numpy.typing import NDArray
from pymoo.core.crossover import Crossover
from pymoo.core.mutation import Mutation
from pymoo.core.problem import Problem
from pymoo.core.repair import Repair
from pymoo.core.sampling import Sampling

from placement.allowed import Ints, Rules
from placement.mend import EMPTY, counts, mended, rows_allowed


def canonical(row: Ints, size: int) -> Ints:
    """Sorted distinct sites, the first `size` at most, filled up with EMPTY."""
    sites = np.unique(row[row != EMPTY])[:size]
    return np.concatenate([sites, np.full(size - len(sites), EMPTY)]).astype(np.int64)


class PlacementProblem(Problem):
    """Minimise objectives of a set of sites.

    Args:
        uv_mm: (S, 2) candidate sites in mm on the reference foot, for the operators.
        max_sensors: most sites in a set.
        measure: (b, k) site numbers -> (b, m) values, those to be minimised first.
        objectives: how many of the values are to be minimised.
        rules: what every set that is scored keeps, with examples; None for no constraints.

    Attributes:
        cache: every set scored so far -> its values; no set is scored twice.
    """

    def __init__(
        self,
        uv_mm: NDArray[np.float64],
        max_sensors: int,
        measure: Callable[[Ints], NDArray],
        objectives: int = 2,
        rules: Rules | None = None,
    ) -> None:
        last = len(uv_mm) - 1
        super().__init__(n_var=max_sensors, n_obj=objectives, xl=EMPTY, xu=last, vtype=int)
        self.uv_mm = uv_mm
        self.measure = measure
        self.rules = rules
        self.cache: dict[tuple[int, ...], tuple[float, ...]] = {}

    def score(self, sets: Iterable[tuple[int, ...]]) -> None:
        """Put sets of any sizes into the cache."""
        missing = sorted({x for x in sets if x not in self.cache}, key=lambda x: (len(x), x))
        for _, group in groupby(missing, key=len):
            new = list(group)
            found = map(tuple, self.measure(np.array(new)).tolist())
            self.cache.update(zip(new, found, strict=True))

    def _evaluate(self, x: Ints, out: dict, *args: object, **kwargs: object) -> None:
        sets = [tuple(row[:k].tolist()) for row, k in zip(x, counts(x), strict=True)]
        self.score(sets)
        out["F"] = np.array([self.cache[x][: self.n_obj] for x in sets])


class SiteSampling(Sampling):
    """Sets known beforehand, half of all at most, and random sets, every count equally often.

    Args:
        seeds: sets of sites, by turns of each count so that each keeps its share.
    """

    def __init__(self, seeds: Sequence[Sequence[int]] = ()) -> None:
        super().__init__()
        self.seeds = seeds

    def _do(
        self,
        problem: PlacementProblem,
        n_samples: int,
        *args: object,
        random_state: np.random.Generator,
        **kwargs: object,
    ) -> Ints:
        sites, most = len(problem.uv_mm), problem.n_var
        known = [np.array(row) for row in self.seeds[: n_samples // 2]]
        drawn = range(n_samples - len(known))
        picked = [*known, *(random_state.choice(sites, i % most + 1, replace=False) for i in drawn)]
        return np.stack([canonical(row, most) for row in picked])


class SiteCrossover(Crossover):
    """Two children from the union of two parents, each of a count between the parents'."""

    def __init__(self) -> None:
        super().__init__(n_parents=2, n_offsprings=2)

    def _do(
        self,
        problem: PlacementProblem,
        x: Ints,
        *args: object,
        random_state: np.random.Generator,
        **kwargs: object,
    ) -> Ints:
        children = np.empty_like(x)
        for mating in range(x.shape[1]):
            pool = np.unique(x[:, mating])
            pool = pool[pool != EMPTY]
            size = counts(x[:, mating])
            for child in range(2):
                count = random_state.integers(size.min(), size.max() + 1)
                picked = random_state.permutation(pool)[:count]
                children[child, mating] = canonical(picked, problem.n_var)
        return children


class SiteMutation(Mutation):
    """Move a sensor nearby, move it anywhere, add one, or take one away."""

    NEARBY_MM = 12.0

    def _do(
        self,
        problem: PlacementProblem,
        x: Ints,
        *args: object,
        random_state: np.random.Generator,
        **kwargs: object,
    ) -> Ints:
        mutated = x.copy()
        sites, most = len(problem.uv_mm), problem.n_var
        for row in mutated:
            count = int((row != EMPTY).sum())
            kind = random_state.random()
            place = random_state.integers(count)
            if kind < 0.6:
                gap = np.linalg.norm(problem.uv_mm - problem.uv_mm[row[place]], axis=1)
                row[place] = random_state.choice(np.flatnonzero(gap <= self.NEARBY_MM))
            elif kind < 0.8:
                row[place] = random_state.integers(sites)
            elif kind < 0.9 and count < most:
                row[count] = random_state.integers(sites)
            elif count > 1:
                row[place] = EMPTY
        return mutated


class SiteRepair(Repair):
    """Sorted, distinct sites that keep the constraints. No operator above leaves a set empty.

    pymoo repairs what is sampled and what is mated, so nothing else is ever scored.
    """

    def _do(
        self,
        problem: PlacementProblem,
        x: Ints,
        *,
        random_state: np.random.Generator,
        **kwargs: object,
    ) -> Ints:
        rows = np.stack([canonical(row, problem.n_var) for row in x])
        if problem.rules is not None:
            bad = ~rows_allowed(problem.rules, rows)
            if bad.any():
                rows[bad] = mended(problem.rules, rows[bad], random_state)
        return rows
