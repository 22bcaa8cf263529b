from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from walkers import walkers

from recon import Cohort, Layout, descent, unet
from recon.descent import Diverged
from recon.modes import ModeNetwork
from recon.study import PRESETS, StudyUNet
from recon.unet import UNetReconstructor

LAYOUT = Layout(((0.2, 0.5), (0.7, 0.3)))


@pytest.fixture(autouse=True)
def kept_often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(descent, "EVERY", 3)


def model(steps: int = 10, **settings: int) -> UNetReconstructor:
    return UNetReconstructor(steps=steps, batch=4, **settings)


def weights(fitted: UNetReconstructor) -> Tensor:
    return torch.cat([w.flatten() for w in fitted.net_.state_dict().values()])


def fail_at(step: int, monkeypatch: pytest.MonkeyPatch, result: Tensor | None = None) -> None:
    """Let the loss of this step be `result`, or stop the training as Ctrl-C does."""
    calls = iter(range(1000))
    true_loss = unet.loss

    def loss(estimate: Tensor, batch: object) -> Tensor:
        if next(calls) != step:
            return true_loss(estimate, batch)
        if result is None:
            raise KeyboardInterrupt
        return estimate.sum() * result

    monkeypatch.setattr(unet, "loss", loss)


@pytest.mark.parametrize("layout", [None, LAYOUT])
@pytest.mark.parametrize("step", [1, 5, 9])
def test_an_interrupted_training_ends_with_the_same_weights(
    layout: Layout | None, step: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cohort = walkers(people=3, geometry=True)
    whole = model().fit(cohort, layout)
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        fail_at(step, patch)
        model().fit(cohort, layout, checkpoint=tmp_path / "fit.pt")
    resumed = model().fit(cohort, layout, checkpoint=tmp_path / "fit.pt")
    assert torch.equal(weights(resumed), weights(whole))


def test_a_finished_training_is_not_repeated(
    cohort: Cohort, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = model().fit(cohort, checkpoint=tmp_path / "fit.pt")
    fail_at(0, monkeypatch)
    again = model().fit(cohort, checkpoint=tmp_path / "fit.pt")
    assert torch.equal(weights(first), weights(again))
    assert [p.name for p in tmp_path.iterdir()] == ["fit.pt"]


def test_another_training_is_not_continued(cohort: Cohort, tmp_path: Path) -> None:
    path = tmp_path / "fit.pt"
    start = model().fit(cohort, checkpoint=path)
    for other in (model(steps=11), model(seed=1)):
        with pytest.raises(ValueError, match=r"fit\.pt: .* other settings; pass another file"):
            other.fit(cohort, checkpoint=path)
    with pytest.raises(ValueError, match="settings"):
        model().fit(cohort, LAYOUT, checkpoint=path)
    with pytest.raises(ValueError, match="other data"):
        model().fit(walkers(seed=1), checkpoint=path)
    with pytest.raises(ValueError, match="other start weights"):
        model().fit(cohort, checkpoint=path, start=start)


@pytest.mark.parametrize("result", [torch.nan, torch.inf])
def test_a_diverging_training_keeps_its_last_good_state(
    cohort: Cohort, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, result: float
) -> None:
    path = tmp_path / "fit.pt"
    with monkeypatch.context() as patch:
        fail_at(8, patch, torch.tensor(result))
        broken = model()
        with pytest.raises(Diverged, match=r"step 8: the loss is .* of step 6 are kept"):
            broken.fit(cohort, checkpoint=path)
    assert not broken.net_.training
    assert np.isfinite(broken.predict(np.ones((1, 2)), LAYOUT)).all()
    assert torch.equal(weights(model().fit(cohort, checkpoint=path)), weights(model().fit(cohort)))


def test_a_learning_rate_that_is_too_high_is_named(cohort: Cohort) -> None:
    broken = UNetReconstructor(steps=20, batch=4, learning_rate=1e30)
    with pytest.raises(Diverged, match="learning rate of 1e"):
        broken.fit(cohort)
    assert torch.isfinite(weights(broken)).all()


def test_training_leaves_the_callers_random_state(cohort: Cohort) -> None:
    before = torch.random.get_rng_state()
    model(steps=1).fit(cohort)
    assert torch.equal(before, torch.random.get_rng_state())


def test_foreign_and_damaged_checkpoints_are_refused(cohort: Cohort, tmp_path: Path) -> None:
    path = tmp_path / "fit.pt"
    model(steps=1).fit(cohort, checkpoint=path)
    whole = path.read_bytes()
    for content in (b"", b"text", whole[: len(whole) // 2]):
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"fit\.pt: expected a file of format insole-training"):
            model(steps=1).fit(cohort, checkpoint=path)


def test_settings_of_numpy_do_not_spoil_a_checkpoint(cohort: Cohort, tmp_path: Path) -> None:
    network = UNetReconstructor(steps=4, batch=4, learning_rate=np.float64(1e-3))
    first = network.fit(cohort, checkpoint=tmp_path / "fit.pt")
    kept = weights(first)
    assert torch.equal(weights(network.fit(cohort, checkpoint=tmp_path / "fit.pt")), kept)


def test_a_refused_training_changes_nothing(cohort: Cohort, tmp_path: Path) -> None:
    fitted = model(steps=2).fit(cohort, checkpoint=tmp_path / "fit.pt")
    before = weights(fitted)
    with pytest.raises(ValueError, match="other data"):
        fitted.fit(walkers(seed=1), checkpoint=tmp_path / "fit.pt")
    with pytest.raises(ValueError, match="is no folder"):
        fitted.fit(cohort, checkpoint=tmp_path / "none" / "fit.pt")
    with pytest.raises(ValueError, match="pass one fitted alike"):
        fitted.fit(cohort, start=model(steps=1).fit(walkers(geometry=True)))
    assert torch.equal(weights(fitted), before)


def test_training_leaves_the_seeds_of_gpus_alone(
    cohort: Cohort, monkeypatch: pytest.MonkeyPatch
) -> None:
    seeded: list[int] = []
    monkeypatch.setattr(torch.cuda, "manual_seed_all", seeded.append)
    model(steps=1).fit(cohort)
    ModeNetwork(1, steps=1, batch=2, copies=0).fit(cohort, LAYOUT)
    assert seeded == []


@pytest.mark.parametrize(
    "make", [UNetReconstructor, partial(StudyUNet, PRESETS["light"], inputs="landmarks")]
)
def test_devices_that_are_not_there_are_told(
    make: Callable[..., Any], cohort: Cohort, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ValueError, match="one of auto, cpu, cuda, got 'gpu'"):
        make(device="gpu")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ValueError, match="finds none here"):
        make(device="cuda").fit(cohort, LAYOUT)
