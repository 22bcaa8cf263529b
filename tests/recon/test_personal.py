from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from ridge import Ridge
from walkers import walkers

from recon import Cohort, FootGrid, Layout, readings
from recon.ensemble import Ensemble
from recon.kernel import Kernel
from recon.linear import Linear, MeanMap
from recon.live import Wearer
from recon.model_file import load, save
from recon.personal import personalise
from recon.plugin import RegressorReconstructor
from recon.validate import reconstruct, score

LAYOUT = Layout(((0.2, 0.5), (0.72, 0.5)))


MAKES = [
    MeanMap,
    Linear,
    Kernel,
    lambda: Ensemble([Linear(), Kernel()]),
    lambda: RegressorReconstructor(Ridge()),
]


def error(model, cohort: Cohort) -> float:
    return float(np.abs(reconstruct(model, cohort, LAYOUT) - cohort.pressure).mean())


@pytest.mark.parametrize("make", [MeanMap, Linear, Kernel, lambda: Kernel(memory=True)])
def test_a_few_steps_of_the_wearer_help_every_reconstructor(make) -> None:
    people = walkers(people=9, steps=6, seed=3)
    others, me = people.subset(people.subjects[:8]), people.subset(people.subjects[8:])
    model = make().fit(others, LAYOUT)
    seen = [Cohort(me.samples[:n], me.grid) for n in (1, 4)]
    unseen = Cohort(me.samples[4:], me.grid)
    plain, one, four = (
        error(m, unseen) for m in (model, *(personalise(model, steps) for steps in seen))
    )
    assert one < plain and four < 0.7 * plain


def test_it_serves_what_the_reconstructor_serves(cohort: Cohort) -> None:
    me = cohort.subset(cohort.subjects[:1])
    model = personalise(Linear().fit(cohort), me)
    for layout in (LAYOUT, Layout(((0.5, 0.5),))):
        maps = model.predict(readings(me.pressure[0], layout, me.grid), layout)
        assert maps.shape == me.pressure[0].shape
        assert (maps >= 0).all() and maps.dtype == np.float32
    again = model.fit(cohort.subset(cohort.subjects[1:]))
    assert again is model and np.isfinite(error(model, me)).all()


def test_several_people_are_refused(cohort: Cohort) -> None:
    with pytest.raises(ValueError, match="one person"):
        personalise(Linear().fit(cohort), cohort)


def test_one_with_a_memory_is_calibrated_causally(cohort: Cohort) -> None:
    me = cohort.subset(cohort.subjects[:1])
    model = personalise(Kernel(memory=True, centres=40).fit(cohort), me)
    stances = readings(me.pressure[:1], LAYOUT, me.grid)
    whole = model.predict(stances, LAYOUT)
    wearer = Wearer(model, LAYOUT)
    live = np.array([wearer.predict(frame) for frame in stances[0]])
    assert live == pytest.approx(whole[0], rel=1e-3, abs=1e-2)
    with pytest.raises(ValueError, match="one stance alone"):
        model.predict(stances[0], LAYOUT)


@pytest.mark.parametrize("make", MAKES)
def test_people_on_another_grid_are_refused(make, cohort: Cohort) -> None:
    grid = FootGrid(cohort.grid.shape, 6.0, (84.0, 36.0))
    model = make().fit(cohort, LAYOUT)
    elsewhere = Cohort(cohort.subset(cohort.subjects[:1]).samples, grid)
    for use in (personalise, lambda m, people: score(m, people, LAYOUT)):
        with pytest.raises(ValueError, match=r"fitted on .* these people lie on"):
            use(model, elsewhere)
    with pytest.raises(ValueError, match="fitted on other grids than others"):
        Ensemble([model, Linear().fit(elsewhere)])


def test_the_original_stays_fitted_to_its_people(cohort: Cohort) -> None:
    me, others = cohort.subset(cohort.subjects[:1]), cohort.subset(cohort.subjects[1:])
    model = Linear().fit(cohort)
    before = model.covariance_.copy()
    personalise(model, me).fit(others)
    assert (model.covariance_ == before).all()


@pytest.mark.parametrize("make", MAKES)
def test_people_in_other_units_are_refused(make, cohort: Cohort, tmp_path: Path) -> None:
    model, me = make().fit(cohort, LAYOUT), cohort.subset(cohort.subjects[:1])
    if not isinstance(model, RegressorReconstructor):  # which has no place in a file
        save(model, tmp_path / "model.pt")
        model = load(tmp_path / "model.pt")
    other = replace(me, samples=tuple(replace(x, units="arbitrary") for x in me.samples))
    for wrong, known in ((other, model), (other, personalise(model, me))):
        with pytest.raises(ValueError, match=r"fitted on pressures in kPa, .* are in arbitrary"):
            reconstruct(known, wrong, LAYOUT)
    with pytest.raises(ValueError, match="fitted on pressures in kPa"):
        personalise(model, other)
