import numpy as np
import pytest
import torch
from walkers import GRID, walkers

from recon import Cohort, Layout, Sample, Sensor, readings, training
from recon.linear import Linear
from recon.network import SIZES, UNet
from recon.training import Batch, TrainingSet, loss, tensor
from recon.unet import UNetReconstructor
from recon.validate import reconstruct

LAYOUT = Layout(((0.2, 0.5), (0.7, 0.3)))


def test_the_full_size_is_the_published_one() -> None:
    """Wang et al.: about 24.7 million parameters."""
    parameters = sum(p.numel() for p in UNet(5, 1, SIZES["full"]).parameters())
    assert parameters == pytest.approx(24.7e6, rel=0.005)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("geometry_channels", [0, 1])
def test_maps_keep_their_shape(size: str, geometry_channels: int) -> None:
    net = UNet(5, geometry_channels, SIZES[size]).eval()
    geometry = torch.rand(2, 1, 56, 24) if geometry_channels else None
    with torch.no_grad():
        features = None if geometry is None else net.encode(geometry)
        assert net(torch.rand(2, 5, 56, 24), features).shape == (2, 56, 24)


@pytest.mark.parametrize("geometry", [False, True])
def test_training_starts_from_the_linear_map(geometry: bool) -> None:
    """The head starts at zero, so that an untrained network is the linear reconstructor."""
    cohort = walkers(people=3, geometry=geometry)
    model = UNetReconstructor(steps=1, learning_rate=1e-12).fit(cohort)
    read = readings(cohort.pressure, LAYOUT, GRID).reshape(-1, len(LAYOUT))
    linear = np.maximum(Linear().fit(cohort).maps(read, LAYOUT), 0).reshape(cohort.pressure.shape)
    assert reconstruct(model, cohort, LAYOUT) == pytest.approx(linear, abs=1e-3)


def folded(people: int, seed: int) -> Cohort:
    """The forefoot carries |a - 1/2| where the heel carries a: no linear map can know it."""
    rng = np.random.default_rng(seed)
    heel, forefoot = (
        np.exp(-(((GRID.centres() - at) / [0.12, 0.3]) ** 2).sum(axis=-1))
        for at in ((0.2, 0.5), (0.75, 0.5))
    )
    samples = []
    for person in range(people):
        a = rng.random((8, 1, 1))
        pressure = 100 * (a * heel + 2 * np.abs(a - 0.5) * forefoot)
        samples.append(
            Sample(f"p{person}", "right", "0", pressure.astype(np.float32), (5, 5), 0.7, "kPa")
        )
    return Cohort(tuple(samples), GRID)


@pytest.mark.parametrize(("one_layout", "steps"), [(True, 250), (False, 500)])
def test_training_learns_what_the_linear_map_cannot(
    one_layout: bool, steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For one layout, and for any: sites that training never had alone, all at the heel."""
    monkeypatch.setattr(training, "GAIN", 0.0)  # a gain would blur what a means here
    train, test = folded(40, 0), folded(10, 1)
    places = [(0.2, 0.5)] if one_layout else [(0.2, 0.5), (0.15, 0.3), (0.3, 0.6)]
    layouts = [Layout((place,)) for place in places]
    model = UNetReconstructor(steps=steps, batch=32, max_sensors=1)
    model.fit(train, layouts[0] if one_layout else None)
    linear = Linear().fit(train)
    for layout in layouts:
        error = {
            name: np.square(reconstruct(fitted, test, layout) - test.pressure).mean()
            for name, fitted in (("linear", linear), ("network", model))
        }
        assert error["network"] < 0.4 * error["linear"]


def test_the_same_seed_gives_the_same_network(cohort: Cohort) -> None:
    one, same, other = (
        reconstruct(UNetReconstructor(steps=3, seed=seed).fit(cohort), cohort, LAYOUT)
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, same)
    assert np.abs(one - other).max() > 0


def test_a_warm_start_begins_where_the_other_ended(cohort: Cohort) -> None:
    first = UNetReconstructor(steps=20).fit(cohort)
    again = UNetReconstructor(steps=1, learning_rate=1e-12).fit(cohort, LAYOUT, start=first)
    maps = reconstruct(first, cohort, LAYOUT)
    assert reconstruct(again, cohort, LAYOUT) == pytest.approx(maps, rel=1e-3, abs=1e-2)


def test_misuse_is_explained(cohort: Cohort) -> None:
    with pytest.raises(ValueError, match="light, full"):
        UNetReconstructor("huge")
    with pytest.raises(ValueError, match="at least 1"):
        UNetReconstructor(steps=0)
    model = UNetReconstructor(steps=1).fit(cohort, LAYOUT)
    with pytest.raises(ValueError, match="one layout"):
        model.predict(np.ones((1, 2)), Layout(((0.1, 0.1), (0.5, 0.5))))
    with pytest.raises(ValueError, match="no geometry"):
        model.predict(np.ones((1, 2)), LAYOUT, np.zeros((1, 16, 8)))


def drawn(cohort: Cohort, layout: Layout | None, count: int = 64) -> tuple[TrainingSet, Batch]:
    data = TrainingSet.of(cohort, layout, Sensor(), max_sensors=3, ridge=1e-2, scale=100.0)
    return data, data.draw(np.random.default_rng(0), count)


def test_a_training_frame_is_reconstructed_from_other_people(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """With two people, the linear map of one comes from a fit on the other alone."""
    monkeypatch.setattr(training, "GAIN", 0.0)  # so that frames can be told by their values
    cohort = walkers(people=2)
    _, batch = drawn(cohort, LAYOUT)
    fits = [Linear().fit(cohort.subset([name])) for name in cohort.subjects]
    read = readings(cohort.pressure, LAYOUT, GRID).reshape(-1, len(LAYOUT))
    maps = [fit.maps(read, LAYOUT).reshape(cohort.pressure.shape) for fit in fits]
    for truth, linear in zip(batch.truth.numpy(), batch.linear.numpy(), strict=True):
        match = np.abs(cohort.pressure / 100 - truth).max(axis=(2, 3))
        stance, frame = np.unravel_index(match.argmin(), match.shape)
        other = 1 - cohort.subject_index[stance]
        assert linear == pytest.approx(maps[other][stance, frame] / 100, abs=1e-3)


def test_frames_are_trained_on_at_random_gains(cohort: Cohort) -> None:
    """Truth, readings, peak and load of a frame are scaled alike."""
    _, batch = drawn(cohort, LAYOUT, count=400)
    assert (batch.truth.amax((1, 2)) <= batch.peak * 1.0001).all()
    assert (batch.truth.sum((1, 2)) <= batch.load * 1.0001).all()
    stance_peaks = np.unique(cohort.pressure.max(axis=(1, 2, 3)) / 100)
    assert batch.peak.max() > 1.2 * stance_peaks.max()


def test_layouts_of_every_count_are_drawn(cohort: Cohort) -> None:
    data, _ = drawn(cohort, None)
    _, on = data._draw_sites(np.random.default_rng(0), 300)
    assert sorted(set(on.sum(1).tolist())) == [1, 2, 3]


def test_the_loss_is_least_for_the_truth(cohort: Cohort) -> None:
    _, batch = drawn(cohort, None)
    least = loss(batch.truth, batch)
    assert least < 0.01
    assert loss(batch.linear, batch) > 10 * least
    assert loss(batch.truth + tensor(0.1), batch) > 10 * least
