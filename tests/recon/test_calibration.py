from functools import partial

import numpy as np
import pytest
from walkers import walkers

from recon import Cohort, Layout
from recon.calibration import calibrated_score, visit
from recon.footprint import insole_pixels
from recon.kernel import Kernel
from recon.linear import Linear, MeanMap
from recon.validate import cross_validate, make_folds, score

LAYOUT = Layout(((0.2, 0.5), (0.72, 0.5)))


@pytest.fixture(scope="module")
def people() -> Cohort:
    return walkers(people=8, steps=6, seed=3)


def test_a_visit_takes_both_feet_in_turn_and_leaves_the_others(people: Cohort) -> None:
    person = people.subset(people.subjects[:1])
    both = Cohort(
        tuple(
            type(sample)(**{**vars(sample), "side": "left" if i % 3 else "right"})
            for i, sample in enumerate(person.samples)
        ),
        person.grid,
    )
    known, others = visit(both, 2)
    assert {sample.side for sample in known.samples} == {"left", "right"}
    names = [sample.trial for part in (known, others) for sample in part.samples]
    assert sorted(names) == sorted(sample.trial for sample in both.samples)
    assert len(known.samples) == 2


def test_too_few_steps_to_calibrate_and_score_are_named(people: Cohort) -> None:
    with pytest.raises(ValueError, match="calibration_steps: 6 wanted, but p00 has 6 steps"):
        visit(people.subset(people.subjects[:1]), 6)


def test_without_steps_it_is_the_plain_score(people: Cohort) -> None:
    model, pixels = Linear().fit(people), insole_pixels(people)
    found = calibrated_score(model, people, LAYOUT, pixels, steps=0)
    assert found == score(model, people, LAYOUT, pixels)


@pytest.mark.parametrize("make", [Linear, Kernel])
def test_calibration_helps_on_the_same_steps(make, people: Cohort) -> None:
    folds, pixels = make_folds(people.subjects, 4, 0), insole_pixels(people)

    def errors(calibrate: bool, reconstructor=make) -> np.ndarray:
        scorer = partial(calibrated_score, steps=3, calibrate=calibrate)
        found = cross_validate(reconstructor, people, [LAYOUT], folds, pixels, scorer=scorer)[0]
        assert found.subjects == people.subjects
        return np.array(found.values["nrmse"])

    assert errors(calibrate=True).mean() < 0.9 * errors(calibrate=False).mean()
    assert errors(calibrate=False).mean() < errors(False, MeanMap).mean()
