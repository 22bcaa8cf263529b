"""How far a number over people may lie from that of everybody: resampling of people."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import stats

_RESAMPLES = 2000


def interval_over_people(
    statistic: Callable[[NDArray[np.int64]], NDArray[np.floating | np.integer]],
    people: int,
    level: float = 0.95,
) -> tuple[float, float]:
    """Expanded percentile bootstrap interval of a statistic of people's numbers.

    Percentiles of few people's resamples lie too close together: they vary by (n - 1) / n of what
    people do, and know nothing of how roughly n people tell how much that is. So those further out
    are taken that make the interval of a normal mean its t interval (Hesterberg 2015, The American
    Statistician 69:371-386). Of fewer than five people that is the range of the resamples.

    Args:
        statistic: of those drawn, (..., n) numbers of people from 0 -> (...).
        people: n, of whom each resample draws as many; seeded, so that equal people always have
            the same interval.
        level: share of such intervals that hold the statistic of everybody.

    Returns:
        The lower and the upper end; NaN for one person alone.
    """
    if people < 2:
        return float("nan"), float("nan")
    reach = np.sqrt(people / (people - 1)) * stats.t.ppf((1 + level) / 2, people - 1)
    found = stats.bootstrap(
        (np.arange(people),),
        lambda drawn, axis: np.asarray(statistic(drawn), float),
        confidence_level=1 - 2 * stats.norm.sf(reach),
        n_resamples=_RESAMPLES,
        method="percentile",
        vectorized=True,
        rng=np.random.default_rng(0),
    ).confidence_interval
    return float(found.low), float(found.high)
