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
from placement.basis import Basis
from placement.bound import nrmse_bounds
from placement.journal import Journal
from placement.mend import drawn
from placement.objectives import OBJECTIVES, chosen, measured
from placement.optimality import by_turns, improved, seek
from placement.problem import (
    PlacementProblem,
    SiteCrossover,
    SiteMutation,
    SiteRepair,
    SiteSampling,
)
from placement.settings import Settings
from placement.split import Split
from recon.layout import Layout, Sensor

Progress = Callable[[str, int, int], None]
"""Called with a stage's name and how much of it is done, of how much."""

FIRST, THEN, BOUND = "enumerating and descending", "exploring layouts", "least possible errors"
"""Stages, in the progress display and the journal."""

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
) -> tuple[dict[Layout, tuple[float, ...]], list[dict[str, Any]]]:
    """Enumeration, swap descent and NSGA-II from what they found, by the linear score.

    The first two look for the lowest relative error; NSGA-II minimises the objectives.

    Returns:
        Every layout worth keeping, of all enumerated the best, with the values of the objectives;
        and for each count how sure it is that none has a lower relative error, see
        `placement.optimality.Optimum.claim`.
    """
    people = split.people
    basis = Basis(
        people, sites, sensor, split.folds, split.pixels, settings.assumptions, settings.jobs
    )
    uv_mm = people.grid.mm(sites)

    def named(numbers: tuple[int, ...]) -> Layout:
        return Layout(tuple((u, v) for u, v in sites[list(numbers)]), sensor)

    def keep(found: Mapping[tuple[int, ...], float]) -> None:
        journal.add("linear search", {named(x): relative for x, relative in found.items()})

    allowed = None if rules is None or rules.free else rules.allowed
    with journal.stage(FIRST):
        optima, known = seek(
            basis.linear.relative,
            uv_mm,
            settings.max_sensors,
            seed=settings.seed,
            restarts=settings.restarts,
            sets=settings.enumerate,
            allowed=allowed,
            required=() if rules is None else tuple(rules.required.tolist()),
            draw=partial(drawn, rules) if rules is not None and allowed else None,
            tick=lambda done, total: progress(FIRST, done, total),
            note=keep,
            recall=journal.recall,
        )
    objectives = chosen(settings.objectives, settings.assumptions)
    with_error = (*objectives, OBJECTIVES["error"])
    problem = PlacementProblem(
        uv_mm, settings.max_sensors, measured(with_error, basis), len(objectives), rules
    )
    problem.score(known)
    kept = len(known)

    def errors() -> dict[tuple[int, ...], float]:
        return {numbers: values[-1] for numbers, values in problem.cache.items()}

    class Watch(Callback):
        def notify(self, algorithm: NSGA2) -> None:
            nonlocal kept
            keep(dict(islice(errors().items(), kept, None)))
            kept = len(problem.cache)
            progress(THEN, algorithm.n_gen, settings.generations)

    algorithm = NSGA2(
        pop_size=settings.population,
        sampling=SiteSampling(by_turns(known)),
        crossover=SiteCrossover(),
        mutation=SiteMutation(),
        repair=SiteRepair(),
    )
    algorithm.mating.n_max_iterations = MATINGS
    with journal.stage(THEN):
        minimize(
            problem,
            algorithm,
            ("n_gen", settings.generations),
            seed=settings.seed,
            callback=Watch(),
        )
        # pymoo ends before the last generation where nothing new is left to try.
        progress(THEN, settings.generations, settings.generations)
        optima, further = improved(
            optima, errors(), basis.linear.relative, len(sites), allowed, journal.recall
        )
    keep(further)
    problem.score(further)
    most = settings.max_sensors
    progress(BOUND, 0, 1)
    with journal.stage(BOUND):
        bounds = journal.recall(
            "bound", most, lambda: nrmse_bounds(people, split.folds, split.pixels, most)
        )
    progress(BOUND, 1, 1)
    explored = {named(x): values[: len(objectives)] for x, values in problem.cache.items()}
    return explored, [
        best.claim(float(basis.linear.errors(np.array([best.sites]))[0, 0]), bounds[count - 1])
        for count, best in sorted(optima.items())
    ]
