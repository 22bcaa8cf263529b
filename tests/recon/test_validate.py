import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recon import Cohort, Layout
from recon.linear import Linear, MeanMap
from recon.validate import Score, cross_validate, make_folds, score

LAYOUT = Layout(((0.2, 0.5), (0.7, 0.5)))


@given(st.integers(2, 40), st.integers(2, 10), st.integers(0, 99))
def test_folds_test_everybody_once(people: int, count: int, seed: int) -> None:
    names = [f"s{i}" for i in range(people)]
    if count > people:
        with pytest.raises(ValueError, match="only"):
            make_folds(names, count, seed)
        return
    folds = make_folds(names, count, seed)
    assert sorted(name for test in folds for name in test) == sorted(names)
    assert max(map(len, folds)) - min(map(len, folds)) <= 1
    assert folds == make_folds(names, count, seed)


def test_cross_validation_never_shows_a_person_to_their_model(cohort: Cohort) -> None:
    seen: list[set[str]] = []

    class Spy(MeanMap):
        def fit(self, cohort: Cohort, layout: Layout | None = None) -> "Spy":
            seen.append(set(cohort.subjects))
            super().fit(cohort, layout)
            return self

    folds = make_folds(cohort.subjects, 4, 0)
    got = cross_validate(Spy, cohort, [LAYOUT], folds)[0]
    assert got.subjects == cohort.subjects
    for train, test in zip(seen, folds, strict=True):
        assert train == set(cohort.subjects) - set(test)


def test_cross_validation_equals_scoring_fold_by_fold(cohort: Cohort) -> None:
    folds = make_folds(cohort.subjects, 2, 0)
    pixels = np.ones(cohort.grid.shape, bool)
    got = cross_validate(Linear, cohort, [LAYOUT], folds, pixels)[0]
    first = score(Linear().fit(cohort.subset(folds[1])), cohort.subset(folds[0]), LAYOUT, pixels)
    for metric, values in first.values.items():
        mine = dict(zip(got.subjects, got.values[metric], strict=True))
        assert [mine[name] for name in first.subjects] == pytest.approx(values)


def test_a_sensor_more_helps_and_any_sensor_beats_none(cohort: Cohort) -> None:
    folds = make_folds(cohort.subjects, 4, 0)
    one = Layout(((0.2, 0.5),))
    none = cross_validate(MeanMap, cohort, [one], folds)[0].mean("nrmse")
    few, more = (s.mean("nrmse") for s in cross_validate(Linear, cohort, [one, LAYOUT], folds))
    assert more < few < none


def test_intervals_hold_the_mean_and_narrow_with_people() -> None:
    sample = np.random.default_rng(0).normal(10, 2, 6)
    widths = []
    for repeat in (1, 16):
        people = tuple(map(str, range(6 * repeat)))
        got = Score(people, {"nrmse": tuple(np.tile(sample, repeat))})
        low, high = got.interval("nrmse")
        assert low < got.mean("nrmse") < high
        assert (low, high) == got.interval("nrmse")
        widths.append(high - low)
    # 16 times the people: a quarter of the width, but for resampling noise, and the t distribution
    # with sqrt(n / (n - 1)): 2.57 and 1.10 of six, 1.99 and 1.01 of 96
    assert widths[1] == pytest.approx(widths[0] / 4 * 1.99 * 1.01 / (2.57 * 1.10), rel=0.15)
    with pytest.raises(ValueError, match="different people are pooled, a is in two of them"):
        Score.pooled([Score(("a",), {"nrmse": (1.0,)})] * 2)
    alone = Score(("a",), {"nrmse": (1.0,)})
    assert np.isnan(alone.interval("nrmse")).all()
