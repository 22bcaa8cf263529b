import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recon.simulate.contact import Body, press


def paraboloid(radius_mm: float, stiffness: float) -> Body:
    side = np.arange(-40, 40, 1.0) + 0.5
    xy = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    height = (xy**2).sum(axis=1) / (2 * radius_mm)
    return Body(height, np.full(len(xy), stiffness), xy, 1.0)


@settings(max_examples=40, deadline=None)
@given(
    force=st.floats(1e-3, 2000),
    place=st.tuples(st.floats(-15, 15), st.floats(-15, 15)),
    radius=st.floats(20, 200),
    stiffness=st.floats(5, 100),
)
def test_the_pressure_balances_the_force_and_its_moment(
    force: float, place: tuple[float, float], radius: float, stiffness: float
) -> None:
    body = paraboloid(radius, stiffness)
    found = press(body, np.array([force]), np.array([place]))
    assert (found.pressure >= 0).all()
    share = found.pressure[0] / found.pressure.sum()
    assert found.pressure.sum() * body.area_mm2 * 1e-3 == pytest.approx(force, rel=1e-9)
    np.testing.assert_allclose(share @ body.xy_mm, place, atol=1e-3)


def test_a_paraboloid_sinks_as_the_closed_form_says() -> None:
    """F = integral of k (d - r^2 / 2R)^1.5 over the contact = 2 pi R k d^2.5 / 2.5."""
    body = paraboloid(60.0, 20.0)
    depth = np.array([1.0, 3.0, 6.0])
    force = 2 * np.pi * 60 * 20 * depth**2.5 / 2.5 * 1e-3
    found = press(body, force, np.zeros((3, 2)))
    np.testing.assert_allclose(found.depth_mm, depth, rtol=1e-3)
    np.testing.assert_allclose(found.pitch, 0, atol=1e-9)
    np.testing.assert_allclose(found.pressure.max(axis=1), 20 * depth**1.5, rtol=0.02)


def test_a_load_ahead_pitches_and_one_lateral_rolls() -> None:
    body = paraboloid(60.0, 20.0)
    ahead = press(body, np.array([100.0]), np.array([[0.0, 5.0]]))
    lateral = press(body, np.array([100.0]), np.array([[5.0, 0.0]]))
    assert ahead.pitch[0] > 0.01 and abs(ahead.roll[0]) < 1e-6
    assert lateral.roll[0] > 0.01 and abs(lateral.pitch[0]) < 1e-6


def test_no_force_no_pressure() -> None:
    found = press(paraboloid(60.0, 20.0), np.array([0.0, 50.0]), np.zeros((2, 2)))
    assert found.pressure[0].sum() == 0
    assert found.pressure[1].sum() > 0
