from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from walkers import walkers

from recon import Cohort, FootGrid, Layout, MeanMap, Sample, study
from recon.contract import check_reconstructor
from recon.descent import Diverged
from recon.study import PRESETS, Preset, StudyUNet, _batches, loss
from recon.study_network import StudyNet
from recon.validate import reconstruct

LAYOUT = Layout(((0.2, 0.5), (0.7, 0.3)))
SMALL = Preset((8, 16), None, border=0, epochs=2, learning_rate=2e-3, halve_every=1, batch=16)
KINDS = [("feature", "both"), ("data", "both"), ("feature", "geometry"), ("data", "landmarks")]


@pytest.fixture(scope="module")
def scanned() -> Cohort:
    return walkers(people=3, geometry=True)


def test_the_published_preset_has_the_published_size() -> None:
    """Wang et al.: about 24.7 million parameters, 64 x 64 pixels of 5 mm."""
    preset = PRESETS["published"]
    net = StudyNet((1, 1), preset.widths)
    assert sum(p.numel() for p in net.parameters()) == pytest.approx(24.7e6, rel=0.002)
    assert preset.image == (64, 64)
    top, left = (64 - FootGrid().shape[0]) // 2, (64 - FootGrid().shape[1]) // 2
    assert top == preset.border < left  # what the loss ignores is no row of the default grid


@pytest.mark.parametrize("channels", [(1,), (2,), (1, 1)])
def test_the_network_maps_images_to_one_within_the_tanh(channels: tuple[int, ...]) -> None:
    net = StudyNet(channels, (8, 16, 24)).eval()
    with torch.no_grad():
        maps = net(10 * torch.randn(3, sum(channels), 56, 24))
    assert maps.shape == (3, 56, 24)
    assert maps.abs().max() <= 1


@pytest.mark.parametrize(("fusion", "inputs"), KINDS)
def test_the_contract_of_reconstructors(scanned: Cohort, fusion: str, inputs: str) -> None:
    """Maps lie on [0, highest training pressure], frame by frame, whatever else is in a batch."""
    model = StudyUNet(SMALL, fusion=fusion, inputs=inputs).fit(scanned, LAYOUT)
    maps = reconstruct(model, scanned, LAYOUT)
    assert maps.dtype == np.float32
    assert maps.min() >= 0
    assert maps.max() <= scanned.pressure.max() * 1.0001
    read = np.random.default_rng(0).uniform(0, 100, (5, 2))
    geometry = scanned.geometry[:5]
    together = model.predict(read, LAYOUT, geometry)
    alone = model.predict(read[3:4], LAYOUT, geometry[3:4])
    np.testing.assert_allclose(alone[0], together[3], atol=1e-3)


def test_a_trained_one_passes_the_contract_check() -> None:
    preset = replace(SMALL, epochs=40, halve_every=15, learning_rate=5e-3)
    check_reconstructor(lambda: StudyUNet(preset))


def changes(model: StudyUNet, cohort: Cohort) -> tuple[bool, bool]:
    """Whether the map hangs on the readings, and on the geometry."""
    read, feet = np.full((1, 2), 40.0), cohort.geometry[:1]
    base = model.predict(read, LAYOUT, feet)
    other = model.predict(2 * read, LAYOUT, feet), model.predict(read, LAYOUT, 1 - feet)
    return tuple(bool(np.abs(maps - base).max() > 0) for maps in other)


def test_an_ablation_does_not_see_what_it_lacks(scanned: Cohort) -> None:
    fitted = {i: StudyUNet(SMALL, inputs=i).fit(scanned, LAYOUT) for _, i in KINDS}
    assert changes(fitted["both"], scanned) == (True, True)
    assert changes(fitted["geometry"], scanned) == (False, True)
    assert changes(fitted["landmarks"], scanned) == (True, False)


