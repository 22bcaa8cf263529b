from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recon import Cohort, FootGrid, gait
from recon.demo import demo_cohort
from recon.simulate import draw_people, feet, points, simulate, vertical_force, walk
from recon.simulate.gait import loads, stance_seconds
from recon.simulate.rotation import foot_pitch, toe_pitch
from recon.simulate.walk import footprint, pressure, standing_height

HALF = np.array([0.5])


def truth(people: int, seed: int) -> Cohort:
    """Two steps of each foot, placed by their truth."""
    grid = FootGrid()
    samples = [
        sample
        for person in draw_people(people, seed)
        for foot in feet(person)
        for sample in walk(foot, steps=2, frames=20, grid=grid)
    ]
    return Cohort(tuple(samples), grid)


@pytest.fixture(scope="module")
def people() -> Cohort:
    return truth(12, seed=1)


def test_an_imported_cohort_is_near_its_truth() -> None:
    """Scanned, recorded by a noisy plate and registered."""
    told: list[tuple[str, int, int]] = []
    made = simulate(2, steps=2, seed=1, progress=lambda *step: told.append(step))
    known = truth(2, seed=1)
    assert told == [("simulating people", 1, 2), ("simulating people", 2, 2)]
    assert [s.name for s in made.samples] == [s.name for s in known.samples]
    force, true = (gait.vertical_force(c.pressure, c.mm_per_pixel) for c in (made, known))
    assert (np.abs(force - true).mean(axis=1) < 0.03 * true.max(axis=1)).all()
    peaks = (c.pressure.max(axis=1).reshape(len(c.samples), -1) for c in (made, known))
    for ours, theirs in zip(*peaks, strict=True):
        assert np.corrcoef(ours, theirs)[0, 1] > 0.88  # the box is the scan's, not the footprint's


def test_pressure_sums_to_the_force_of_the_step(people: Cohort) -> None:
    force = gait.vertical_force(people.pressure, people.mm_per_pixel)
    time = (np.arange(20) + 0.5) / 20
    for person in draw_people(12, seed=1):
        for foot in feet(person):
            mine = [
                i
                for i, s in enumerate(people.samples)
                if (s.subject, s.side) == (person.subject, foot.side)
            ]
            for number, sample in enumerate(mine):
                manner = foot.step(number).manner
                expected = vertical_force(time, person.weight_n, person.speed_m_s, manner)
                np.testing.assert_allclose(force[sample], expected, rtol=1e-5)
                assert 0.95 < expected.max() / person.weight_n < 1.45


def test_the_force_has_two_humps_and_vanishes_at_both_ends() -> None:
    time = np.linspace(0, 1, 201)
    for speed in (1.0, 1.25, 1.5):
        force = vertical_force(time, 1.0, speed)
        peaks = np.flatnonzero(np.diff(np.sign(np.diff(force))) < 0) + 1
        assert len(peaks) == 2
        assert (force[peaks] > 1.0).all() and (force[peaks] < 1.25).all()  # body weights
        assert 0.6 < force[peaks[0] : peaks[1]].min() < 0.85
        assert force[[0, -1]] == pytest.approx([0, 0], abs=1e-9)
    slow, fast = vertical_force(time, 1.0, 1.0), vertical_force(time, 1.0, 1.5)
    assert fast.max() > slow.max() and fast[95] < slow[95]  # higher humps, a deeper valley


def test_the_foot_lands_toes_up_lies_flat_and_rises_while_the_toes_stay() -> None:
    time = np.linspace(0, 1, 101)
    foot, toes = (np.degrees(f(time)) for f in (foot_pitch, toe_pitch))
    joint = foot - toes
    assert foot[0] == pytest.approx(-20) and foot[-1] == pytest.approx(60)
    assert (np.abs(foot[20:40]) < 3).all() and (np.diff(foot) > 0).all()
    assert (toes[:75] == 0).all() and (np.diff(toes) >= 0).all()
    assert 30 < joint.max() < 45 and 70 < joint.argmax() < 95
    late = np.degrees(foot_pitch(time, heel_off=0.05))
    assert (late[21:99] <= foot[21:99]).all() and late[52] == pytest.approx(foot[47], abs=0.01)


