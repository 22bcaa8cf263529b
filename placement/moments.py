"""What a fold's errors follow from, in a form that has no pixels left: numbers of pairs of sites.

With C the training covariance of readings and pixels, A that of the readings of a layout plus the
noise, the linear reconstruction of readings r about the training mean is C' A^-1 r, and a tested
person's mean squared error is

    E|y|^2 - 2 tr(A^-1 E[C y r']) + tr(A^-1 C C' A^-1 E[r r'])

where C C', E[C y r'] and E[r r'] are matrices over pairs of sites, summed up once. A layout of k
sensors picks k by k of their numbers, however many pixels and frames there are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recon import gait
from recon.cohort import Cohort
from recon.grid import FootGrid
from recon.layout import Sensor, reading_matrix
from recon.validate import Folds

Floats = NDArray[np.float64]
Ints = NDArray[np.integer]


_CHUNK = 64  # sites whose discs are laid on the grid at once, to spare memory


@dataclass(frozen=True)
class FoldMoments:
    """Moments of one fold's tested people about the mean of its training people.

    Pairs i <= j of S sites lie in rows as `pair_rows` counts them. Numbers of pairs that are to
    be summed over both (i, j) and (j, i) hold both.

    Args:
        pairs: (S (S + 1) / 2, 3 + 2 s), of each pair of sites: the training covariance of their
            readings; C C'; what the compression of the targets takes away from C C'; and of each
            of s tested people E[r r'], then -2 E[C y r'].
        tested: (s,) numbers of the tested people among those of the cohort.
        square: (s,) mean square of y, over the square of the peak as NRMSE counts it.
        summary: (S, 3) training covariance of readings and the map's load and first moments.
        gait: the tested frames, for force and centre of pressure.
    """

    pairs: Floats
    tested: Ints
    square: Floats
    summary: Floats
    gait: GaitFrames

    @property
    def people(self) -> int:
        return len(self.square)


@dataclass(frozen=True)
class GaitFrames:
    """Readings and truth of n tested frames; loads are shares of the stance's highest load.

    Args:
        readings: (S, n) about the training mean, over the stance's highest load.
        mean: (3, n) load and first moments of the training mean, likewise.
        load: (n,)
        cop: (2, n) centre of pressure in cm, x and y.
        cm_per_pixel: (2, n) in x and y.
        force_weight: (n,) weights that make the sum over frames that of people's means in %.
        cop_weight: (n,) those of the centre of pressure, 0 in frames of little load.
        person: (n,) whose frame it is, numbers of the fold's tested people in their order.
    """

    readings: Floats
    mean: Floats
    load: Floats
    cop: Floats
    cm_per_pixel: Floats
    force_weight: Floats
    cop_weight: Floats
    person: Ints


def pair_rows(first: Ints, second: Ints, sites: int) -> Ints:
    """Row of each pair of site numbers, first <= second, among those of `sites` sites."""
    return first * (2 * sites - first - 1) // 2 + second


def site_matrix(sites: Floats, sensor: Sensor, grid: FootGrid) -> Floats:
    """Reading matrix (S, P) of many sites (S, 2)."""
    places = [(u, v) for u, v in sites]
    parts = [places[i : i + _CHUNK] for i in range(0, len(places), _CHUNK)]
    return np.concatenate([reading_matrix(part, sensor, grid) for part in parts])


def fold_moments(
    cohort: Cohort,
    matrix: Floats,
    folds: Folds,
    pixels: NDArray[np.bool_],
    components: int | None,
) -> Iterator[FoldMoments]:
    """The moments of each fold; see `placement.scoring.LinearScorer` for the arguments.

    Args:
        matrix: (S, P) reading matrix of the candidate sites.
    """
    counted = pixels.ravel()
    size = len(counted)
    wanted = np.eye(size)[counted] if components is not None else np.empty((0, size))
    left = np.concatenate([matrix, wanted])  # (S, P) and, to compress, the counted pixels alone
    for tested, mean, cross in training_moments(cohort, left, folds):
        sites = cross[: len(matrix)]
        basis = None
        if components is not None:  # the leading eigenvectors, in columns
            basis = np.linalg.eigh(cross[len(matrix) :][:, counted])[1][:, -components:]
        yield _one_fold(cohort, matrix, tested, counted, mean, sites, basis)


def training_moments(
    cohort: Cohort, matrix: Floats, folds: Folds
) -> Iterator[tuple[NDArray[np.bool_], Floats, Floats]]:
    """What a linear fit needs, fold by fold.

    Args:
        matrix: (S, P) reading matrix.

    Yields:
        Which people are tested (people,), and of all others' frames the mean (P,) and the
        covariance of readings and pixels (S, P).
    """
    size = matrix.shape[1]
    flat = cohort.pressure.reshape(len(cohort.pressure), -1, size)
    totals = []
    tests = [np.isin(cohort.subjects, test) for test in folds]
    for tested in tests:
        total = np.zeros((len(matrix) + 1, size))
        for person in np.flatnonzero(tested):
            x = flat[cohort.subject_index == person].reshape(-1, size).astype(float)
            total[:-1] += (x @ matrix.T).T @ x
            total[-1] += x.sum(axis=0)
        totals.append(total)
    whole = np.sum(totals, axis=0)
    for tested, total in zip(tests, totals, strict=True):
        frames = int((~tested)[cohort.subject_index].sum()) * flat.shape[1]
        mean = (whole[-1] - total[-1]) / frames
        yield tested, mean, (whole[:-1] - total[:-1]) / frames - np.outer(matrix @ mean, mean)


def _one_fold(
    cohort: Cohort,
    matrix: Floats,
    tested: NDArray[np.bool_],
    counted: NDArray[np.bool_],
    mean: Floats,
    cross: Floats,
    basis: Floats | None,
) -> FoldMoments:
    whole = cross[:, counted]
    targets = whole if basis is None else whole @ basis
    people = np.flatnonzero(tested)
    rows, columns = np.triu_indices(len(matrix))
    twice = np.where(rows == columns, 1.0, 2.0)
    pairs = np.empty((len(rows), 3 + 2 * len(people)))
    pairs[:, 0] = (cross @ matrix.T)[rows, columns]
    kernel = targets @ targets.T
    pairs[:, 1] = kernel[rows, columns]
    pairs[:, 2] = 0 if basis is None else (whole @ whole.T - kernel)[rows, columns]
    square = np.empty(len(people))
    for i, person in enumerate(people):
        stances = cohort.pressure[cohort.subject_index == person]
        x = stances.reshape(len(stances), -1, len(counted)) - mean
        x /= stances.max(axis=(1, 2, 3)).astype(float)[:, None, None]  # as NRMSE normalises
        x = x.reshape(-1, len(counted)) / np.sqrt(x.shape[0] * x.shape[1] * counted.sum())
        read = x @ matrix.T
        y = x[:, counted]
        square[i] = np.square(y).sum()
        product = read.T @ ((y if basis is None else y @ basis) @ targets.T)
        pairs[:, 3 + i] = (read.T @ read)[rows, columns] * twice
        pairs[:, 3 + len(people) + i] = -(product + product.T)[rows, columns] * twice
    return FoldMoments(
        pairs=pairs,
        tested=people,
        square=square,
        summary=cross @ functionals(cohort.grid.shape),
        gait=gait_frames(cohort, matrix, tested, mean),
    )


def functionals(shape: tuple[int, int]) -> Floats:
    """(P, 3): what takes a map to its load and its first moments, in pixels from the edges."""
    rows, columns = shape
    column = np.tile(np.arange(columns) + 0.5, rows)
    height = np.repeat(rows - np.arange(rows) - 0.5, columns)
    return np.stack([np.ones(rows * columns), column, height], axis=-1)


def gait_frames(
    cohort: Cohort, matrix: Floats, tested: NDArray[np.bool_], mean: Floats
) -> GaitFrames:
    """Frames of the tested people (people,), read through `matrix` (S, P), about a mean (P,)."""
    stances = tested[cohort.subject_index]
    pressure = cohort.pressure[stances]
    size = cohort.mm_per_pixel[stances].astype(float)
    _, person, number = np.unique(
        cohort.subject_index[stances], return_inverse=True, return_counts=True
    )
    share = 1 / number[person][:, None]  # a person's stances average
    load = gait.total_load(pressure)
    highest = load.max(axis=-1, keepdims=True)
    counts = load >= gait.LOADED_SHARE * highest
    flat = pressure.reshape(*load.shape, -1)
    read = np.concatenate(
        [(x - mean) @ matrix.T / top for x, top in zip(flat, highest, strict=True)]
    )
    frames = load.shape
    per_frame = np.broadcast_to(1 / highest, frames).ravel()
    cop = gait.centre_of_pressure(pressure, size) / 10
    return GaitFrames(
        readings=np.ascontiguousarray(read.T),
        mean=np.outer(mean @ functionals(cohort.grid.shape), per_frame),
        load=(load / highest).ravel(),
        cop=np.stack([cop[..., 0].ravel(), cop[..., 1].ravel()]),
        cm_per_pixel=np.repeat(size[:, ::-1] / 10, frames[1], axis=0).T.copy(),
        force_weight=np.broadcast_to(100 * share / frames[1], frames).ravel(),
        cop_weight=(share * counts / counts.sum(axis=-1, keepdims=True)).ravel(),
        person=np.repeat(person, frames[1]),
    )
