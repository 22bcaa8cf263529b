"""Layouts worth a closer look: enumeration, swap descent and NSGA-II by the linear score."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pymoo.algorithms.moo.nsga2 import NSGA2
from pymoo.core.callback import Callback
from pymoo.optimize import minimize

from placement.allowed import Rules
from placement.bound import nrmse_bounds
from placement.journal import Journal
from placement.mend import drawn
from placement.optimality import by_turns, improved, seek
from placement.problem import (
    PlacementProblem,
    SiteCrossover,
    SiteMutation,
    SiteRepair,
    SiteSampling,
)
from placement.scoring import LinearScorer
from placement.settings import Settings
from placement.split import Split
from recon.layout import Layout, Sensor

Progress = Callable[[str, int, int], None]
"""Called with a stage's name and how much of it is done, of how much."""

MATINGS = 10
"""Most matings for the new layouts of a generation: constraints may leave few layouts in all."""


def explore(
    split: Split,
    sites: NDArray[np.float64],
    sensor: Sensor,
    settings: Settings,
    progress: Progress,
    journal: Journal,
    rules: Rules | None = None,
) -> tuple[dict[Layout, float], list[dict[str, Any]]]:
    """Enumeration, swap descent and NSGA-II from what they found, by the linear score.

    Returns:
        Every layout worth keeping, of all enumerated the best, with its relative error; and for
        each count how sure it is that none is better, see `placement.optimality.Optimum.claim`.
    """
    scorer = LinearScorer(
        split.people, sites, sensor, split.folds, split.pixels, threads=settings.jobs
    )
    uv_mm = split.people.grid.mm(sites)
    layouts: dict[Layout, float] = {}

    def keep(found: Mapping[tuple[int, ...], float]) -> None:
        named = {
            Layout(tuple((u, v) for u, v in sites[list(numbers)]), sensor): relative
            for numbers, relative in found.items()
        }
        new = {layout: x for layout, x in named.items() if layout not in layouts}
        layouts.update(new)
        journal.add("linear search", new)

    allowed = None if rules is None or rules.free else rules.allowed
    optima, known = seek(
        scorer.relative,
        uv_mm,
        settings.max_sensors,
        seed=settings.seed,
        restarts=settings.restarts,
        sets=settings.enumerate,
        allowed=allowed,
        draw=partial(drawn, rules) if rules is not None and allowed else None,
        tick=lambda done, total: progress("enumerating and descending", done, total),
        note=keep,
        recall=journal.recall,
    )
    problem = PlacementProblem(uv_mm, settings.max_sensors, scorer.relative, rules)
    problem.cache.update(known)
    kept = len(known)

    class Watch(Callback):
        def notify(self, algorithm: NSGA2) -> None:
            nonlocal kept
            keep(dict(islice(problem.cache.items(), kept, None)))
            kept = len(problem.cache)
            progress("exploring layouts", algorithm.n_gen, settings.generations)

    algorithm = NSGA2(
        pop_size=settings.population,
        sampling=SiteSampling(by_turns(known)),
        crossover=SiteCrossover(),
        mutation=SiteMutation(),
        repair=SiteRepair(),
    )
    algorithm.mating.n_max_iterations = MATINGS
    minimize(
        problem,
        algorithm,
        ("n_gen", settings.generations),
        seed=settings.seed,
        callback=Watch(),
    )
    optima, further = improved(
        optima, problem.cache, scorer.relative, len(sites), allowed, journal.recall
    )
    keep(further)
    bounds = nrmse_bounds(split.people, split.folds, split.pixels, settings.max_sensors)
    return layouts, [
        best.claim(float(scorer.errors(np.array([best.sites]))[0, 0]), bounds[count - 1])
        for count, best in sorted(optima.items())
    ]
