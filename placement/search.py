"""The search: propose layouts, score them at rising fidelity, keep the front."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict
from functools import partial
from itertools import groupby, islice
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pymoo.algorithms.moo.nsga2 import NSGA2
from pymoo.core.callback import Callback
from pymoo.optimize import minimize

from placement.allowed import Place, Rules
from placement.bound import nrmse_bounds
from placement.front import Entry, Front, Pair, select
from placement.journal import Journal, package_versions
from placement.mend import drawn
from placement.optimality import by_turns, improved, seek
from placement.problem import (
    PlacementProblem,
    SiteCrossover,
    SiteMutation,
    SiteRepair,
    SiteSampling,
)
from placement.reconstructors import reconstructor
from placement.room import prepared
from placement.scoring import LinearScorer, errors_of, relative_error
from placement.settings import Settings
from placement.split import Split
from recon.cohort import Cohort
from recon.footprint import mean_peak
from recon.landmarks import PUBLISHED
from recon.layout import Layout, Sensor
from recon.linear import Linear, MeanMap
from recon.reconstructor import Reconstructor
from recon.validate import Score, cross_validate, score

Progress = Callable[[str, int, int], None]
"""Called with a stage's name and how much of it is done, of how much."""

DISTINCT_MM = 5.0
"""Layouts whose sensors lie nearer to each other's than this, on average, count as one."""

MATINGS = 10
"""Most matings for the new layouts of a generation: constraints may leave few layouts in all."""


def search(
    cohort: Cohort,
    settings: Settings | None = None,
    *,
    split: Split | None = None,
    references: Mapping[str, Layout] = PUBLISHED,
    proposals: Iterable[Layout] = PUBLISHED.values(),
    progress: Progress = lambda stage, done, total: None,
    journal: Journal | None = None,
) -> Front:
    """Find where one, two, ... `max_sensors` sensors should go.

    By the closed-form linear score, all sets of one or two candidate sites are compared, swap
    descent finds larger ones, and NSGA-II explores from there. Kernel ridge regression screens the
    best distinct ones of each count; for the linear score's best and the kernel's, the
    reconstructor of `settings.fidelity` is fitted and judges. All scores are cross-validated by
    person among the people searched on. The people kept aside meet final models only, once.

    Args:
        split: who is searched on and who stays untouched; drawn by the seed where None.
        references: layouts to score beside the front, by name.
        proposals: layouts that compete with those found for a place on the front, as far as
            they keep to `max_sensors` and the constraints.
        progress: told how far each stage is.
        journal: keeps all on its way. A search with that of an interrupted one, and with the same
            arguments, goes on where that stood, to the same front.

    Raises:
        ValueError: settings that the cohort cannot satisfy, or constraints that nothing can.
    """
    with nullcontext(journal) if journal is not None else Journal() as kept:
        return _search(cohort, settings or Settings(), split, references, proposals, progress, kept)


def _search(
    cohort: Cohort,
    settings: Settings,
    split: Split | None,
    references: Mapping[str, Layout],
    proposals: Iterable[Layout],
    tell: Progress,
    journal: Journal,
) -> Front:
    def progress(stage: str, done: int, total: int) -> None:
        journal.progress(stage, done, total)
        tell(stage, done, total)

    split = split or Split.of(cohort, settings)
    sensor = Sensor(settings.sensor_mm)
    place = Place(settings.constraints, split.pixels, cohort.grid, sensor, settings.margin_mm)
    rules = prepared(place, settings.max_sensors)
    sites = rules.uv

    with journal.stage("explore"):
        explored, optimality = explore(split, sites, sensor, settings, progress, journal, rules)
        mean_map = _closed_form(MeanMap, split, [Layout(((0.5, 0.5),), sensor)])[0]
    others = [Layout(layout.sites, sensor) for layout in references.values()]
    known = [Layout(layout.sites, sensor) for layout in proposals]
    known = [x for x in known if len(x) <= settings.max_sensors and place.keeps(x)]
    shortlist = distinct(explored, cohort, settings.shortlist)
    judge, ranked = settings.fidelity, shortlist
    if judge != "linear":
        ranked = _screened(split, shortlist, mean_map, settings, progress, journal)
    finalists = _unique([*_leaders(ranked, settings.finalists), *known])
    with journal.stage("linear"):
        final = _unique([*finalists, *others])
        linear = dict(zip(final, _closed_form(Linear, split, final), strict=True))
    judged = {x: {"linear": linear[x]} for x in final}
    if judge != "linear":
        with journal.stage("fit finalists"):
            pairs = _fitted(split, final, settings, progress, journal)
        for layout, pair in zip(final, pairs, strict=True):
            judged[layout][judge] = pair
        journal.add(judge, {x: _relative(judged[x][judge].search, mean_map) for x in final})
    return Front(
        members=select([(x, judged[x]) for x in finalists], judge, mean_map),
        references=tuple(
            Entry(name, x, judged[x]) for name, x in zip(references, others, strict=True)
        ),
        mean_map=mean_map,
        reconstructor=judge,
        grid=cohort.grid,
        mean_peak=mean_peak(split.people),
        units=cohort.units,
        run={
            "settings": asdict(settings),
            "cohort": {
                "provenance": dict(cohort.provenance),
                "people": len(cohort.subjects),
                "stances": len(cohort.samples),
                "frames_per_stance": cohort.pressure.shape[1],
                "units": cohort.units,
                "geometry": cohort.geometry is not None,
            },
            "folds": [list(test) for test in split.folds],
            "untouched": list(split.untouched.subjects),
            "candidate_sites": len(sites),
            "possible_counts": rules.sizes(settings.max_sensors),
            "layouts_scored": len(explored) + sum(claim["enumerated"] for claim in optimality),
            "optimality": optimality,
            "seconds": journal.seconds,
            "versions": package_versions(),
        },
    )


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


