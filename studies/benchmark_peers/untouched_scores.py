"""Protocol B: each method knows the others; its sets on the people left out."""

from pathlib import Path

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from keep import kept
from methods import METHODS
from sensors import OWN, constrained, own_maps
from task import Task

from placement.reconstructors import reconstructor
from placement.settings import Settings
from recon import Cohort, Layout, Sensor, gait
from recon.ensemble import Ensemble
from recon.footprint import insole_pixels
from recon.kernel import Kernel
from recon.validate import Folds, make_folds, score, training_people

FOLDS = 6
"""Of the search scores among the people that a method knows; fewer people, one each."""

CLOSED = ("linear", "kernel")

MEMORY = "ensemble, memory"
"""The search's default reconstructor that also sees what was read earlier in the same stance."""

SHOWN = (2, 4, 8, 16)
"""Counts of the report's tables; a memory is trained for no others."""


def choose(
    cohort: Cohort, test: tuple[str, ...], name: str, counts: tuple, seed: int
) -> dict[str, list]:
    """Sites (u, v) by count, from everybody but `test`, by folds among them."""
    people = cohort.subset(training_people(cohort, test))
    folds = make_folds(people.subjects, min(len(people.subjects), FOLDS), seed)
    task = Task.of(people, folds, Settings(max_sensors=max(counts), seed=seed))
    return {str(k): task.sites[sites].tolist() for k, sites in METHODS[name](task, counts).items()}


def remembering(seed: int) -> Ensemble:
    """Kernel and mode networks, both with a memory."""
    from recon.modes import ModeNetwork  # torch takes seconds to import

    return Ensemble([Kernel(memory=True, seed=seed), ModeNetwork(memory=True, seed=seed)])


def scores(
    cohort: Cohort, test: tuple[str, ...], method: str, chosen: dict, finest: list[int], seed: int
) -> list[dict]:
    """Rows of every reconstructor on the people left out.

    Args:
        finest: counts for which the default reconstructor of the search is trained; of those that
            are shown, with a memory as well.
    """
    import torch

    torch.set_num_threads(1)
    train, left = cohort.subset(training_people(cohort, test)), cohort.subset(test)
    settings = Settings(seed=seed)
    pixels = insole_pixels(train)
    rows: list[dict] = []

    def add(count: int, by: str, found: dict) -> None:
        for i, person in enumerate(left.subjects):
            values = {metric: found[metric][i] for metric in gait.METRICS}
            rows.append({"person": person, "method": method, "sensors": count, "by": by} | values)

    for count, uv in chosen.items():
        layout = Layout(tuple(map(tuple, uv)), Sensor())
        trained = ("ensemble",) if int(count) in finest else ()
        memory = (MEMORY,) if trained and int(count) in SHOWN else ()
        for by in (*CLOSED, *trained, *memory):
            model = remembering(seed) if by == MEMORY else reconstructor(by, settings)
            add(int(count), by, score(model.fit(train, layout), left, layout, pixels).values)
        if method == "PySensors GQR":
            model = constrained(train, pixels, settings.constraints.margin_mm, int(count))
            for by, way in OWN.items():
                maps = own_maps(model, left, pixels, way)
                per_stance = gait.all_metrics(left.pressure, maps, left.mm_per_pixel, pixels)
                people = np.bincount(left.subject_index)
                means = {
                    metric: (np.bincount(left.subject_index, values) / people).tolist()
                    for metric, values in per_stance.items()
                }
                add(int(count), by, means)
    return rows


def untouched_scores(
    cohort: Cohort,
    folds: Folds,
    names: list[str],
    counts: tuple[int, ...],
    finest: dict[str, list[int]],
    out: Path,
    jobs: int,
    seed: int,
) -> pd.DataFrame:
    """Rows of all people; those of earlier runs are read from OUT."""

    def one(number: int, test: tuple[str, ...], name: str) -> list[dict]:
        chosen = kept(
            out / f"chosen {number} {name}.json", lambda: choose(cohort, test, name, counts, seed)
        )
        path = out / f"untouched {number} {name}.json"
        return kept(path, lambda: scores(cohort, test, name, chosen, finest.get(name, []), seed))

    work = Parallel(n_jobs=jobs)(
        delayed(one)(i, test, name) for i, test in enumerate(folds) for name in names
    )
    return pd.DataFrame([row for rows in work for row in rows])
