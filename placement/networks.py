"""Fits for one layout after the other, and networks trained for any layout to start from.

Work is cut into tasks of one fold each, which are spread over processes. A task computes on one
thread whatever the workers, so the result does not depend on them.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from placement.journal import Journal, dumps
from placement.settings import Settings
from placement.split import Split
from placement.workers import Tick, Workers, run_all
from recon.calibration import calibrated_score
from recon.cohort import Cohort
from recon.descent import one_thread
from recon.layout import Layout, Sensor
from recon.reconstructor import Reconstructor
from recon.unet import UNetReconstructor
from recon.validate import Folds, Score, Scorer, score, training_people

RETRAIN_RATE = 1e-3
"""Learning rate of a network that starts from trained weights."""


@dataclass(frozen=True)
class Task:
    """Learn from `train`, score on `test`; NRMSE counts `pixels`."""

    train: Cohort
    test: Cohort
    pixels: NDArray[np.bool_]


def fold_tasks(cohort: Cohort, folds: Folds, pixels: NDArray[np.bool_]) -> list[Task]:
    """One per fold."""
    return [
        Task(cohort.subset(training_people(cohort, test)), cohort.subset(test), pixels)
        for test in folds
    ]


def tasks(split: Split) -> list[Task]:
    """One per fold, and last the untouched people, if there are any, against all others."""
    folds = fold_tasks(split.people, split.folds, split.pixels)
    if split.untouched is None:
        return folds
    return [*folds, Task(split.people, split.untouched, split.pixels)]


def train_any_layout(
    tasks: Sequence[Task], settings: Settings, tick: Tick, folder: Path | None = None
) -> list[UNetReconstructor]:
    """One network for any layout per task, fitted on the task's training people.

    Args:
        folder: where the state of each training is kept, so that it goes on where it was
            interrupted.
    """
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
    calls = {
        str(i): (_fit, task, settings, folder and folder / f"{i}.pt")
        for i, task in enumerate(tasks)
    }
    found = {}
    for key, network in run_all(_on_one_thread, calls, settings.workers):
        found[key] = network
        tick(len(found), len(calls))
    return [found[key] for key in calls]


def retrain(
    networks: Sequence[UNetReconstructor],
    tasks: Sequence[Task],
    layouts: Sequence[Layout],
    settings: Settings,
    tick: Tick,
    journal: Journal | None = None,
    kind: str = "",
) -> list[list[Score]]:
    """Retrain for each layout and score it: a list for each layout, a score for each task.

    Args:
        networks: any-layout networks of the tasks; training starts from their weights, which
            have seen the same people only.
        journal, kind: where scores are kept, if anywhere, and under which name.
    """
    calls = {
        _key(layout, i): (_retrain, network, task, layout, settings)
        for layout in layouts
        for i, (network, task) in enumerate(zip(networks, tasks, strict=True))
    }
    return _rows(_recalled(calls, settings.workers, tick, journal, kind), len(tasks))


def fit_and_score(
    tasks: Sequence[Task],
    layouts: Sequence[Layout],
    reconstructor: Reconstructor,
    workers: Workers,
    tick: Tick,
    journal: Journal | None = None,
    kind: str = "",
    scorer: Scorer = score,
) -> list[list[Score]]:
    """Fit for each layout and score it: a list for each layout, a score for each task.

    Args:
        reconstructor: not yet fitted; each fit is of a copy of its own.
        scorer: of what was fitted, on the people tested.
        journal, kind: where scores are kept, if anywhere, and under which name.
    """
    calls = {
        _key(layout, i): (_fit_and_score, task, layout, reconstructor, scorer)
        for layout in layouts
        for i, task in enumerate(tasks)
    }
    return _rows(_recalled(calls, workers, tick, journal, kind), len(tasks))


def _key(layout: Layout, task: int) -> str:
    return dumps([task, layout.sites])


def _recalled(
    calls: Mapping[str, tuple[Any, ...]],
    workers: Workers,
    tick: Tick,
    journal: Journal | None,
    kind: str,
) -> list[Score]:
    """The score of each call: what the journal has is not computed again, and all goes there."""
    known = journal.results(kind) if journal else {}
    missing = {key: call for key, call in calls.items() if key not in known}
    done = len(calls) - len(missing)
    tick(done, len(calls))
    for key, found in run_all(_on_one_thread, missing, workers):
        known[key] = found.to_json()
        if journal:
            journal.keep(kind, key, known[key])
        done += 1
        tick(done, len(calls))
    return [Score.from_json(known[key]) for key in calls]


def _rows(parts: list[Score], tasks: int) -> list[list[Score]]:
    return [parts[i : i + tasks] for i in range(0, len(parts), tasks)]


def _on_one_thread(function: Callable[..., Any], *arguments: Any) -> Any:
    with one_thread():
        return function(*arguments)


def _fit(task: Task, settings: Settings, checkpoint: Path | None) -> UNetReconstructor:
    return UNetReconstructor(
        settings.size,
        steps=settings.steps,
        max_sensors=settings.max_sensors,
        seed=settings.seed,
        device=settings.device,
    ).fit(task.train, sensor=Sensor(settings.sensor_mm), checkpoint=checkpoint)


def _fit_and_score(
    task: Task, layout: Layout, reconstructor: Reconstructor, scorer: Scorer
) -> Score:
    fitted = copy.deepcopy(reconstructor).fit(task.train, layout)
    return scorer(fitted, task.test, layout, task.pixels)


def _retrain(network: UNetReconstructor, task: Task, layout: Layout, settings: Settings) -> Score:
    fitted = UNetReconstructor(
        settings.size,
        steps=settings.retrain_steps,
        learning_rate=RETRAIN_RATE,
        seed=settings.seed,
        device=settings.device,
    ).fit(task.train, layout, start=network)
    steps = settings.calibration_steps
    return calibrated_score(fitted, task.test, layout, task.pixels, steps=steps)
