import numpy as np
import pytest
from walkers import walkers

from recon import Cohort, Layout, gait, readings
from recon.kernel import Kernel, load_of
from recon.linear import Linear
from recon.uncertainty import Errors
from recon.validate import reconstruct

LAYOUT = Layout(((0.2, 0.5), (0.72, 0.5)))


@pytest.fixture(scope="module")
def people() -> Cohort:
    return walkers(people=40, steps=3, seed=5)


@pytest.mark.parametrize("make", [Linear, Kernel])
def test_intervals_cover_people_never_seen(make) -> None:
    """On the mean of three draws of people: of fifteen unseen ones, some are alike."""
    shares = []
    for seed in (5, 6, 7):
        people = walkers(people=40, steps=3, seed=seed)
        known, unseen = people.subset(people.subjects[:25]), people.subset(people.subjects[25:])
        errors = Errors.measure(make, known, LAYOUT)
        maps = reconstruct(make().fit(known, LAYOUT), unseen, LAYOUT).reshape(-1, 16, 8)
        truth = unseen.pressure.reshape(-1, 16, 8)
        size = np.repeat(unseen.mm_per_pixel, 8, axis=0)
        spread = errors.spread(readings(truth, LAYOUT, people.grid), maps, size)
        force = gait.vertical_force(truth[:, None], size)[:, 0]
        cop = gait.centre_of_pressure(truth[:, None], size)[:, 0]
        pairs = (force, spread.force), (truth.max(axis=(1, 2)), spread.peak), (cop, spread.cop_mm)
        shares.append(
            [np.mean((v >= i[..., 0] - 1e-6) & (v <= i[..., 1] + 1e-6)) for v, i in pairs]
        )
        assert 0.9 < (np.abs(truth - maps) <= 1.96 * spread.sd + 1e-6).mean() <= 1
        assert spread.sd.mean() < 0.5 * truth.std()  # and yet it says something
    covered = np.mean(shares, axis=0)
    assert (covered > 0.88).all()
    assert (covered < 0.99).all()


def test_a_lower_level_gives_narrower_intervals(people: Cohort) -> None:
    errors = Errors.measure(Linear, people, LAYOUT)
    maps = reconstruct(Linear().fit(people), people, LAYOUT)[0]
    read = readings(people.pressure[0], LAYOUT, people.grid)
    wide, narrow = (errors.spread(read, maps, (5, 5), level) for level in (0.95, 0.5))
    for name in ("force", "peak", "cop_mm"):
        low_high, inner = getattr(wide, name), getattr(narrow, name)
        assert (np.ptp(inner, axis=-1) <= np.ptp(low_high, axis=-1) + 1e-9).all()
    assert max(len(repr(value)) for value in (people, people.samples[0], errors, wide)) < 200
    with pytest.raises(ValueError, match="level"):
        errors.spread(read, maps, (5, 5), 95)


def test_more_sensors_leave_less_unknown(people: Cohort) -> None:
    found = []
    for layout in (Layout(((0.2, 0.5),)), Layout(((0.2, 0.5), (0.7, 0.3), (0.75, 0.8)))):
        maps = reconstruct(Linear().fit(people), people, layout)[0]
        read = readings(people.pressure[0], layout, people.grid)
        found.append(Errors.measure(Linear, people, layout).spread(read, maps, (5, 5)))
    assert found[1].sd.mean() < 0.7 * found[0].sd.mean()
    assert np.ptp(found[1].force) < np.ptp(found[0].force)


def test_a_layout_is_chosen_anew_without_those_left_out(people: Cohort) -> None:
    few = people.subset(people.subjects[:5])
    elsewhere, asked = Layout(((0.4, 0.5), (0.8, 0.2))), []

    def choose(known: Cohort) -> Layout:
        asked.append(set(few.subjects) - set(known.subjects))
        return elsewhere

    chosen = Errors.measure(Linear, few, LAYOUT, choose=choose)
    assert sorted(map(list, asked)) == [[name] for name in few.subjects]
    fixed, other = (Errors.measure(Linear, few, layout) for layout in (LAYOUT, elsewhere))
    np.testing.assert_array_equal(chosen.read, fixed.read)  # what the layout in use reads
    np.testing.assert_array_equal(chosen.values[:, 2:], other.values[:, 2:])
    np.testing.assert_allclose(
        chosen.maps * load_of(chosen.read)[:, None] * chosen.scale,
        other.maps * load_of(other.read)[:, None] * other.scale,
        rtol=1e-5,
        atol=1e-5,
    )
    with pytest.raises(ValueError, match="choose must give layouts of 2 sensors, got one of 1"):
        Errors.measure(Linear, few, LAYOUT, choose=lambda known: Layout(((0.2, 0.5),)))
    with pytest.raises(ValueError, match=r"layout must be a recon\.Layout, got NoneType"):
        Errors.measure(Linear, few, LAYOUT, choose=lambda known: None)  # type: ignore[arg-type, return-value]  # mistake


def test_one_person_cannot_tell_of_the_next(people: Cohort) -> None:
    for few in (1, 2):
        with pytest.raises(ValueError, match=f"at least 3 .* has {few}"):
            Errors.measure(Linear, people.subset(people.subjects[:few]), LAYOUT)


def test_frames_that_do_not_belong_together_are_named(people: Cohort) -> None:
    errors = Errors.measure(Linear, people, LAYOUT)
    read = readings(people.pressure[0], LAYOUT, people.grid)
    for maps, size in ((people.pressure[0, :3], (5, 5)), (people.pressure[0], np.ones((3, 2)))):
        with pytest.raises(ValueError, match="mm_per_pixel must"):
            errors.spread(read, maps, size)
    with pytest.raises(ValueError, match=r"maps must be \(n, rows, columns\) of"):
        errors.spread(read, people.pressure[0].reshape(len(read), -1), (5, 5))


def test_a_fitted_reconstructor_is_not_fitted_anew(cohort: Cohort) -> None:
    model = Kernel(centres=20).fit(cohort, LAYOUT)
    before = model.predict(np.ones((1, len(LAYOUT))), LAYOUT)
    with pytest.raises(ValueError, match="unfitted reconstructor each time, got a fitted Kernel"):
        Errors.measure(lambda: model, cohort, LAYOUT)
    assert (model.predict(np.ones((1, len(LAYOUT))), LAYOUT) == before).all()


def test_a_reconstructor_instead_of_its_class_is_told(cohort: Cohort) -> None:
    with pytest.raises(TypeError, match="pass Kernel itself"):
        Errors.measure(Kernel(), cohort, Layout(((0.2, 0.5),)))  # type: ignore[arg-type]  # mistake
