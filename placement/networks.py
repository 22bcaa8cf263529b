"""Fits for one layout after the other, and networks trained for any layout to start from.

Work is cut into tasks of one fold each, which joblib spreads over processes. A task computes on
one thread whatever the number of jobs, so the result does not depend on it.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from placement.settings import Settings
from placement.split import Split
from placement.workers import Tick, spread
from recon.cohort import Cohort
from recon.layout import Layout, Sensor
from recon.reconstructor import Reconstructor
from recon.unet import UNetReconstructor
from recon.validate import Folds, Score, score, training_people

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
    """One per fold, and last the untouched people against all others."""
    final = Task(split.people, split.untouched, split.pixels)
    return [*fold_tasks(split.people, split.folds, split.pixels), final]


def train_any_layout(
    tasks: Sequence[Task], settings: Settings, tick: Tick
) -> list[UNetReconstructor]:
    """One network for any layout per task, fitted on the task's training people."""
    return _spread(((_fit, task, settings) for task in tasks), len(tasks), settings.jobs, tick)


def retrain(
    networks: Sequence[UNetReconstructor],
    tasks: Sequence[Task],
    layouts: Sequence[Layout],
    settings: Settings,
    tick: Tick,
) -> list[list[Score]]:
    """Retrain for each layout and score it: a list for each layout, a score for each task.

    Args:
        networks: any-layout networks of the tasks; training starts from their weights, which
            have seen the same people only.
    """
    calls = [
        (_retrain, network, task, layout, settings)
        for layout in layouts
        for network, task in zip(networks, tasks, strict=True)
    ]
    parts = _spread(iter(calls), len(calls), settings.jobs, tick)
    return _rows(parts, len(tasks))


def fit_and_score(
    tasks: Sequence[Task],
    layouts: Sequence[Layout],
    reconstructor: Reconstructor,
    jobs: int,
    tick: Tick,
) -> list[list[Score]]:
    """Fit for each layout and score it: a list for each layout, a score for each task.

    Args:
        reconstructor: not yet fitted; each fit is of a copy of its own.
    """
    calls = [(_fit_and_score, task, layout, reconstructor) for layout in layouts for task in tasks]
    parts = _spread(iter(calls), len(calls), jobs, tick)
    return _rows(parts, len(tasks))


def _rows(parts: list[Score], tasks: int) -> list[list[Score]]:
    return [parts[i : i + tasks] for i in range(0, len(parts), tasks)]


def _spread(calls: Iterator[tuple[Any, ...]], total: int, jobs: int, tick: Tick) -> list[Any]:
    return spread(_on_one_thread, calls, total, jobs, tick)


def _on_one_thread(function: Callable[..., Any], *arguments: Any) -> Any:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return function(*arguments)
    finally:
        torch.set_num_threads(before)


def _fit(task: Task, settings: Settings) -> UNetReconstructor:
    return UNetReconstructor(
        settings.size,
        steps=settings.steps,
        max_sensors=settings.max_sensors,
        seed=settings.seed,
    ).fit(task.train, sensor=Sensor(settings.sensor_mm))


def _fit_and_score(task: Task, layout: Layout, reconstructor: Reconstructor) -> Score:
    fitted = copy.deepcopy(reconstructor).fit(task.train, layout)
    return score(fitted, task.test, layout, task.pixels)


def _retrain(network: UNetReconstructor, task: Task, layout: Layout, settings: Settings) -> Score:
    fitted = UNetReconstructor(
        settings.size,
        steps=settings.retrain_steps,
        learning_rate=RETRAIN_RATE,
        seed=settings.seed,
    ).fit(task.train, layout, start=network)
    return score(fitted, task.test, layout, task.pixels)
