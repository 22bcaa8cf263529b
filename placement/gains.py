"""What one more sensor buys, whether that is more than chance, and where it stops to pay."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from placement.front import Entry, Front
from placement.scoring import person_errors_of, relative_error
from recon import gait
from recon.validate import Score

_RESAMPLES = 2000

ENOUGH = 6
"""Of fewer people, even a change of one sign in all of them is chance in more than 5 % of cases (a
two-sided sign test gives 2 / 2^n), and a bootstrap interval is too narrow."""


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
class Gain:
    """From one layout to another: from the best of one sensor count to that of the next on the
    front, or from a published one to ours of as many.

    Args:
        fewer, more: the two layouts.
        relative: change of the relative error; below 0 is better.
        metrics: change of each metric of `gait.METRICS`.
    """

    fewer: Entry
    more: Entry
    relative: Change
    metrics: dict[str, Change]


def leads(front: Front) -> list[Entry]:
    """The best layout of each sensor count, counts ascending."""
    counts = sorted({len(member.layout) for member in front.members})
    return [entry for entry in map(front.best, counts) if entry is not None]


def gains(front: Front) -> list[Gain]:
    """Neighbours on the front compared on the untouched people, by a bootstrap over people.

    It is paired: each resample draws people, and takes both layouts' scores of these.
    """
    return [_compared(front, *pair) for pair in pairwise(leads(front))]


def beside_published(front: Front, entry: Entry) -> Gain | None:
    """From a published layout of as many sensors to this one, on the untouched people; None
    where there is none, or the entry is it."""
    same = (x for x in front.references if len(x.layout) == len(entry.layout))
    published = next(same, None)
    if published is None or published.layout == entry.layout:
        return None
    return _compared(front, published, entry)


def _compared(front: Front, before: Entry, after: Entry) -> Gain:
    a, b = (entry.scores[front.reconstructor].untouched for entry in (before, after))
    columns = [person_errors_of(score) for score in (a, b, front.mean_map.untouched)]

    def relative(people: NDArray, axis: int) -> NDArray:
        one, other, without = (x[people].mean(axis=people.ndim - 1) for x in columns)
        return relative_error(other, without) - relative_error(one, without)

    metrics = {
        name: _bootstrapped(len(a.subjects), _difference(a, b, name)) for name in gait.METRICS
    }
    return Gain(before, after, _bootstrapped(len(a.subjects), relative), metrics)


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


def _difference(a: Score, b: Score, metric: str) -> Callable[[NDArray, int], NDArray]:
    change = np.array(b.values[metric]) - np.array(a.values[metric])
    return lambda people, axis: change[people].mean(axis=axis)


def _bootstrapped(people: int, statistic: Callable[[NDArray, int], NDArray]) -> Change:
    """A statistic of people's numbers, with its interval over resamples of people."""
    everybody = np.arange(people)
    mean = float(statistic(everybody, 0))
    if people < 2:
        return Change(mean, float("nan"), float("nan"), people)
    found = stats.bootstrap(
        (everybody,),
        statistic,
        n_resamples=_RESAMPLES,
        method="percentile",
        vectorized=True,
        rng=np.random.default_rng(0),
    ).confidence_interval
    return Change(mean, float(found.low), float(found.high), people)
