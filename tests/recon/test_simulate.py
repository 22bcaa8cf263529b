from pathlib import Path

import numpy as np
import pytest

from recon import Cohort, gait
from recon.demo import demo_cohort
from recon.simulate import GRAVITY, draw_people, simulate, vertical_force


@pytest.fixture(scope="module")
def people() -> Cohort:
    return simulate(12, steps=2, frames=20, seed=1)


def test_pressure_sums_to_a_force_of_the_bodys_weight(people: Cohort) -> None:
    """In newtons: the mean over the stance and both humps, against mass x g."""
    force = gait.vertical_force(people.pressure, people.mm_per_pixel)
    for person in draw_people(12, seed=1):
        weight = person.mass_kg * GRAVITY
        mine = [i for i, s in enumerate(people.samples) if s.subject == person.subject]
        expected = vertical_force((np.arange(20) + 0.5) / 20, weight, person.speed_m_s)
        # steps differ by some percent in force, and in nothing else
        ratio = force[mine] / expected
        assert np.ptp(ratio, axis=1) == pytest.approx(0, abs=1e-5)
        assert np.abs(ratio - 1).max() < 0.1
        assert 0.95 < expected.max() / weight < 1.35


def test_the_force_has_two_humps_and_vanishes_at_both_ends() -> None:
    time = np.linspace(0, 1, 201)
    force = vertical_force(time, 700.0, 1.25)
    peaks = np.flatnonzero(np.diff(np.sign(np.diff(force))) < 0) + 1
    assert len(peaks) == 2
    assert 0.6 < force[100] / force[peaks].mean() < 0.85
    assert force[[0, -1]] == pytest.approx([0, 0], abs=1e-9)
    assert vertical_force(time, 700.0, 1.5)[100] < force[100]  # faster: a deeper valley


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


def test_peaks_are_of_human_size(people: Cohort) -> None:
    """Shorten et al. 1989, barefoot at 1.0 to 1.5 m/s: heel 250-700, forefoot 400-1000 kPa."""
    u = people.grid.centres()[..., 0]
    heel = people.pressure[..., u < 0.3].max(axis=(1, 2))
    forefoot = people.pressure[..., (u > 0.55) & (u < 0.8)].max(axis=(1, 2))
    assert 250 < heel.mean() < 600
    assert 400 < forefoot.mean() < 850


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


def test_stiffness_changes_pressure_and_not_geometry(monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    import recon.simulate as module

    plain = simulate(1, steps=1, seed=3)
    draw = module._draw_person
    monkeypatch.setattr(
        module, "_draw_person", lambda *a: replace(p := draw(*a), stiffness=2 * p.stiffness)
    )
    # the box is fitted to the footprint, which stiffness shrinks: leave it as it is
    monkeypatch.setattr(module, "_fit_box", lambda foot, *rest: foot)
    stiff = simulate(1, steps=1, seed=3)
    monkeypatch.setattr(module, "_draw_person", draw)
    soft = simulate(1, steps=1, seed=3)
    np.testing.assert_array_equal(stiff.geometry, soft.geometry)
    assert stiff.pressure.max() > 1.15 * soft.pressure.max()
    assert plain.pressure.max() > 0


def test_a_person_does_not_depend_on_how_many_there_are(people: Cohort) -> None:
    fewer = simulate(3, steps=2, frames=20, seed=1)
    np.testing.assert_array_equal(fewer.pressure, people.pressure[: len(fewer.samples)])
    other = simulate(3, steps=2, frames=20, seed=2)
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
    made = demo_cohort(2, steps=1, frames=4)
    (entry,) = tmp_path.iterdir()
    again = demo_cohort(2, steps=1, frames=4)
    np.testing.assert_array_equal(made.pressure, again.pressure)
    assert made.provenance == again.provenance
    (entry / "cohort.json").write_text("{")
    mended = demo_cohort(2, steps=1, frames=4)
    np.testing.assert_array_equal(made.pressure, mended.pressure)
    assert Cohort.load(entry).provenance == made.provenance


def test_the_demo_cohort_needs_no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("INSOLE_CACHE", str(tmp_path / "file" / "cache"))
    assert len(demo_cohort(1, steps=1, frames=4).samples) == 2
