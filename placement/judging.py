"""Layouts under the reconstructors that decide: the kernel screens, the fidelity's judges."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np

from placement.basis import Basis
from placement.explore import Progress
from placement.front import Pair
from placement.journal import Journal
from placement.objectives import chosen
from placement.reconstructors import reconstructor
from placement.scoring import relative_of
from placement.settings import Settings
from placement.split import Split
from recon.calibration import calibrated_score
from recon.layout import Layout, Sensor
from recon.linear import MeanMap
from recon.reconstructor import Reconstructor
from recon.validate import Score, Scorer, cross_validate

SCREENING, FITTING = "screening layouts", "fitting for each finalist"
"""Stages, in the progress display and the journal."""


def scorer(settings: Settings, *, calibrate: bool = True) -> Scorer:
    """What scores reconstructors: calibrated to the wearer, if that is wanted, on the steps that
    are left; on the same steps uncalibrated those that know no readings to calibrate by."""
    return partial(calibrated_score, steps=settings.calibration_steps, calibrate=calibrate)


def without_sensors(split: Split, settings: Settings) -> Pair:
    """Score of the mean map."""
    plain = scorer(settings, calibrate=False)
    return closed_form(MeanMap, split, [Layout(((0.5, 0.5),))], plain)[0]


def closed_form(
    make: Callable[[], Reconstructor], split: Split, layouts: Sequence[Layout], scorer: Scorer
) -> list[Pair]:
    """Score a reconstructor that serves any layout, by cross-validation and on the untouched.

    Where nobody is untouched, here and in `fitted`, the first score stands for the second.
    """
    searched = cross_validate(make, split.people, layouts, split.folds, split.pixels, scorer=scorer)
    if split.untouched is None:
        return [Pair(found, found) for found in searched]
    final = make().fit(split.people)
    untouched = [scorer(final, split.untouched, layout, split.pixels) for layout in layouts]
    return [Pair(*scores) for scores in zip(searched, untouched, strict=True)]


def screening(
    split: Split, mean_map: Pair, settings: Settings, progress: Progress, journal: Journal
) -> Callable[[Sequence[Layout]], dict[Layout, tuple[float, ...]]]:
    """What measures layouts by their objectives under the kernel, fitted for each in each fold."""
    from placement import networks  # torch takes seconds to import, and only this path needs it

    tasks = networks.fold_tasks(split.people, split.folds, split.pixels)

    def values(layouts: Sequence[Layout]) -> dict[Layout, tuple[float, ...]]:
        rows = networks.fit_and_score(
            tasks,
            layouts,
            reconstructor("kernel", settings),
            settings.workers,
            lambda done, total: progress(SCREENING, done, total),
            journal,
            "kernel",
            scorer(settings),
        )
        scores = {x: Score.pooled(row) for x, row in zip(layouts, rows, strict=True)}
        journal.add("kernel screen", {x: relative_of(scores[x], mean_map.search) for x in layouts})
        return valued(scores, mean_map, split, settings)

    return values


def valued(
    scores: Mapping[Layout, Score], mean_map: Pair, split: Split, settings: Settings
) -> dict[Layout, tuple[float, ...]]:
    """The objectives of layouts on candidate sites or not.

    Args:
        scores: search scores of one reconstructor. What they do not tell is measured at the linear
            fidelity and uncalibrated, such as the error with a sensor dead, or on the layout
            itself.
    """
    if not scores:
        return {}
    sites = sorted({site for layout in scores for site in layout.sites})
    number = {site: i for i, site in enumerate(sites)}
    basis = Basis(
        split.people,
        np.array(sites),
        Sensor(settings.sensor_mm),
        split.folds,
        split.pixels,
        settings.assumptions,
    )
    columns = []
    for objective in chosen(settings.objectives, settings.assumptions):
        if (judged := objective.judged) is not None:
            columns.append([judged(score, mean_map.search) for score in scores.values()])
        else:
            measure = objective.measure(basis)
            sets = (np.array([[number[site] for site in layout.sites]]) for layout in scores)
            columns.append([float(measure(one)[0]) for one in sets])
    return dict(zip(scores, zip(*columns, strict=True), strict=True))


def fitted(
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

    tasks, stage = networks.tasks(split), tick(FITTING)
    if settings.fidelity == "network":
        # Trainings keep their state beside the journal; workers elsewhere may not reach that.
        folder = journal.folder("networks") if settings.scheduler is None else None
        training = tick("training any-layout network")
        trained = networks.train_any_layout(tasks, settings, training, folder)
        rows = networks.retrain(trained, tasks, layouts, settings, stage, journal, "network")
    else:
        judge = reconstructor(settings.fidelity, settings)
        rows = networks.fit_and_score(
            tasks,
            layouts,
            judge,
            settings.workers,
            stage,
            journal,
            settings.fidelity,
            scorer(settings),
        )
    folds = len(split.folds)
    searched = [Score.pooled(row[:folds]) for row in rows]
    last = [row[-1] for row in rows] if split.untouched is not None else searched
    return [Pair(*scores) for scores in zip(searched, last, strict=True)]
