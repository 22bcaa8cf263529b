"""Intervals over people hold what they say, of few people too."""

import numpy as np
import pytest
from scipy import stats

from recon.resampling import interval_over_people


@pytest.mark.parametrize("people", [6, 7, 20])
def test_intervals_hold_the_truth_as_often_as_they_say(people: int) -> None:
    draws = np.random.default_rng(0).normal(size=(400, people))
    ends = np.array(
        [interval_over_people(lambda who, x=x: x[who].mean(axis=-1), people) for x in draws]
    )
    covered = ((ends[:, 0] <= 0) & (ends[:, 1] >= 0)).mean()
    assert 0.91 < covered < 0.98  # plain percentiles cover 0.87 of six and seven


def test_an_interval_of_a_mean_is_about_students() -> None:
    sample = stats.norm.ppf((np.arange(12) + 0.5) / 12)
    low, high = interval_over_people(lambda who: sample[who].mean(axis=-1), 12)
    half = 2.201 * sample.std(ddof=1) / 12**0.5  # of t with 11 degrees of freedom
    # Equally spaced quantiles have light tails, and 2,000 resamples noise; plain percentiles are
    # shorter by a quarter.
    assert (low, high) == pytest.approx((-half, half), rel=0.12)


def test_one_person_has_no_interval_and_two_have_their_range() -> None:
    values = np.array([1.0, 3.0])
    assert np.isnan(interval_over_people(lambda who: values[who].mean(axis=-1), 1)).all()
    assert interval_over_people(lambda who: values[who].mean(axis=-1), 2) == (1.0, 3.0)


def test_counts_have_intervals_too() -> None:
    values = np.arange(8)
    low, high = interval_over_people(lambda who: (values[who] > 3).sum(axis=-1), 8)
    assert low < 4 < high
