import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recon import PUBLISHED, FootGrid, Layout, Sensor, readings
from recon.layout import reading_matrix

inside = st.tuples(st.floats(0, 1), st.floats(0, 1))


@given(st.lists(inside, min_size=1, max_size=6), st.floats(1, 40))
def test_a_reading_is_a_mean(sites: list, diameter: float) -> None:
    matrix = reading_matrix(sites, Sensor(diameter), FootGrid())
    assert matrix.min() >= 0
    assert matrix.sum(axis=1) == pytest.approx(np.ones(len(sites)))


def test_a_disc_between_the_sampled_points_is_refused() -> None:
    grid = FootGrid()
    corner = [tuple(grid.uv((20, 12)))]  # of four subpixels
    assert reading_matrix(corner, Sensor(1.0), grid).sum() == pytest.approx(1)
    for diameter in (0.6, 0.99, 100.0, float("nan")):
        with pytest.raises(ValueError, match=r"\[1, 100\) mm, got .* between the points"):
            Sensor(diameter)
    with pytest.raises(ValueError, match="none of the 8 x 8 points"):
        reading_matrix(corner, Sensor(1.0), FootGrid((28, 12), 10.0))


def test_a_disc_reads_the_pressure_under_its_area() -> None:
    """Half of a 10 mm disc on the border of loaded ground reads half of the pressure."""
    grid = FootGrid()
    pressure = np.zeros((1, *grid.shape))
    pressure[0, :28] = 100.0
    middle = tuple(grid.uv((27.5, 12)))
    loaded = tuple(grid.uv((20, 12)))
    got = readings(pressure, Layout((middle, loaded)), grid)[0]
    assert sorted(got) == pytest.approx([50.0, 100.0])


def test_a_disc_covers_its_area() -> None:
    """The weight of the pixel under a disc's centre is pixel area over disc area.

    The disc's rim is sampled at 8 x 8 points a pixel, which is good for some percent.
    """
    grid = FootGrid()
    matrix = reading_matrix([tuple(grid.uv((20, 12)))], Sensor(10), grid)
    assert matrix.max() == pytest.approx(25 / (np.pi * 25), rel=0.05)


def test_the_order_of_sites_does_not_matter() -> None:
    a, b = Layout(((0.1, 0.2), (0.8, 0.4))), Layout(((0.8, 0.4), (0.1, 0.2)))
    assert a == b
    assert hash(a) == hash(b)


@pytest.mark.parametrize(
    ("sites", "complaint"),
    [((), "at least one"), (((0.5, 0.5),) * 2, "differ"), (((130.0, 40.0),), "millimetres")],
)
def test_impossible_layouts_are_refused(sites: tuple, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        Layout(sites)


def test_readings_of_no_layout_are_refused() -> None:
    grid, layout = FootGrid(), PUBLISHED["published 2"]
    with pytest.raises(ValueError, match=r"layout must be a recon\.Layout, got FootGrid"):
        readings(np.zeros((1, *grid.shape)), grid, layout)  # type: ignore[arg-type]  # mistake


def test_the_published_two_are_heel_and_third_metatarsal_head() -> None:
    heel, metatarsal = PUBLISHED["published 2"].sites
    assert heel[0] < 0.2
    assert 0.6 < metatarsal[0] < 0.75
    assert len(PUBLISHED["published 16"]) == 16
