from collections.abc import Callable
from unittest.mock import patch

import numpy as np
import pytest
import torch
from walkers import GRID, walkers

from recon import Cohort, Layout, Linear, readings
from recon.ensemble import Ensemble
from recon.kernel import Kernel
from recon.live import LONGEST, Wearer
from recon.personal import personalise
from recon.reconstructor import Reconstructor, distinct_images
from recon.unet import UNetReconstructor

LAYOUT = Layout(((0.2, 0.5), (0.7, 0.3)))


@pytest.fixture(scope="module")
def shod() -> Cohort:
    """Three people with a geometry for each foot."""
    return walkers(people=3, geometry=True)


@pytest.fixture(scope="module")
def network(shod: Cohort) -> UNetReconstructor:
    """Its head's bias starts at zero, so weights are drawn that make geometry matter."""
    model = UNetReconstructor(steps=1, batch=2).fit(shod)
    torch.manual_seed(0)
    for weight in model.net_.parameters():
        torch.nn.init.normal_(weight, std=0.2)
    return model


@pytest.mark.parametrize(
    "make", [Linear, lambda: Kernel(centres=20), lambda: UNetReconstructor(steps=2, batch=4)]
)
def test_a_frame_is_what_it_is_in_a_batch(make: Callable[[], Reconstructor], shod: Cohort) -> None:
    model = make().fit(shod)
    read = readings(shod.pressure[0], LAYOUT, GRID)
    assert shod.geometry is not None
    foot = shod.geometry[0]
    batch = model.predict(read, LAYOUT, np.repeat(foot[None], len(read), axis=0))
    wearer = Wearer(model, LAYOUT, foot)
    live = np.array([wearer.predict(frame) for frame in read])
    assert live == pytest.approx(batch, rel=1e-4, abs=1e-3)
    assert model.predict(read, LAYOUT, foot) == pytest.approx(batch, rel=1e-4, abs=1e-3)


def test_memory_begins_anew_with_each_stance(shod: Cohort) -> None:
    model = Kernel(memory=True, centres=20).fit(shod)
    stances = readings(shod.pressure[:2], LAYOUT, GRID)
    whole = model.predict(stances, LAYOUT)
    wearer = Wearer(model, LAYOUT)
    for stance, expected in zip(stances, whole, strict=True):
        live = np.array([wearer.predict(frame) for frame in stance])
        assert live == pytest.approx(expected, rel=1e-4, abs=1e-3)
        wearer.lifted()
    with pytest.raises(ValueError, match="NaN"):
        wearer.predict(np.full(2, np.nan))
    again = wearer.predict(stances[0, 0])  # a bad frame is not remembered
    assert again == pytest.approx(whole[0, 0], rel=1e-4, abs=1e-3)


def test_who_stands_long_is_not_remembered_from_the_start(shod: Cohort) -> None:
    model = Kernel(memory=True, centres=20).fit(shod)
    stood, fresh = Wearer(model, LAYOUT), Wearer(model, LAYOUT)
    stood.predict(np.full(2, 300.0))  # a hard landing, which the highest so far remembers
    for _ in range(LONGEST - 1):
        there, here = stood.predict(np.full(2, 50.0)), fresh.predict(np.full(2, 50.0))
    assert not np.allclose(there, here)
    last = [wearer.predict(np.full(2, 50.0)) for wearer in (stood, fresh)]
    np.testing.assert_array_equal(*last)


def test_frames_of_many_feet_get_their_own(network: UNetReconstructor, shod: Cohort) -> None:
    geometry = shod.geometry
    assert geometry is not None
    read = np.full((len(geometry), 2), 50.0)
    each = np.array([network.predict(read[:1], LAYOUT, foot)[0] for foot in geometry])
    assert network.predict(read, LAYOUT, geometry) == pytest.approx(each, rel=1e-4, abs=1e-2)
    assert np.abs(each[0] - each[4]).max() > 1  # the feet differ, so do their maps


def test_a_foot_is_encoded_once(network: UNetReconstructor, shod: Cohort) -> None:
    assert shod.geometry is not None
    left, right = (Wearer(network, LAYOUT, foot) for foot in shod.geometry[:2])
    with patch.object(network.net_, "encode", side_effect=AssertionError):
        for _ in range(3):
            left.predict(np.ones(2))
            right.predict(np.zeros(2))


def test_wearers_of_a_mean_or_a_calibrated_reconstructor_do_not_disturb_each_other(
    shod: Cohort,
) -> None:
    """What is solved for a layout is solved once, though two wearers take turns."""
    me = shod.subset(shod.subjects[:1])
    model = personalise(Ensemble([Kernel(centres=20), Linear()]).fit(shod), me)
    one, two = Wearer(model, LAYOUT), Wearer(model, Layout(((0.3, 0.5), (0.8, 0.4))))
    with (
        patch("recon.kernel.Solution.of", side_effect=AssertionError),
        patch("recon.linear.solve_weights", side_effect=AssertionError),
        patch("recon.personal.Correction.of", side_effect=AssertionError),
    ):
        for _ in range(3):
            one.predict(np.ones(2))
            two.predict(np.ones(2))


def test_what_does_not_fit_is_refused(network: UNetReconstructor) -> None:
    foot = np.zeros(GRID.shape)
    with pytest.raises(ValueError, match=r"must be \(2,\), one a sensor of the layout, got \(3,\)"):
        Wearer(network, LAYOUT, foot).predict(np.ones(3))
    with pytest.raises(ValueError, match="disconnected"):
        Wearer(network, LAYOUT, foot).predict(np.array([1, np.nan]))
    with pytest.raises(ValueError, match="with a geometry"):
        Wearer(network, LAYOUT)
    with pytest.raises(ValueError, match=r"geometry must be \(16, 8\)"):
        Wearer(network, LAYOUT, foot[1:])
    with pytest.raises(ValueError, match="millimetres"):
        Wearer(network, LAYOUT, foot + 20)


def test_distinct_images_are_told_apart() -> None:
    rng = np.random.default_rng(0)
    images = rng.random((4, 3, 2))
    index = np.array([2, 0, 2, 1, 3, 3])
    found, place = distinct_images(images[index])
    np.testing.assert_array_equal(found[place], images[index])
    assert len(found) == 4