def test_one_geometry_may_stand_for_all_frames(scanned: Cohort) -> None:
    model = StudyUNet(SMALL).fit(scanned, LAYOUT)
    read, foot = np.full((3, 2), 50.0), scanned.geometry[0]
    repeated = model.predict(read, LAYOUT, np.repeat(foot[None], 3, axis=0))
    np.testing.assert_array_equal(model.predict(read, LAYOUT, foot), repeated)


@pytest.mark.parametrize("seed", range(3))
def test_no_pixel_starts_where_the_tanh_is_flat(scanned: Cohort, seed: int) -> None:
    """Torch's own initial weights left pixels stuck at the highest pressure."""
    torch.manual_seed(seed)
    net = StudyNet((2,), PRESETS["light"].widths)
    maps = net(torch.rand(8, 2, 56, 24))
    assert maps.abs().max() < 0.9


@pytest.mark.parametrize("fusion", ["feature", "data"])
def test_the_same_seed_gives_the_same_weights(scanned: Cohort, fusion: str) -> None:
    state = torch.random.get_rng_state()
    one, same, other = (
        StudyUNet(SMALL, fusion=fusion, seed=seed).fit(scanned, LAYOUT).model_.net.state_dict()
        for seed in (1, 1, 2)
    )
    assert all(torch.equal(one[key], same[key]) for key in one)
    assert not all(torch.equal(one[key], other[key]) for key in one)
    assert torch.equal(state, torch.random.get_rng_state())


