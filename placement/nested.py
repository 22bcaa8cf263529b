"""A search confirmed by searches within it: each person is untouched by one of them.

Varma and Simon (2006), Bias in error estimation when using cross-validation for model selection,
BMC Bioinformatics 7:91.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np

from placement.front import Entry, Front, Pair
from placement.journal import Journal
from placement.settings import Settings
from placement.shortlist import apart_mm
from placement.split import Split
from recon.cohort import Cohort
from recon.validate import Score, make_folds


class Search(Protocol):
    def __call__(self, split: Split, *, journal: Journal = ...) -> Front: ...


def nested(cohort: Cohort, settings: Settings, search: Search, journal: Journal) -> Front:
    """Search on everybody; confirm by one search for each fold of people, without that fold.

    What the searches within found for a sensor count, scored on the people that each of them left
    out, stands for how good the layouts of that count are on people they were not chosen for. It
    is the score of the whole procedure, a little pessimistic since each search has fewer people.

    Raises:
        ValueError: too few people for folds within folds.
    """
    folds = make_folds(cohort.subjects, settings.folds, settings.seed)
    least = len(cohort.subjects) - max(map(len, folds))
    if least < settings.folds:
        raise ValueError(
            f"folds: nested confirmation leaves out one of {settings.folds} folds of people and "
            f"splits the other {least} into {settings.folds} again; "
            + ("pass fewer --folds" if len(cohort.subjects) > 3 else "4 people at least are needed")
        )
    inner = [
        search(
            Split.without(cohort, test, settings),
            journal=journal.within(f"outer fold {number} of {len(folds)}"),
        )
        for number, test in enumerate(folds, 1)
    ]
    front = search(Split.without(cohort, (), settings), journal=journal)
    counts = sorted({len(member.layout) for member in front.members})
    moved = [(count, _moved_mm(front, inner, count, cohort)) for count in counts]
    return replace(
        front,
        members=tuple(
            _confirmed(member, [_scores(one, len(member.layout)) for one in inner])
            for member in front.members
        ),
        references=tuple(
            _confirmed(reference, [one.references[i].scores for one in inner])
            for i, reference in enumerate(front.references)
        ),
        mean_map=_pair(front.mean_map, [one.mean_map for one in inner]),
        run={
            **front.run,
            "untouched": list(cohort.subjects),
            "outer_folds": [list(test) for test in folds],
            "moved_mm": {str(k): mm for k, mm in moved if mm is not None},
        },
    )


def _affordable(front: Front, sensors: int) -> Entry | None:
    """The best of at most so many sensors; None where no so few were of use."""
    fewer = (m for k in range(sensors, 0, -1) if (m := front.best(k)) is not None)
    return next(fewer, None)


def _scores(front: Front, sensors: int) -> Mapping[str, Pair]:
    """By reconstructor, of the best of at most so many sensors, or else of none."""
    found = _affordable(front, sensors)
    return found.scores if found else dict.fromkeys(front.members[0].scores, front.mean_map)


def _confirmed(entry: Entry, inner: Sequence[Mapping[str, Pair]]) -> Entry:
    pairs = {name: _pair(pair, [one[name] for one in inner]) for name, pair in entry.scores.items()}
    return replace(entry, scores=pairs)


def _pair(pair: Pair, inner: Sequence[Pair]) -> Pair:
    return replace(pair, untouched=Score.pooled(one.untouched for one in inner))


def _moved_mm(front: Front, inner: Sequence[Front], sensors: int, cohort: Cohort) -> float | None:
    """How far the sensors of the searches within lie from those of the front, on average; None
    where they found none."""
    own, *others = (_affordable(one, sensors) for one in (front, *inner))
    assert own is not None  # of the front's own counts
    gaps = [apart_mm(own.layout, other.layout, cohort) for other in others if other]
    return round(float(np.mean(gaps)), 1) if gaps else None
