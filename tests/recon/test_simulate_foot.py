import numpy as np
import pytest
from scipy.interpolate import LinearNDInterpolator

from recon.simulate import Foot, draw_people, feet, foot_mesh
from recon.simulate.walk import footprint, standing_height

FEET = [foot for person in draw_people(6, seed=2) for foot in feet(person)]


@pytest.mark.parametrize("foot", FEET, ids=lambda f: f"{f.person.subject}-{f.side}")
def test_a_foot_is_a_closed_solid_of_the_persons_size(foot: Foot) -> None:
    mesh = foot_mesh(foot)
    assert mesh.is_watertight and mesh.is_winding_consistent
    assert mesh.body_count == 1
    assert 500 < mesh.volume / 1e3 < 1600  # cm3 up to the ankle
    low, high = mesh.bounds
    assert low == pytest.approx([0, 0, 0], abs=0.5)
    length = foot.person.foot_length_mm[foot.side == "right"]
    assert high[:2] == pytest.approx([foot.sole.width_mm, length], rel=0.01)
    assert 0.34 < foot.sole.width_mm / length < 0.43
    assert 80 < high[2] < 110


def test_the_sole_of_the_mesh_is_the_standing_sole() -> None:
    foot = FEET[1]
    points = np.random.default_rng(0).uniform([10, 10], [85, 230], (400, 2))
    expected = standing_height(foot, points)
    mesh = foot_mesh(foot)
    under = mesh.vertices[(mesh.vertex_normals[:, 2] < -0.3)]
    found = LinearNDInterpolator(under[:, :2], under[:, 2])(points)
    inside = (expected < 18) & np.isfinite(found)
    assert inside.sum() > 250
    assert np.quantile(np.abs(found - expected)[inside], 0.95) < 0.5  # mm


def test_left_is_the_mirror_side() -> None:
    """The hallux, the longest toe, is at high x on a left and at low x on a right foot."""
    for foot in FEET[:4]:
        mesh = foot_mesh(foot)
        tip = mesh.vertices[np.argmax(mesh.vertices[:, 1])]
        assert (tip[0] > foot.sole.width_mm / 2) == (foot.side == "left")


def test_a_low_arch_hangs_lower() -> None:
    arch = [foot.sole.arch_mm for foot in FEET]
    here = [standing_height(foot, foot.sole.own(np.array([[30.0, 108.0]])))[0] for foot in FEET]
    assert np.corrcoef(arch, here)[0, 1] > 0.9


def test_the_footprint_is_some_percent_shorter_than_the_foot() -> None:
    for foot in FEET:
        box = footprint(foot)
        assert 0.88 < box.length_mm / foot.sole.length_mm < 0.98
        assert 0.80 < box.width_mm / foot.sole.width_mm < 1.0
