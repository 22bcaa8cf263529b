import numpy as np
import pytest

from placement.sites import candidate_sites
from recon import FootGrid


def outline() -> np.ndarray:
    """A rectangle of 100 x 60 mm in the middle of the grid."""
    mask = np.zeros(FootGrid().shape, bool)
    mask[18:38, 6:18] = True
    return mask


@pytest.mark.parametrize("margin", [0.0, 5.0, 12.0])
def test_sites_keep_their_margin(margin: float) -> None:
    grid = FootGrid()
    x, y = grid.mm(candidate_sites(outline(), grid, margin)).T
    assert x.min() - 20 >= margin - 1e-9
    assert 80 - x.max() >= margin - 1e-9
    assert y.min() - 80 >= margin - 1e-9
    assert 180 - y.max() >= margin - 1e-9


def test_sites_are_all_of_them() -> None:
    grid = FootGrid()
    assert len(candidate_sites(outline(), grid, 0)) == 20 * 12
    assert len(candidate_sites(outline(), grid, 5)) == 18 * 10
    assert len(candidate_sites(np.ones(grid.shape, bool), grid, 5)) == 54 * 22


def test_impossible_margins_are_refused() -> None:
    with pytest.raises(ValueError, match="no site"):
        candidate_sites(outline(), FootGrid(), 40)
    with pytest.raises(ValueError, match=">= 0"):
        candidate_sites(outline(), FootGrid(), -1)
