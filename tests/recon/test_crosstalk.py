"""Lines of cells that are loaded beyond the foot."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from recon.crosstalk import LINE_CELLS, lines
from recon.importing import import_recordings


def foot() -> np.ndarray:
    """(40, 20) cells: an ellipse and, apart, a toe two cells wide and high."""
    rows, columns = np.indices((40, 20))
    mask = ((rows - 25) / 12) ** 2 + ((columns - 9) / 6) ** 2 < 1
    mask[10:12, 8:10] = True
    return mask


def test_a_foot_has_no_lines() -> None:
    assert not lines(foot()).any()
    assert not lines(np.ones((12, 12), bool)).any()


@pytest.mark.parametrize("transposed", [False, True], ids=["column", "row"])
@pytest.mark.parametrize("column", [0, 9, 17])
def test_a_line_is_found_where_it_leaves_the_foot(column: int, transposed: bool) -> None:
    mask = foot()
    mask[:, column] = True
    found = lines(mask.T).T if transposed else lines(mask)
    assert not (found & foot()).any()
    assert found[:9, column].all()  # all of it beyond the toe
    assert not found[:, np.arange(20) != column].any()


def test_a_short_line_may_be_a_toe() -> None:
    mask = np.zeros((30, 10), bool)
    mask[5 : 5 + LINE_CELLS - 1, 4] = True
    assert not lines(mask).any()
    mask[5 + LINE_CELLS - 1, 4] = True
    assert lines(mask).sum() == LINE_CELLS


@given(st.integers(0, 2**32 - 1), st.floats(0, 1))
def test_only_loaded_cells_in_no_block_are_lines(seed: int, share: float) -> None:
    mask = np.random.default_rng(seed).random((15, 12)) < share
    found = lines(mask)
    assert not (found & ~mask).any()
    assert not (found & ndimage.binary_opening(mask, np.ones((2, 2)))).any()
    np.testing.assert_array_equal(found, lines(mask[::-1])[::-1])
    np.testing.assert_array_equal(found, lines(mask.T).T)


def test_the_real_walk_in_shoes_has_feet_alike(real_data: Path) -> None:
    """Two columns of the right sheet leak up to its upper edge, 55 mm beyond the toes."""
    cohort, report = import_recordings(real_data / "fscan")
    length = {
        name: facts["footprint_length_mm"] for name, facts in cohort.provenance["feet"].items()
    }
    assert len(length) == 2
    assert max(length.values()) - min(length.values()) < 5
    assert 0.01 < report.load_lost < 0.03
