"""Whether a difference is more than chance, what one more sensor buys, and where that ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from placement.front import Entry, Front
from placement.scoring import person_errors_of, relative_error
from recon import gait
from recon.resampling import interval_over_people
from recon.validate import Score

ENOUGH = 6
"""Of fewer people, even a change of one sign in all of them is chance in more than 5 % of cases (a
two-sided sign test gives 2 / 2^n)."""

FEW_PEOPLE = 5
"""Of fewer people an interval is little more than their range, and tables and figures say so."""

Statistic = Callable[[NDArray[np.int64]], NDArray[np.floating]]
"""Of people drawn, as `recon.resampling` wants it."""


@dataclass(frozen=True)
class Change:
    """A difference over people with its 95 % interval; NaN at both ends for one person."""

    mean: float
    low: float
    high: float
    people: int

    @property
    def shown(self) -> bool:
        """Whether the interval leaves out zero, and there are people enough to say so."""
        return self.people >= ENOUGH and (self.low > 0 or self.high < 0)


@dataclass(frozen=True)
class Difference:
    """From one score to another, on the same people.

    Args:
        relative: change of the relative error; below 0 is better.
        metrics: change of each metric of `gait.METRICS`.
    """

    relative: Change
    metrics: dict[str, Change]


@dataclass(frozen=True)
class Gain:
    """From one layout to another: from the best of one sensor count to that of the next on the
    front, or from a published one to ours of as many."""

    fewer: Entry
    more: Entry
    difference: Difference


def leads(front: Front) -> list[Entry]:
    """The best layout of each sensor count, counts ascending."""
    counts = sorted({len(member.layout) for member in front.members})
    return [entry for entry in map(front.best, counts) if entry is not None]


def gains(front: Front) -> list[Gain]:
    """Neighbours on the front compared on the untouched people."""
    return [_gain(front, *pair) for pair in pairwise(leads(front))]


def beside_published(front: Front, entry: Entry) -> Gain | None:
    """From a published layout of as many sensors to this one, on the untouched people; None
    where there is none, or the entry is it."""
    same = (x for x in front.references if len(x.layout) == len(entry.layout))
    published = next(same, None)
    if published is None or published.layout == entry.layout:
        return None
    return _gain(front, published, entry)


def difference(before: Score, after: Score, mean_map: Score) -> Difference:
    """Two layouts on the same people, by a paired bootstrap over them.

    Each resample draws people, and takes both layouts' scores of these.

    Args:
        mean_map: of the same people; the relative error is relative to it.

    Raises:
        ValueError: scores of other people.
    """
    people = before.subjects
    if not people == after.subjects == mean_map.subjects:
        raise ValueError("before, after, mean_map: scores of the same people are compared only")
    columns = [person_errors_of(score) for score in (before, after, mean_map)]

    def relative(drawn: NDArray[np.int64]) -> NDArray[np.floating]:
        one, other, without = (x[drawn].mean(axis=drawn.ndim - 1) for x in columns)
        return relative_error(other, without) - relative_error(one, without)

    return Difference(
        _change(len(people), relative),
        {name: _change(len(people), _mean_change(before, after, name)) for name in gait.METRICS},
    )


def _gain(front: Front, fewer: Entry, more: Entry) -> Gain:
    a, b = (entry.scores[front.reconstructor].untouched for entry in (fewer, more))
    return Gain(fewer, more, difference(a, b, front.mean_map.untouched))


def knee(front: Front) -> Entry | None:
    """The lead beyond which a sensor buys less than the front's sensors do on average.

    It is the point of the relative search error farthest below the straight line from the front's
    fewest sensors to its most (Satopaa et al. 2011, Finding a "Kneedle" in a haystack, with
    sensitivity 0); where none lies below, that of the most sensors. None of fewer than three
    counts, which have no bend.
    """
    entries = leads(front)
    if len(entries) < 3:
        return None
    error = np.array([front.relative_error(x.scores[front.reconstructor].search) for x in entries])
    count = np.array([len(x.layout) for x in entries])
    line = np.interp(count, count[[0, -1]], error[[0, -1]])
    below = np.round(line - error, 12)  # of equals the first: fewer sensors
    return entries[int(below.argmax())] if below.max() > 0 else entries[-1]


def _mean_change(a: Score, b: Score, metric: str) -> Statistic:
    change = np.array(b.values[metric]) - np.array(a.values[metric])
    return lambda drawn: change[drawn].mean(axis=-1)


def _change(people: int, statistic: Statistic) -> Change:
    """A statistic of people's numbers, with its interval over resamples of people."""
    mean = float(statistic(np.arange(people)))
    return Change(mean, *interval_over_people(statistic, people), people)
