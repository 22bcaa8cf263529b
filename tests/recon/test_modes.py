import numpy as np
import pytest
import torch
from test_kernel import moving, scaled
from walkers import walkers

from recon import Cohort, Layout, readings
from recon.augment import varied
from recon.descent import Diverged
from recon.ensemble import Ensemble
from recon.gait import cop_error_cm
from recon.kernel import Kernel
from recon.linear import Linear, MeanMap
from recon.modes import ModeNetwork
from recon.validate import reconstruct

LAYOUT = Layout(((0.2, 0.5), (0.7, 0.3), (0.75, 0.8)))
QUICK = {"members": 2, "steps": 30, "batch": 32, "copies": 1}


def test_it_learns_what_the_linear_map_cannot() -> None:
    """A load that moves: the map depends on the shares of two sensors, not on their sum."""
    cohort, unseen = moving(seed=0), moving(seed=1)
    layout = Layout(((0.3, 0.5), (0.7, 0.5)))
    network = ModeNetwork(2, steps=400, batch=128, copies=0)
    errors = [
        cop_error_cm(
            unseen.pressure, reconstruct(model.fit(cohort), unseen, layout), unseen.mm_per_pixel
        ).mean()
        for model in (Linear(), network)
    ]
    assert errors[1] < 0.5 * errors[0]


def test_training_starts_from_the_linear_map(cohort: Cohort) -> None:
    read = readings(cohort.pressure[0], LAYOUT, cohort.grid)
    hardly = ModeNetwork(1, steps=1, batch=1, learning_rate=1e-9).fit(cohort, LAYOUT)
    linear = Linear(offset=False).fit(cohort).predict(read, LAYOUT)
    gap = np.abs(hardly.predict(read, LAYOUT) - linear).max()
    assert gap < 1e-3 * linear.max()


def test_training_starts_from_nothing_where_nothing_is_read(cohort: Cohort) -> None:
    hardly = ModeNetwork(1, steps=1, batch=1, learning_rate=1e-9).fit(cohort, LAYOUT)
    maps = hardly.predict(np.zeros((1, 3)), LAYOUT)
    assert maps.max() < 1e-3 * cohort.pressure.max()


def test_one_seed_gives_one_network_and_another_another(cohort: Cohort) -> None:
    read = readings(cohort.pressure[0], LAYOUT, cohort.grid)
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    first, again, other = (
        ModeNetwork(**QUICK, seed=seed).fit(cohort).predict(read, LAYOUT) for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 0
    assert (first >= 0).all() and first.dtype == np.float32
    assert torch.equal(before, torch.random.get_rng_state())  # the caller's draws are untouched


def test_the_unit_of_pressure_does_not_matter(cohort: Cohort) -> None:
    read = readings(cohort.pressure[0], LAYOUT, cohort.grid)
    plain = ModeNetwork(**QUICK).fit(cohort).predict(read, LAYOUT)
    thousand = ModeNetwork(**QUICK).fit(scaled(cohort, 1024)).predict(1024 * read, LAYOUT)
    np.testing.assert_allclose(thousand, 1024 * plain, rtol=1e-2, atol=1)


def test_training_that_runs_away_says_so(cohort: Cohort) -> None:
    with pytest.raises(Diverged, match="learning rate"):
        ModeNetwork(**QUICK, learning_rate=1e30).fit(cohort, LAYOUT)


def test_bad_counts_are_refused() -> None:
    for bad in ({"members": 0}, {"steps": 0}, {"copies": -1}):
        with pytest.raises(ValueError, match="at least"):
            ModeNetwork(**bad)
    with pytest.raises(ValueError, match="learning_rate must be > 0"):
        ModeNetwork(learning_rate=-1)


def test_variations_are_feet_like_the_recorded_one() -> None:
    stances = torch.from_numpy(walkers(people=3, steps=2).pressure)
    made = varied(stances, 5.0, torch.Generator().manual_seed(0))
    assert made.shape == stances.shape and (made >= 0).all()
    for one, other in zip(stances, made, strict=True):
        together = np.corrcoef(one.ravel(), other.ravel())[0, 1]
        assert 0.6 < together < 0.9999
    still = stances[:, 3:4].expand(-1, 4, -1, -1)  # all frames of a stance vary alike
    moved = varied(still, 5.0, torch.Generator().manual_seed(0))
    assert torch.equal(moved, moved[:, :1].expand(-1, 4, -1, -1))


def test_an_ensemble_is_the_mean_of_its_members(cohort: Cohort) -> None:
    members = (MeanMap(), Linear(), Kernel(centres=20))
    together = Ensemble(members).fit(cohort)
    read = readings(cohort.pressure[0], LAYOUT, cohort.grid)
    expected = np.mean([m.predict(read, LAYOUT) for m in members], axis=0)
    np.testing.assert_allclose(together.predict(read, LAYOUT), expected, rtol=1e-5)
    with pytest.raises(ValueError, match="at least one"):
        Ensemble([])