def test_forces_roll_forward_with_the_rotation() -> None:
    time = np.linspace(0.02, 0.98, 49)
    for foot in feet(draw_people(1, seed=4)[0]):
        step = foot.typical()
        heel, ball, toes = loads(foot.person, step.sole, step.manner, time)
        assert (np.diff(heel.point_mm[:, 1]) >= 0).all()
        assert (np.diff(toes.point_mm[:, 1]) >= 0).all()
        heads = np.interp(ball.point_mm[:, 0], *step.sole.own(step.sole.heads).T)
        ahead = ball.point_mm[:, 1] - heads
        assert 8 < ahead[-1] - ahead[0] < 16  # mm
        held = replace(step.manner, heel_off=step.manner.heel_off + 0.05)
        later = loads(foot.person, step.sole, held, time)
        assert (later.toes.point_mm[:, 1] <= toes.point_mm[:, 1] + 1e-9).all()


def test_who_walks_faster_steps_more_often_and_stands_shorter() -> None:
    (person,) = draw_people(1)
    slow, fast = (replace(person, speed_m_s=speed) for speed in (1.0, 1.5))
    manner = feet(person)[0].typical().manner
    assert fast.cadence_per_min > slow.cadence_per_min > 85
    assert 0.5 < stance_seconds(fast, manner) < stance_seconds(slow, manner) < 0.85


def test_the_load_goes_from_heel_to_midfoot_to_forefoot_to_hallux(people: Cohort) -> None:
    u, v = np.moveaxis(people.grid.centres(), -1, 0)
    parts = {
        "heel": u < 0.3,
        "midfoot": (u > 0.33) & (u < 0.55),
        "forefoot": (u > 0.58) & (u < 0.8),
        "hallux": (u > 0.82) & (v < 0.35),
    }
    time = np.arange(20)
    middles = []
    for mask in parts.values():
        load = people.pressure[:, :, mask].sum(axis=(0, 2))
        middles.append((load * time).sum() / load.sum())
    assert middles == sorted(middles)
    cop = gait.centre_of_pressure(people.pressure, people.mm_per_pixel)[..., 1]
    assert (cop[:, -1] - cop[:, 0] > 120).all()  # mm


def test_footprints_span_the_box(people: Cohort) -> None:
    peak = people.pressure.max(axis=1)
    pixel = np.array([people.grid.pitch_mm / f for f in people.grid.foot_mm])
    for one in peak:
        loaded = people.grid.centres()[one > 0.02 * one.max()]
        # within two pixels: single steps differ from the foot's typical one
        assert np.abs(loaded.min(axis=0) - pixel / 2) == pytest.approx(0, abs=2 * pixel.max())
        assert np.abs(loaded.max(axis=0) - (1 - pixel / 2)) == pytest.approx(0, abs=2 * pixel.max())


@pytest.mark.parametrize(
    ("speed", "heel", "forefoot"), [(1.0, (367, 115), (635, 211)), (1.5, (517, 158), (737, 226))]
)
def test_peaks_are_within_an_sd_of_the_published(
    speed: float, heel: tuple[float, float], forefoot: tuple[float, float]
) -> None:
    """Shorten et al. 1989, barefoot: mean and SD in kPa."""
    time = (np.arange(20) + 0.5) / 20
    found = []
    for person in draw_people(10, seed=4):
        foot = feet(replace(person, speed_m_s=speed))[0]
        box = footprint(foot)
        xy = points(box, FootGrid(), 1)
        size = FootGrid().mm_per_pixel(box.length_mm, box.width_mm)
        peak = pressure(foot, foot.step(0), time, xy, size).max(axis=0)
        u = FootGrid().centres()[..., 0]
        found.append((peak[u < 0.33].max(), peak[(u > 0.55) & (u < 0.8)].max()))
    for mean, (published, sd) in zip(np.mean(found, axis=0), (heel, forefoot), strict=True):
        assert abs(mean - published) < sd


