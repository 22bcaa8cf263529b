"""PySensors (de Silva et al. 2021; Manohar et al. 2018): as many modes as sensors, no centring."""

import warnings

import numpy as np
from numpy.typing import NDArray
from pysensors.basis import SVD
from pysensors.optimizers import GQR, QR, TPGR
from pysensors.reconstruction import SSPOR
from task import Sets, Task

from placement.sites import candidate_sites
from recon import Cohort, Sensor
from recon.layout import reading_matrix

OWN = {"own": None, "own, no prior": "unregularized"}
"""Its ways to reconstruct: name and `method` of `SSPOR.predict`."""


def _fitted(frames: NDArray, count: int, optimizer, **options) -> SSPOR:
    model = SSPOR(
        basis=SVD(n_basis_modes=count, random_state=0), optimizer=optimizer, n_sensors=count
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return model.fit(frames, quiet=True, seed=0, **options)


def pysensors_qr(task: Task, counts: tuple[int, ...]) -> Sets:
    """Its default: QR with column pivoting of what the candidate sites read."""
    return {k: _fitted(task.read, k, QR()).get_selected_sensors().tolist() for k in counts}


def pysensors_tpgr(task: Task, counts: tuple[int, ...]) -> Sets:
    """Two-point greedy with its default prior and noise (Klishin et al. 2023)."""
    return {
        k: list(map(int, _fitted(task.read, k, TPGR(k)).get_selected_sensors())) for k in counts
    }


def constrained(people: Cohort, outline: NDArray, margin_mm: float, count: int) -> SSPOR:
    """QR over all pixels of the insole, with none allowed in its margin (Karnik et al. 2024)."""
    frames = people.pressure[:, :, outline].reshape(-1, int(outline.sum()))
    pixels = np.argwhere(outline)
    inner = {tuple(p) for p in _pixels(people, candidate_sites(outline, people.grid, margin_mm))}
    edge = [i for i, place in enumerate(pixels) if tuple(place) not in inner]
    ranked = _fitted(frames, count, QR()).get_all_sensors()
    return _fitted(
        frames,
        count,
        GQR(),
        idx_constrained=edge,
        n_sensors=count,
        n_const_sensors=0,
        all_sensors=ranked,
        constraint_option="max_n",
    )


def pysensors_gqr(task: Task, counts: tuple[int, ...]) -> Sets:
    """Its constrained optimiser."""
    place = {tuple(p): i for i, p in enumerate(_pixels(task.people, task.sites))}
    pixels = np.argwhere(task.outline)
    found = {}
    for count in counts:
        model = constrained(task.people, task.outline, task.settings.constraints.margin_mm, count)
        chosen = [tuple(pixels[i]) for i in model.get_selected_sensors()]
        if all(x in place for x in chosen):
            found[count] = [place[x] for x in chosen]
    return found


def own_maps(model: SSPOR, cohort: Cohort, outline: NDArray, method: str | None) -> NDArray:
    """PySensors' own reconstruction from discs at its sensors, cut at 0: (n, T, rows, columns).

    Args:
        method: of `SSPOR.predict`; None is its default, with a prior.
    """
    sites = cohort.grid.uv(np.argwhere(outline)[model.get_selected_sensors()])
    matrix = reading_matrix([(u, v) for u, v in sites], Sensor(), cohort.grid)
    read = cohort.pressure.reshape(-1, matrix.shape[1]) @ matrix.T
    maps = np.zeros_like(cohort.pressure)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = model.predict(read, method=method)
    maps[:, :, outline] = np.maximum(found, 0).reshape(*maps.shape[:2], -1)
    return maps


def _pixels(people: Cohort, sites: NDArray) -> NDArray[np.int64]:
    return np.rint(people.grid.pixel(sites)).astype(int)
