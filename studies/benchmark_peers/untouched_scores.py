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
from recon.footprint import insole_pixels
from recon.validate import Folds, make_folds, score, training_people

FOLDS = 6
"""Of the search scores among the people that a method knows; fewer people, one each."""

CLOSED = ("linear", "kernel")


def choose(
    cohort: Cohort, test: tuple[str, ...], names: list[str], counts: tuple, seed: int
) -> dict:
    """Sites (u, v) by method and count, from everybody but `test`, by folds among them."""
    people = cohort.subset(training_people(cohort, test))
    folds = make_folds(people.subjects, min(len(people.subjects), FOLDS), seed)
    task = Task.of(people, folds, Settings(max_sensors=max(counts), seed=seed))
    return {
        name: {k: task.sites[sites].tolist() for k, sites in METHODS[name](task, counts).items()}
        for name in names
    }


def scores(
    cohort: Cohort, test: tuple[str, ...], chosen: dict, finest: dict[str, list[int]], seed: int
) -> list[dict]:
    """Rows of every reconstructor on the people left out.

    Args:
        finest: counts for which the default reconstructor of the search is trained, by method.
    """
    import torch

    torch.set_num_threads(1)
    train, left = cohort.subset(training_people(cohort, test)), cohort.subset(test)
    settings = Settings(seed=seed)
    pixels = insole_pixels(train)
    rows: list[dict] = []

    def add(method: str, count: int, name: str, found: dict) -> None:
        for i, person in enumerate(left.subjects):
            values = {metric: found[metric][i] for metric in gait.METRICS}
            rows.append({"person": person, "method": method, "sensors": count, "by": name} | values)

    for name in (*CLOSED, "ensemble"):
        shared = reconstructor(name, settings).fit(train) if name in CLOSED else None
        for method, sets in chosen.items():
            for count, uv in sets.items():
                if name == "ensemble" and int(count) not in finest.get(method, []):
                    continue
                layout = Layout(tuple(map(tuple, uv)), Sensor())
                fitted = shared or reconstructor(name, settings).fit(train, layout)
                add(method, int(count), name, score(fitted, left, layout, pixels).values)
    for count in map(int, chosen["PySensors GQR"]):
        model = constrained(train, pixels, settings.margin_mm, count)
        for name, method in OWN.items():
            maps = own_maps(model, left, pixels, method)
            per_stance = gait.all_metrics(left.pressure, maps, left.mm_per_pixel, pixels)
            people = np.bincount(left.subject_index)
            means = {
                metric: (np.bincount(left.subject_index, values) / people).tolist()
                for metric, values in per_stance.items()
            }
            add("PySensors GQR", count, name, means)
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

    def one(number: int, test: tuple[str, ...]) -> list[dict]:
        chosen = kept(
            out / f"chosen {number}.json", lambda: choose(cohort, test, names, counts, seed)
        )
        path = out / f"untouched {number}.json"
        return kept(path, lambda: scores(cohort, test, chosen, finest, seed))

    work = Parallel(n_jobs=jobs)(delayed(one)(i, test) for i, test in enumerate(folds))
    return pd.DataFrame([row for rows in work for row in rows])
