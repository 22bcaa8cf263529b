"""Cross-validation by subject: how well a layout knows the foot of somebody new."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from recon import gait
from recon.cohort import Cohort
from recon.footprint import insole_pixels
from recon.layout import Layout, readings
from recon.reconstructor import Reconstructor, check_people
from recon.resampling import interval_over_people

Folds = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Score:
    """How well one layout did, person by person. Means and intervals are derived.

    Args:
        subjects: (s,) the people scored.
        values: for each metric of `gait.METRICS`, (s,) means over the person's stances.
    """

    subjects: tuple[str, ...]
    values: Mapping[str, tuple[float, ...]]

    def mean(self, metric: str) -> float:
        """Mean over people."""
        return float(np.mean(self.values[metric]))

    def interval(self, metric: str, level: float = 0.95) -> tuple[float, float]:
        """Of the mean over people (`recon.resampling`); NaN for one person alone."""
        sample = np.array(self.values[metric])
        return interval_over_people(lambda drawn: sample[drawn].mean(axis=-1), len(sample), level)

    @classmethod
    def pooled(cls, parts: Iterable[Score]) -> Self:
        """Join the scores of disjoint people, ordered by name.

        Raises:
            ValueError: somebody in two parts.
        """
        parts = list(parts)
        names = [name for part in parts for name in part.subjects]
        if twice := [name for name, times in Counter(names).items() if times > 1]:
            raise ValueError(f"scores of different people are pooled, {twice[0]} is in two of them")
        order = np.argsort(names, kind="stable")
        values = {
            metric: np.concatenate([part.values[metric] for part in parts])[order]
            for metric in parts[0].values
        }
        return cls(
            tuple(names[i] for i in order),
            {metric: tuple(map(float, column)) for metric, column in values.items()},
        )

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; `Score.from_json` is the inverse."""
        return {"subjects": list(self.subjects), **{k: list(v) for k, v in self.values.items()}}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        return cls(tuple(stored["subjects"]), {k: tuple(stored[k]) for k in gait.METRICS})


def make_folds(subjects: Sequence[str], count: int, seed: int) -> Folds:
    """Split people into `count` disjoint test groups of nearly equal size.

    Raises:
        ValueError: fewer people than folds, or fewer than two folds.
    """
    if count < 2:
        raise ValueError(f"folds: at least 2 are needed, got {count}")
    if len(subjects) < count:
        raise ValueError(
            f"folds: {count} asked for, but only {len(subjects)} people to split; "
            f"at most {len(subjects)} folds are possible"
        )
    order = np.random.default_rng(seed).permutation(len(subjects))
    return tuple(tuple(sorted(subjects[i] for i in part)) for part in np.array_split(order, count))


def training_people(cohort: Cohort, test: Iterable[str]) -> list[str]:
    """Everybody in the cohort who is not tested."""
    held_out = set(test)
    return [subject for subject in cohort.subjects if subject not in held_out]


def reconstruct(
    reconstructor: Reconstructor, cohort: Cohort, layout: Layout
) -> NDArray[np.float32]:
    """Reconstruct every frame of a cohort from its own readings: (n, T, rows, columns).

    Raises:
        ValueError: a reconstructor that was fitted on another grid or in other units.
    """
    check_people(reconstructor, cohort)
    stances, frames = cohort.pressure.shape[:2]
    read = readings(cohort.pressure, layout, cohort.grid)  # (n, T, k)
    if getattr(reconstructor, "memory", False):
        return reconstructor.predict(read, layout, cohort.geometry)
    read = read.reshape(stances * frames, -1)
    geometry = None if cohort.geometry is None else np.repeat(cohort.geometry, frames, axis=0)
    return reconstructor.predict(read, layout, geometry).reshape(cohort.pressure.shape)


def score(
    reconstructor: Reconstructor,
    cohort: Cohort,
    layout: Layout,
    pixels: NDArray[np.bool_] | None = None,
) -> Score:
    """Score a fitted reconstructor on people it has not seen.

    Args:
        pixels: (rows, columns) that NRMSE counts; default the insole pixels of `cohort`.
    """
    pixels = insole_pixels(cohort) if pixels is None else pixels
    estimate = reconstruct(reconstructor, cohort, layout)
    per_stance = gait.all_metrics(cohort.pressure, estimate, cohort.mm_per_pixel, pixels)
    people = np.bincount(cohort.subject_index)
    return Score(
        cohort.subjects,
        {
            metric: tuple(map(float, np.bincount(cohort.subject_index, values) / people))
            for metric, values in per_stance.items()
        },
    )


Scorer = Callable[[Reconstructor, Cohort, Layout, NDArray[np.bool_]], Score]
"""What scores a fitted reconstructor: `score`, or `recon.calibration.calibrated_score`."""


def cross_validate(
    make: Callable[[], Reconstructor],
    cohort: Cohort,
    layouts: Sequence[Layout],
    folds: Folds,
    pixels: NDArray[np.bool_] | None = None,
    *,
    any_layout: bool = True,
    scorer: Scorer = score,
) -> list[Score]:
    """Score each layout on every person, always by a model that never saw that person.

    Args:
        make: a fresh, unfitted reconstructor.
        any_layout: fit once a fold for all layouts; else once a fold for each layout.
        scorer: of what was fitted, on the people left out.
    """
    pixels = insole_pixels(cohort) if pixels is None else pixels
    parts: list[list[Score]] = [[] for _ in layouts]
    for test in folds:
        train, held_out = cohort.subset(training_people(cohort, test)), cohort.subset(test)
        shared = make().fit(train) if any_layout else None
        for part, layout in zip(parts, layouts, strict=True):
            fitted = shared if shared is not None else make().fit(train, layout)
            part.append(scorer(fitted, held_out, layout, pixels))
    return [Score.pooled(part) for part in parts]