def distinct(explored: dict[Layout, float], cohort: Cohort, most: int) -> list[list[Layout]]:
    """The best layouts of each count that differ in place, best first; counts ascending.

    Neighbouring pixels read nearly the same, so the plain best are one layout many times over.
    """
    ranked = sorted(explored, key=lambda layout: (len(layout), explored[layout], layout.sites))
    chosen: list[list[Layout]] = []
    for _, group in groupby(ranked, key=len):
        kept: list[Layout] = []
        for layout in group:
            if all(_apart_mm(layout, other, cohort) >= DISTINCT_MM for other in kept):
                kept.append(layout)
            if len(kept) == most:
                break
        chosen.append(kept)
    return chosen


def _apart_mm(a: Layout, b: Layout, cohort: Cohort) -> float:
    """Mean distance of each sensor to the nearest of the other layout, both ways."""
    gap = np.linalg.norm(cohort.grid.mm(a.uv)[:, None] - cohort.grid.mm(b.uv), axis=-1)
    return float((gap.min(axis=0).mean() + gap.min(axis=1).mean()) / 2)


def _leaders(ranked: list[list[Layout]], most: int) -> list[Layout]:
    return [layout for of_count in ranked for layout in of_count[:most]]


def _unique(layouts: Iterable[Layout]) -> list[Layout]:
    return list(dict.fromkeys(layouts))


def _closed_form(
    make: Callable[[], Reconstructor], split: Split, layouts: Sequence[Layout]
) -> list[Pair]:
    """Score a reconstructor that serves any layout, by cross-validation and on the untouched."""
    searched = cross_validate(make, split.people, layouts, split.folds, split.pixels)
    final = make().fit(split.people)
    untouched = [score(final, split.untouched, layout, split.pixels) for layout in layouts]
    return [Pair(*scores) for scores in zip(searched, untouched, strict=True)]


def _relative(found: Score, mean_map: Pair) -> float:
    return float(relative_error(errors_of(found), errors_of(mean_map.search)))


def _screened(
    split: Split,
    shortlist: list[list[Layout]],
    mean_map: Pair,
    settings: Settings,
    progress: Progress,
    journal: Journal,
) -> list[list[Layout]]:
    """The shortlist ranked by the kernel, but the linear score's best first.

    The linear score is cruder, but varies less with who happens to be searched on, so its own best
    is a finalist too, and the final judge decides.
    """
    from placement import networks  # torch takes seconds to import, and only this path needs it

    layouts = [layout for of_count in shortlist for layout in of_count]
    with journal.stage("screen"):
        rows = networks.fit_and_score(
            networks.fold_tasks(split.people, split.folds, split.pixels),
            layouts,
            reconstructor("kernel", settings),
            settings.workers,
            lambda done, total: progress("screening layouts", done, total),
            journal,
            "kernel screen",
        )
        found = {
            x: _relative(Score.pooled(row), mean_map) for x, row in zip(layouts, rows, strict=True)
        }
        journal.add("kernel screen", found)
    return [
        [best, *sorted(others, key=lambda x: (found[x], x.sites))] for best, *others in shortlist
    ]


def _fitted(
    split: Split,
    layouts: Sequence[Layout],
    settings: Settings,
    progress: Progress,
    journal: Journal,
) -> list[Pair]:
    """Scores of the final judge, fitted for each layout in each fold, and on all for the end."""
    from placement import networks

    def tick(stage: str) -> Callable[[int, int], None]:
        return lambda done, total: progress(stage, done, total)

    tasks, stage = networks.tasks(split), tick("fitting for each finalist")
    if settings.fidelity == "network":
        # Trainings keep their state beside the journal; workers elsewhere may not reach that.
        here = journal.path is not None and settings.scheduler is None
        trained = networks.train_any_layout(
            tasks,
            settings,
            tick("training any-layout network"),
            journal.path.parent / "networks" if here and journal.path else None,
        )
        rows = networks.retrain(trained, tasks, layouts, settings, stage, journal, "network")
    else:
        judge = reconstructor(settings.fidelity, settings)
        rows = networks.fit_and_score(
            tasks, layouts, judge, settings.workers, stage, journal, settings.fidelity
        )
    return [Pair(Score.pooled(row[:-1]), row[-1]) for row in rows]
