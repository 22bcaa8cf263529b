import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recon import FootGrid

unit = st.floats(-0.1, 1.1)


@given(u=unit, v=unit, pitch=st.floats(1, 10))
def test_every_conversion_has_its_inverse(u: float, v: float, pitch: float) -> None:
    grid = FootGrid(pitch_mm=pitch)
    assert grid.uv(grid.pixel((u, v))) == pytest.approx((u, v), abs=1e-12)
    assert grid.uv_from_mm(grid.mm((u, v))) == pytest.approx((u, v), abs=1e-12)


def test_toes_are_at_the_top_and_medial_is_left() -> None:
    grid = FootGrid()
    heel, toes = grid.pixel((0, 0.5)), grid.pixel((1, 0.5))
    medial, lateral = grid.pixel((0.5, 0)), grid.pixel((0.5, 1))
    assert toes[0] < heel[0]
    assert medial[1] < lateral[1]


def test_the_reference_foot_is_centred_and_spans_its_size() -> None:
    grid = FootGrid()
    corners = grid.pixel([(0, 0), (1, 1)])
    assert np.abs(corners[0] - corners[1]) * grid.pitch_mm == pytest.approx(grid.foot_mm)
    assert corners.mean(axis=0) == pytest.approx([(n - 1) / 2 for n in grid.shape])


def test_pixels_grow_with_the_foot() -> None:
    assert FootGrid().mm_per_pixel(520, 50) == pytest.approx((10, 2.5))


def test_grids_of_lists_and_of_tuples_are_equal() -> None:
    grid = FootGrid(list(FootGrid().shape), foot_mm=list(FootGrid().foot_mm))
    assert grid == FootGrid()
    assert hash(grid) == hash(FootGrid())
    assert grid.uv(grid.pixel((0.5, 0.5))) == pytest.approx((0.5, 0.5))


def test_a_grid_without_size_is_refused() -> None:
    with pytest.raises(ValueError, match="positive"):
        FootGrid(pitch_mm=0)
    with pytest.raises(ValueError, match="positive"):
        FootGrid(foot_mm=(np.nan, 100.0))