def test_the_two_feet_of_a_person_are_alike_but_not_equal(people: Cohort) -> None:
    geometry = people.geometry
    assert geometry is not None
    maps = {(s.subject, s.side): g.ravel() for s, g in zip(people.samples, geometry, strict=True)}
    own = [np.corrcoef(maps[s, "left"], maps[s, "right"])[0, 1] for s in people.subjects]
    others = [
        np.corrcoef(maps[a, "left"], maps[b, "right"])[0, 1]
        for a, b in zip(people.subjects, people.subjects[1:], strict=False)
    ]
    assert np.mean(own) > np.mean(others)
    assert max(own) < 0.9999


def test_stiffness_changes_pressure_and_not_geometry() -> None:
    (soft,) = draw_people(1, seed=3)
    heel, ball, toes = soft.stiffness
    stiff = replace(soft, stiffness=(2 * heel, 2 * ball, 2 * toes))
    maps = []
    for foot in (feet(soft)[0], feet(stiff)[0]):
        xy = points(footprint(feet(soft)[0]), FootGrid(), 1)
        maps.append((standing_height(foot, xy), pressure(foot, foot.typical(), HALF, xy, (5, 5))))
    np.testing.assert_array_equal(maps[0][0], maps[1][0])
    assert maps[1][1].max() > 1.1 * maps[0][1].max()
    assert maps[1][1].sum() == pytest.approx(maps[0][1].sum())


def test_a_person_does_not_depend_on_how_many_there_are(people: Cohort) -> None:
    fewer = truth(3, seed=1)
    np.testing.assert_array_equal(fewer.pressure, people.pressure[: len(fewer.samples)])
    other = truth(3, seed=2)
    assert np.abs(other.pressure - fewer.pressure).max() > 1


def test_bodies_have_the_published_statistics() -> None:
    """Wang et al. 2026; bounds of about three standard errors at 3000 people."""
    people = draw_people(3000, seed=0)
    height = np.array([p.height_cm for p in people])
    mass = np.array([p.mass_kg for p in people])
    length = np.array([p.foot_length_mm for p in people])
    assert height.mean() == pytest.approx(174.5, abs=0.5)
    assert height.std() == pytest.approx(7.7, abs=0.4)
    assert mass.mean() == pytest.approx(70.3, abs=1.0)
    assert mass.std() == pytest.approx(14.1, abs=1.2)  # cut to the published range
    assert length.mean() == pytest.approx(254.4, abs=0.9)
    assert length.std() == pytest.approx(13.8, abs=0.7)
    assert (length[:, 0] - length[:, 1]).std() == pytest.approx(2.6, abs=0.15)
    found = np.corrcoef([height, mass, length.mean(axis=1)])
    assert found[0, 2] == pytest.approx(0.83, abs=0.03)
    assert found[1, 2] == pytest.approx(0.55, abs=0.05)
    assert found[0, 1] == pytest.approx(0.50, abs=0.05)


def test_impossible_cohorts_are_refused() -> None:
    for change in ({"people": 0}, {"steps": 0}, {"frames": 1}):
        with pytest.raises(ValueError, match="at least"):
            simulate(**{"people": 1, **change})


def test_the_demo_cohort_is_cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INSOLE_CACHE", str(tmp_path))
    made = demo_cohort(1, steps=1, frames=4)
    (entry,) = tmp_path.iterdir()
    again = demo_cohort(1, steps=1, frames=4)
    np.testing.assert_array_equal(made.pressure, again.pressure)
    assert made.provenance == again.provenance
    (entry / "cohort.json").write_text("{")
    mended = demo_cohort(1, steps=1, frames=4)
    np.testing.assert_array_equal(made.pressure, mended.pressure)
    assert Cohort.load(entry).provenance == made.provenance


def test_the_demo_cohort_needs_no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("INSOLE_CACHE", str(tmp_path / "file" / "cache"))
    assert len(demo_cohort(1, steps=1, frames=4).samples) == 2


def test_peak_maps_of_two_people_correlate_as_those_of_real_people(people: Cohort) -> None:
    """0.90 among the people of SpeedPP2DS; the rest is in studies/simulator_realism."""
    peaks = people.pressure.max(axis=1)
    maps = [peaks[people.subject_index == i].mean(axis=0).ravel() for i in range(12)]
    assert 0.85 < np.corrcoef(maps)[np.triu_indices(12, 1)].mean() < 0.95
