from dataclasses import replace

import numpy as np
import pytest
from walkers import walkers

from recon import Cohort, Layout, readings
from recon.gait import cop_error_cm
from recon.kernel import Kernel, deviation, kernel, likeness, noise_shape
from recon.layout import reading_matrix
from recon.linear import Linear
from recon.modes import ModeNetwork
from recon.personal import personalise
from recon.validate import reconstruct

LAYOUT = Layout(((0.2, 0.5), (0.7, 0.3), (0.75, 0.8)))


def test_it_learns_what_the_linear_map_cannot() -> None:
    """A load that moves: the map depends on the shares of two sensors, not on their sum."""
    cohort = moving(seed=0)
    layout = Layout(((0.3, 0.5), (0.7, 0.5)))
    unseen = moving(seed=1)
    errors = [
        cop_error_cm(
            unseen.pressure, reconstruct(model.fit(cohort), unseen, layout), unseen.mm_per_pixel
        ).mean()
        for model in (Linear(), Kernel())
    ]
    assert errors[1] < 0.5 * errors[0]


@pytest.mark.parametrize("people", [0.0, 0.2])
def test_with_every_frame_a_centre_it_is_the_mixed_models_mean(
    cohort: Cohort, people: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nystroem's method on all frames is exact, and people = 0 is kernel ridge regression."""
    monkeypatch.setattr("recon.kernel._FEW", 10**6)
    frames = cohort.pressure.reshape(-1, 128).astype(float)
    read = readings(frames.reshape(-1, *cohort.grid.shape), LAYOUT, cohort.grid)
    model = Kernel(noise=0.1, people=people, centres=10**6).fit(cohort, LAYOUT)
    got = model.solution(LAYOUT).maps(read, np.zeros((len(read), 0)))
    x = read / read.mean()
    noise = np.diag(0.1 * (1.01 + (x**2).mean()) * noise_shape(x))
    owner = np.repeat(cohort.subject_index, cohort.pressure.shape[1])
    own = people * deviation(x, x, 3) * (owner[:, None] == owner)
    mean = frames.mean(axis=0)
    gram = kernel(x, x, 3)
    expected = mean + gram @ np.linalg.solve(gram + own + noise, frames - mean)
    np.testing.assert_allclose(got, expected, atol=1e-3 * frames.max())


def test_many_steps_of_one_person_count_little_more_than_a_few() -> None:
    """Ten times the steps of one of four people, who differ, move the fit less than pooled."""
    people = moving(seed=0)
    slopes = dict(zip(people.subjects, (1.0, -1.0, 0.5, -0.5), strict=True))  # medial to lateral
    across = np.linspace(-0.5, 0.5, people.grid.shape[1])
    samples = [
        replace(s, pressure=(s.pressure * (1 + slopes[s.subject] * across)).astype(np.float32))
        for s in people.samples
    ]
    people = Cohort(tuple(samples), people.grid)
    read = readings(people.pressure, LAYOUT, people.grid).reshape(-1, len(LAYOUT))
    changed = []
    for own in (0.0, 0.2):
        maps = []
        for one in (people, often(people, people.subjects[0], 10)):
            model = Kernel(people=own).fit(one, LAYOUT)
            maps.append(model.solution(LAYOUT).maps(read, np.zeros((len(read), 0))))
        changed.append(np.abs(maps[1] - maps[0]).mean())
    assert changed[1] < 0.7 * changed[0]


def test_the_unit_of_pressure_does_not_matter(cohort: Cohort) -> None:
    read = readings(cohort.pressure[0], LAYOUT, cohort.grid)
    plain = Kernel().fit(cohort).predict(read, LAYOUT)
    thousand = Kernel().fit(scaled(cohort, 1000)).predict(1000 * read, LAYOUT)
    np.testing.assert_allclose(thousand, 1000 * plain, rtol=1e-3, atol=1e-2)


def test_likeness_is_one_for_equal_frames_and_falls_with_the_shape() -> None:
    rng = np.random.default_rng(0)
    read = rng.uniform(0.1, 2, (6, 3))
    alike = likeness(read, read, 3)
    np.testing.assert_allclose(np.diag(alike), 1)
    assert (np.linalg.eigvalsh(alike) > -1e-9).all()
    heavier = likeness(read[:1], 1.1 * read[:1], 3)[0, 0]
    other = likeness(read[:1], read[:1, ::-1], 3)[0, 0]
    assert other < heavier


def test_one_seed_gives_one_fit_and_any_layout_is_served(cohort: Cohort) -> None:
    first, second = (Kernel(centres=30).fit(cohort) for _ in range(2))
    for layout in (LAYOUT, Layout(((0.5, 0.5),)), LAYOUT):
        read = readings(cohort.pressure[0], layout, cohort.grid)
        maps = first.predict(read, layout)
        np.testing.assert_array_equal(maps, second.predict(read, layout))
        np.testing.assert_array_equal(
            maps, Kernel(centres=30).fit(cohort, layout).predict(read, layout)
        )
        assert (maps >= 0).all() and maps.dtype == np.float32


def test_bad_arguments_are_refused(cohort: Cohort) -> None:
    with pytest.raises(ValueError, match="noise"):
        Kernel(noise=0)
    with pytest.raises(ValueError, match="people"):
        Kernel(people=-1)
    with pytest.raises(ValueError, match="centres"):
        Kernel(centres=1)
    with pytest.raises(ValueError, match="whole number"):
        Kernel(centres=10.5)  # type: ignore[arg-type]  # a mistake
    with pytest.raises(ValueError, match="one column per sensor"):
        Kernel().fit(cohort).predict(np.ones((2, 5)), LAYOUT)


def scaled(cohort: Cohort, factor: float) -> Cohort:
    samples = tuple(replace(s, pressure=(s.pressure * np.float32(factor))) for s in cohort.samples)
    return Cohort(samples, cohort.grid)


def often(cohort: Cohort, name: str, times: int) -> Cohort:
    """Every step of one person `times` over."""
    more = [
        replace(s, trial=f"{s.trial}-{again}")
        for s in cohort.samples
        for again in range(times if s.subject == name else 1)
    ]
    return Cohort(tuple(more), cohort.grid)


def moving(seed: int) -> Cohort:
    """One blob that travels from heel to toes, its load changing from step to step."""
    base = walkers(people=4, steps=4, frames=12, seed=seed)
    rng = np.random.default_rng(seed)
    u = base.grid.centres()[..., 0]
    where = np.linspace(0.2, 0.8, 12)
    samples = []
    for sample in base.samples:
        load = rng.uniform(50, 150) * np.sin(np.pi * (np.arange(12) + 0.5) / 12)
        blob = np.exp(-(((u - where[:, None, None]) / 0.2) ** 2))
        pressure = (load[:, None, None] * blob).astype(np.float32)
        samples.append(replace(sample, pressure=pressure))
    return Cohort(tuple(samples), base.grid)


def test_a_sensor_that_nobody_has_loaded_yet_may_be_loaded(cohort: Cohort) -> None:
    layout = Layout(((0.5, 0.9),))
    disc = reading_matrix(layout.sites, layout.sensor, cohort.grid)[0].reshape(cohort.grid.shape)
    samples = tuple(replace(s, pressure=np.where(disc > 0, 0, s.pressure)) for s in cohort.samples)
    unloaded = replace(cohort, samples=samples)
    one = unloaded.subset(unloaded.subjects[:1])
    for model in (
        Kernel().fit(unloaded, layout),
        ModeNetwork(1, steps=2, batch=4, copies=0).fit(unloaded, layout),
        personalise(Linear().fit(cohort), one),
    ):
        assert np.isfinite(model.predict([[0.0], [5.0], [500.0]], layout)).all()


def test_the_past_counts_the_less_the_fainter_the_present() -> None:
    """Two frames of two sensors that read the same now and differed before."""
    heel, toes = np.tile([1.0, 0.0], 4), np.tile([0.0, 1.0], 4)
    alike = [
        likeness(np.array([[now, now, *heel]]), np.array([[now, now, *toes]]), 2).item()
        for now in (1.0, 0.1, 0.0)
    ]
    assert alike == sorted(alike) and alike[0] < alike[2] < 1
