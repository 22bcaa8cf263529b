"""The search: propose layouts, score them at rising fidelity, keep the front."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from dataclasses import asdict, replace
from functools import partial

from placement.allowed import Place
from placement.explore import Progress, explore
from placement.front import Entry, Front
from placement.journal import Journal, package_versions
from placement.judging import (
    FITTING,
    SCREENING,
    closed_form,
    fitted,
    scorer,
    screening,
    valued,
    without_sensors,
)
from placement.nested import nested
from placement.objectives import DEFAULT, DESIGN
from placement.reconstructors import NETWORKS
from placement.room import prepared
from placement.scoring import relative_of
from placement.screen import finalists, screened
from placement.selection import non_dominated, select
from placement.settings import Settings
from placement.shortlist import distinct, unique
from placement.split import Split
from placement.workers import check_reached
from recon.calibration import visit
from recon.cohort import Cohort
from recon.footprint import mean_peak
from recon.landmarks import PUBLISHED
from recon.layout import Layout, Sensor
from recon.linear import Linear
from recon.reconstructor import check_fit

_ASIDE_MM = 100.0


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
    descent finds larger ones, and NSGA-II explores from there what the objectives trade. Kernel
    ridge regression screens the best distinct ones of each count; for the linear score's best and
    the kernel's, the reconstructor of `settings.fidelity` is fitted and judges. All scores are
    cross-validated by person among the people searched on. The people kept aside meet final models
    only, once.

    Args:
        split: who is searched on and who stays untouched, whatever `settings.confirm`; drawn by
            the seed where None.
        references: layouts to score beside the front, by name.
        proposals: layouts that compete with those found for a place on the front, as far as
            they keep to `max_sensors` and the constraints.
        progress: told how far each stage is.
        journal: keeps all on its way. A search with that of an interrupted one, and with the same
            arguments, goes on where that stood, to the same front.

    Raises:
        OSError: the Dask scheduler cannot be reached.
        ValueError: settings that the cohort cannot satisfy, or constraints that nothing can.
    """
    check_fit(cohort, None)
    settings = settings or Settings()
    _check_connector(settings, cohort)
    check_reached(settings.workers)
    if settings.calibration_steps:
        for name in cohort.subjects:
            visit(cohort.subset([name]), settings.calibration_steps)  # has enough steps?
    with nullcontext(journal) if journal is not None else Journal() as kept:
        on = partial(
            _on,
            settings=settings,
            references=references,
            proposals=tuple(proposals),
            tell=progress,
            journal=kept,
        )
        if settings.confirm == "holdout" or split is not None:
            front = on(split or Split.of(cohort, settings))
        else:
            front = nested(cohort, settings, on, kept)
    facts = {
        "provenance": dict(cohort.provenance),
        "people": len(cohort.subjects),
        "stances": len(cohort.samples),
        "frames_per_stance": cohort.pressure.shape[1],
        "units": cohort.units,
        "geometry": cohort.geometry is not None,
        "fingerprint": cohort.fingerprint,
    }
    return replace(front, run={**front.run, "cohort": facts})


def _check_connector(settings: Settings, cohort: Cohort) -> None:
    x, y = settings.assumptions.connector.on(cohort.grid)[0]
    length, width = cohort.grid.foot_mm
    if not (-_ASIDE_MM <= x <= width + _ASIDE_MM and -_ASIDE_MM <= y <= length + _ASIDE_MM):
        raise ValueError(
            f"connector: ({x:g}, {y:g}) mm is more than {_ASIDE_MM:g} mm off the footprint, which "
            f"is {width:g} mm wide and {length:g} mm long"
        )


def _on(
    split: Split,
    settings: Settings,
    references: Mapping[str, Layout],
    proposals: Iterable[Layout],
    tell: Progress,
    journal: Journal,
) -> Front:
    """One search, on the people of a split."""

    def progress(stage: str, done: int, total: int) -> None:
        journal.progress(stage, done, total)
        tell(journal.scope + stage, done, total)

    people = split.people
    sensor = Sensor(settings.sensor_mm)
    place = Place(settings.constraints, split.pixels, people.grid, sensor)
    rules = prepared(place, settings.max_sensors)
    sites = rules.uv

    explored, optimality = explore(split, sites, sensor, settings, progress, journal, rules)
    mean_map = without_sensors(split, settings)
    others = [Layout(layout.sites, sensor) for layout in references.values()]
    known = [Layout(layout.sites, sensor) for layout in proposals]
    known = [x for x in known if len(x) <= settings.max_sensors and place.keeps(x)]
    # What is traded against each other at one count takes more layouts to show.
    traded = sum(name != "sensors" for name in settings.objectives)
    shortlist = distinct(explored, people, settings.shortlist * traded)
    judge, ranked = settings.fidelity, shortlist
    most = settings.finalists * traded
    if traded > 1 and judge not in NETWORKS:  # closed forms have time for more
        most = max(most, settings.shortlist)
    wanted = [finalists(len(group[0]), most, judge) for group in shortlist]
    if judge != "linear":
        with journal.stage(SCREENING):
            screen = screening(split, mean_map, settings, progress, journal)
            accuracy = next(i for i, x in enumerate(settings.objectives) if x not in DESIGN)
            ranked = screened(shortlist, wanted, screen, rules, settings.descend, accuracy)
    leaders = [x for group, most in zip(ranked, wanted, strict=True) for x in group[:most]]
    competing = unique([*leaders, *known])
    with journal.stage("scoring finalists by the linear map"):
        final = unique([*competing, *others])
        linear = dict(zip(final, closed_form(Linear, split, final, scorer(settings)), strict=True))
    judged = {x: {"linear": linear[x]} for x in final}
    if judge != "linear":
        with journal.stage(FITTING):
            pairs = fitted(split, final, settings, progress, journal)
        for layout, pair in zip(final, pairs, strict=True):
            judged[layout][judge] = pair
        errors = {x: relative_of(judged[x][judge].search, mean_map.search) for x in competing}
        journal.add(judge, errors)
    values = valued({x: judged[x][judge].search for x in final}, mean_map, split, settings)
    candidates = [(x, judged[x]) for x in competing]
    if settings.objectives == DEFAULT:
        steady = [group[0] for group in shortlist]  # the linear score's best
        members = tuple(
            replace(x, values=values[x.layout]) for x in select(candidates, judge, mean_map, steady)
        )
    else:
        members = non_dominated(candidates, values, settings.objectives, mean_map.search)
    return Front(
        members=members,
        references=tuple(
            Entry(name, x, judged[x], values[x]) for name, x in zip(references, others, strict=True)
        ),
        objectives=settings.objectives,
        mean_map=mean_map,
        reconstructor=judge,
        grid=people.grid,
        mean_peak=mean_peak(people),
        units=people.units,
        run={
            "settings": asdict(settings),
            "folds": [list(test) for test in split.folds],
            "untouched": list(split.untouched.subjects) if split.untouched else [],
            "candidate_sites": len(sites),
            "possible_counts": rules.sizes(settings.max_sensors),
            "optimality": optimality,
            "seconds": journal.seconds,
            "versions": package_versions(),
        },
    )