@pytest.mark.parametrize("stopped", [4, 12])
def test_an_interrupted_training_ends_with_the_same_weights(
    scanned: Cohort, stopped: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the first epoch, of 5 steps, and within the third."""
    preset, path = replace(SMALL, epochs=4), tmp_path / "fit.pt"
    whole = StudyUNet(preset).fit(scanned, LAYOUT)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        steps = iter(range(stopped))
        true_loss = study.loss

        def interrupted(*given: Any) -> torch.Tensor:
            if next(steps, None) is None:
                raise KeyboardInterrupt
            return true_loss(*given)

        patch.setattr(study, "loss", interrupted)
        StudyUNet(preset).fit(scanned, LAYOUT, checkpoint=path)
    assert path.exists() == (stopped > 5)
    resumed = StudyUNet(preset).fit(scanned, LAYOUT, checkpoint=path)
    expected = whole.model_.net.state_dict()
    assert all(torch.equal(w, expected[k]) for k, w in resumed.model_.net.state_dict().items())
    with pytest.raises(ValueError, match="other settings"):
        StudyUNet(preset, fusion="data").fit(scanned, LAYOUT, checkpoint=path)


def test_training_learns_feet_and_readings() -> None:
    """Where the load lies follows from the geometry, how much from the one reading."""
    grid = FootGrid((16, 8), 5.0, (70.0, 30.0))
    rng = np.random.default_rng(0)
    samples = []
    for person in range(60):
        geometry = np.zeros(grid.shape, np.float32)
        place = rng.integers(2, 6)
        geometry[3:6, place - 1 : place + 2] = 1
        a = rng.uniform(20, 100, (4, 1, 1))
        sensed = np.zeros(grid.shape)
        sensed[11:14, 2:6] = 1
        pressure = (a * (geometry + sensed)).astype(np.float32)
        samples.append(
            Sample(f"p{person:02d}", "right", "0", pressure, (5, 5), 0.7, "kPa", geometry)
        )
    cohort = Cohort(tuple(samples), grid)
    train, test = cohort.subset(cohort.subjects[:50]), cohort.subset(cohort.subjects[50:])
    layout = Layout(((0.18, 0.5),))
    preset = replace(SMALL, epochs=30, halve_every=12, learning_rate=1e-2)

    def error(model: StudyUNet | MeanMap) -> float:
        estimate = reconstruct(model.fit(train, layout), test, layout)
        return float(np.abs(estimate - test.pressure).mean())

    both = error(StudyUNet(preset))
    assert both < 0.3 * error(MeanMap())
    for inputs in ("geometry", "landmarks"):
        assert both < 0.7 * error(StudyUNet(preset, inputs=inputs))


def test_the_grid_lies_in_the_middle_of_a_larger_image(scanned: Cohort) -> None:
    model = StudyUNet(replace(SMALL, image=(32, 20), border=4)).fit(scanned, LAYOUT)
    grid = torch.rand(2, 16, 8) + 1
    image = model.model_.pad(grid)
    assert image.shape == (2, 32, 20)
    assert torch.equal(image[:, 8:24, 6:14], grid)
    assert torch.equal(model.model_.crop(image), grid)
    assert image.count_nonzero() == grid.numel()


def test_the_loss_by_hand() -> None:
    """A map too high by 0.5 everywhere counts 0.5 in L1 and 0.5 in the sum; the border nothing."""
    truth = torch.zeros(2, 12, 12)
    wrong = truth.clone()
    wrong[:, 4:8, 4:8] = 0.5
    wrong[:, 0] = 9
    assert loss(wrong, truth, 4).item() == pytest.approx(1.0)
    wrong[:, 4:8, 4:6] = -0.5  # the sum is right again; 4 rows step by 1
    assert loss(wrong, truth, 4).item() == pytest.approx(0.5 + 4e-5)


@given(st.integers(2, 300), st.integers(3, 70))
def test_an_epoch_sees_every_frame_once_and_never_one_alone(count: int, most: int) -> None:
    parts = list(_batches(np.random.default_rng(0), count, most))
    assert sorted(torch.cat(parts).tolist()) == list(range(count))
    assert all(2 <= len(part) <= most for part in parts)


def test_misuse_is_explained(cohort: Cohort, scanned: Cohort) -> None:
    with pytest.raises(ValueError, match="feature, data"):
        StudyUNet(SMALL, fusion="late")
    with pytest.raises(ValueError, match="both, geometry, landmarks"):
        StudyUNet(SMALL, inputs="none")
    with pytest.raises(ValueError, match="multiples of 4"):
        replace(SMALL, image=(30, 30))
    with pytest.raises(ValueError, match="multiples of 8"):
        replace(SMALL, widths=(8,))
    with pytest.raises(ValueError, match="at least 1"):
        replace(SMALL, epochs=0)
    with pytest.raises(ValueError, match="one layout"):
        StudyUNet(SMALL).fit(scanned)
    with pytest.raises(ValueError, match="inputs='landmarks'"):
        StudyUNet(SMALL).fit(cohort, LAYOUT)
    with pytest.raises(ValueError, match="does not fit"):
        StudyUNet(replace(SMALL, image=(8, 8))).fit(scanned, LAYOUT)
    with pytest.raises(Diverged, match=r"step 1: .* learning rate of inf too high"):
        StudyUNet(replace(SMALL, learning_rate=float("inf"))).fit(scanned, LAYOUT)
    model = StudyUNet(SMALL).fit(scanned, LAYOUT)
    with pytest.raises(ValueError, match="cannot serve another"):
        model.predict(np.ones((1, 2)), Layout(((0.1, 0.1), (0.5, 0.5))))
    with pytest.raises(ValueError, match="fitted with a geometry"):
        model.predict(np.ones((1, 2)), LAYOUT)
    with pytest.raises(ValueError, match=r"one image a frame, got \(2, 16, 8\)"):
        model.predict(np.ones((1, 2)), LAYOUT, np.zeros((2, 16, 8)))
    with pytest.raises(ValueError, match="NaN"):
        model.predict(np.full((1, 2), np.nan), LAYOUT, np.zeros((1, 16, 8)))


def test_without_scans_the_landmarks_suffice(cohort: Cohort) -> None:
    model = StudyUNet(SMALL, inputs="landmarks").fit(cohort, LAYOUT)
    assert reconstruct(model, cohort, LAYOUT).shape == cohort.pressure.shape
