"""Ours, and its peers, each as its own documentation recommends."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from unittest.mock import patch

import numpy as np
from blackbox import optuna_nsga2, pymoo_ga
from convex import convex_relaxation
from numpy.typing import NDArray
from scipy.cluster.vq import kmeans2
from scipy.spatial import cKDTree
from sensors import pysensors_gqr, pysensors_qr, pysensors_tpgr
from task import Method, Sets, Task

from placement.explore import explore
from placement.journal import Journal
from placement.judging import screening, without_sensors
from placement.scoring import LinearScorer
from placement.shortlist import distinct
from recon import PUBLISHED, Sensor

MODES = 16
"""Principal components for criteria that take one number of them: that of the most sensors."""


def ours(task: Task, counts: tuple[int, ...]) -> Sets:
    """The exploring stage of `placement search`: the best of each count."""
    with Journal() as journal, _counted(task):
        found, _ = explore(
            task.split(),
            task.sites,
            Sensor(task.settings.sensor_mm),
            task.settings,
            _silent,
            journal,
        )
    best = {}
    for count in counts:
        layout = min((x for x in found if len(x) == count), key=lambda x: (found[x], x.sites))
        best[count] = sorted(cKDTree(task.sites).query(layout.uv)[1].tolist())
    return best


def ours_screened(task: Task, counts: tuple[int, ...]) -> Sets:
    """What kernel regression ranks first of the shortlist of `placement search`: up to 4."""
    settings = replace(task.settings, max_sensors=4, jobs=1)
    split, sensor = task.split(), Sensor(settings.sensor_mm)
    with Journal() as journal:
        found, _ = explore(split, task.sites, sensor, settings, _silent, journal)
        shortlist = distinct(found, task.people, settings.shortlist)
        screen = screening(split, without_sensors(split, settings), settings, _silent, journal)
        values = screen([layout for group in shortlist for layout in group])
    near, best = cKDTree(task.sites), {}
    for count in (x for x in counts if x <= settings.max_sensors):
        layout = min((x for x in values if len(x) == count), key=lambda x: (values[x], x.sites))
        best[count] = sorted(near.query(layout.uv)[1].tolist())
    return best


def _silent(stage: str, done: int, total: int) -> None:
    pass


@contextmanager
def _counted(task: Task) -> Iterator[None]:
    """Count the layouts that any linear scorer scores."""
    plain = LinearScorer.errors

    def errors(self: LinearScorer, layouts: NDArray[np.int64]) -> NDArray[np.float64]:
        task.evaluations += len(layouts)
        return plain(self, layouts)

    with patch.object(LinearScorer, "errors", errors):
        yield


def modes(read: NDArray, count: int) -> NDArray:
    """(S, count) leading principal components of readings, about their mean."""
    _, vectors = np.linalg.eigh(np.cov(read.T))
    return vectors[:, : -count - 1 : -1]


def d_optimal_greedy(task: Task, counts: tuple[int, ...]) -> Sets:
    """Site after site the largest determinant of the Fisher information of MODES modes.

    Saito, Nonomura et al. (2021), Determinant-based fast greedy sensor selection algorithm, IEEE
    Access 9, 68535-68551: det(C C') while sensors are fewer than modes.
    """
    basis = modes(task.read, MODES)
    chosen: list[int] = []
    for _ in range(max(counts)):
        gram = basis[chosen] @ basis[chosen].T
        cross = basis @ basis[chosen].T
        fitted = np.einsum("sk,sk->s", cross @ np.linalg.pinv(gram), cross) if chosen else 0
        gain = (basis**2).sum(axis=1) - fitted
        gain[chosen] = -np.inf
        chosen.append(int(gain.argmax()))
    return {k: chosen[:k] for k in counts}


def uniform(task: Task, counts: tuple[int, ...]) -> Sets:
    """Evenly over the insole: centres of a centroidal Voronoi tessellation, at the nearest site."""
    places = task.people.grid.mm(task.sites)
    found = {}
    for count in counts:
        centres = kmeans2(places, count, iter=50, minit="++", rng=np.random.default_rng(0))[0]
        found[count] = cKDTree(places).query(centres)[1].tolist()
    return found


def random_median(task: Task, counts: tuple[int, ...]) -> Sets:
    """Of 99 random sets of each count, the one of median error."""
    rng = np.random.default_rng(task.settings.seed)
    found = {}
    for count in counts:
        sets = [rng.choice(len(task.sites), count, replace=False) for _ in range(99)]
        error = task.error(np.array(sets))
        found[count] = sets[int(np.argsort(error)[len(sets) // 2])].tolist()
    return found


def published(task: Task, counts: tuple[int, ...]) -> Sets:
    """The study's 2 and 16 landmarks, each at the nearest candidate site that is still free."""
    places = task.people.grid.mm(task.sites)
    found = {}
    for layout in PUBLISHED.values():
        taken: list[int] = []
        for place in task.people.grid.mm(layout.uv):
            near = np.argsort(np.linalg.norm(places - place, axis=1), kind="stable")
            taken.append(int(next(x for x in near if x not in taken)))
        if len(taken) in counts:
            found[len(taken)] = taken
    return found


METHODS: dict[str, Method] = {
    "ours": ours,
    "ours, screened": ours_screened,
    "PySensors QR": pysensors_qr,
    "PySensors GQR": pysensors_gqr,
    "PySensors TPGR": pysensors_tpgr,
    "D-optimal greedy": d_optimal_greedy,
    "convex relaxation": convex_relaxation,
    "pymoo subset GA": pymoo_ga,
    "Optuna NSGA-II": optuna_nsga2,
    "uniform": uniform,
    "random": random_median,
    "published": published,
}
