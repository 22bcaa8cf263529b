from collections.abc import Callable
from typing import Any, Self

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from ridge import Ridge
from torch import Tensor, nn
from walkers import walkers

from recon import Cohort, Layout, Linear, MeanMap
from recon.contract import LAYOUT, check_reconstructor
from recon.ensemble import Ensemble
from recon.kernel import Kernel
from recon.modes import ModeNetwork
from recon.plugin import ModuleReconstructor, RegressorReconstructor
from recon.reconstructor import Reconstructor, check_fitted, check_readings
from recon.unet import UNetReconstructor
from recon.validate import reconstruct


class ConvNet(nn.Module):
    """Takes images, and a geometry where there is one; has batch normalisation and dropout."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.layers = nn.Sequential(
            nn.Conv2d(channels, 8, 5, padding=2),
            nn.BatchNorm2d(8),
            nn.ReLU(),
            nn.Dropout(0.1),
            nn.Conv2d(8, 1, 5, padding=2),
        )

    def forward(self, images: Tensor, geometry: Tensor | None = None) -> Tensor:
        both = images if geometry is None else torch.cat([images, geometry], dim=1)
        return self.layers(both)


def train(module: nn.Module, inputs: tuple[Tensor, ...], maps: Tensor) -> None:
    optimiser = torch.optim.Adam(module.parameters(), lr=1e-2)
    for _ in range(60):
        optimiser.zero_grad()
        (module(*inputs).reshape(maps.shape) - maps).square().mean().backward()
        optimiser.step()


def dense() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 16 * 8), nn.Unflatten(1, (16, 8)))


OURS: dict[str, Callable[[], Reconstructor]] = {
    "mean map": MeanMap,
    "linear": Linear,
    "kernel": lambda: Kernel(centres=30),
    "mode network": lambda: ModeNetwork(2, steps=10, batch=16, copies=1),
    "ensemble": lambda: Ensemble([Kernel(centres=30), MeanMap()]),
    "network": lambda: UNetReconstructor(steps=3, batch=8),
    "regressor": lambda: RegressorReconstructor(Ridge()),
    "regressor with geometry": lambda: RegressorReconstructor(Ridge(), components=2),
    "module": lambda: ModuleReconstructor(ConvNet(3), train),
}


@pytest.mark.parametrize("name", OURS)
def test_ours_keep_the_contract(name: str) -> None:
    check_reconstructor(OURS[name])


@pytest.mark.parametrize(
    "make",
    [
        Linear,
        lambda: ModuleReconstructor(ConvNet(2), train),
        lambda: ModuleReconstructor(dense(), _train_dense, inputs="readings"),
    ],
)
def test_a_cohort_of_ones_own_can_be_given(
    make: Callable[[], Reconstructor], cohort: Cohort
) -> None:
    check_reconstructor(make, cohort)


def _train_dense(module: nn.Module, inputs: tuple[Tensor, ...], maps: Tensor) -> None:
    assert inputs[0].shape == (len(maps), 3)
    train(module, inputs, maps)


def broken(change: Callable[[Any, NDArray[Any]], NDArray[Any]]) -> Callable[[], Reconstructor]:
    """A linear reconstructor whose maps are changed by `change(model, maps)`."""

    class Broken(Linear):
        def predict(self, readings: Any, layout: Layout, geometry: Any = None) -> Any:
            return change(self, super().predict(readings, layout, geometry))

    return Broken


class Forgiving(Linear):
    def predict(self, readings: Any, layout: Layout, geometry: Any = None) -> Any:
        return super().predict(np.nan_to_num(readings), layout, geometry)


class Crashing(Linear):
    def predict(self, readings: Any, layout: Layout, geometry: Any = None) -> Any:
        if readings.shape[-1] != 3:
            raise IndexError
        return super().predict(readings, layout, geometry)


class Hasty(Linear):
    def predict(self, readings: Any, layout: Layout, geometry: Any = None) -> Any:
        return self.mean_ if hasattr(self, "mean_") else np.zeros(self.grid_.shape)


class Strict(Linear):
    """Wants arrays."""

    def predict(self, readings: Any, layout: Layout, geometry: Any = None) -> Any:
        maps = super().predict(readings, layout, geometry)
        return maps if isinstance(readings, np.ndarray) else 2 * maps


class Extrapolating(Linear):
    def predict(self, readings: Any, layout: Layout, geometry: Any = None) -> Any:
        check_fitted(self)
        check_readings(readings, layout)
        maps = self.maps(np.asarray(readings), layout)
        return np.maximum(maps, 0).reshape(-1, *self.grid_.shape)


class Greedy(Linear):
    def predict(self, readings: Any, layout: Layout, geometry: Any = None) -> Any:
        maps = super().predict(readings, layout, geometry)
        readings *= 2
        return maps


class Fickle(Linear):
    fits = 0

    def fit(self, cohort: Cohort, layout: Layout | None = None) -> Self:
        type(self).fits += 1
        super().fit(cohort, layout)
        self.mean_ = self.mean_ * (1 + 0.01 * self.fits)
        return self


class Lost(Linear):
    def fit(self, cohort: Cohort, layout: Layout | None = None) -> Any:
        super().fit(cohort, layout)


class Absolute(Linear):
    """Takes 100 for the scale of any cohort."""

    def maps(self, readings: Any, layout: Layout) -> Any:
        return 100 * np.tanh(super().maps(readings, layout) / 100)


NOISE = np.random.default_rng(0)
BROKEN: dict[str, Callable[[], Reconstructor]] = {
    r"maps must be \(64, 16, 8\)": broken(lambda _, maps: maps.reshape(len(maps), -1)),
    "float32": broken(lambda _, maps: maps.astype(float)),
    "cut maps at 0": broken(lambda _, maps: maps - 1),
    "maps contain NaN": broken(lambda _, maps: maps * np.float32(np.nan)),
    "units of the readings": broken(lambda model, maps: maps / np.float32(model.mean_.max())),
    "BatchNorm": broken(lambda _, maps: maps + maps.mean()),
    "dropout": broken(lambda _, maps: maps * np.float32(NOISE.uniform(0.9, 1))),
    "readings with NaN must raise ValueError:": Forgiving,
    "not IndexError": Crashing,
    "changed the readings": Greedy,
    "two fits": Fickle,
    "return self": Lost,
    "predict before fit must raise ValueError, not AttributeError": Hasty,
    "readings as lists": Strict,
    "readings below 0": Extrapolating,
    "another unit": Absolute,
}


@pytest.mark.parametrize("words", BROKEN)
def test_a_broken_promise_is_named(words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        check_reconstructor(BROKEN[words])


def test_a_plugged_in_ridge_is_the_linear_reconstructor(cohort: Cohort) -> None:
    mine = RegressorReconstructor(Ridge(1e-9)).fit(cohort, LAYOUT)
    ours = Linear(ridge=1e-9).fit(cohort)
    expected = reconstruct(ours, cohort, LAYOUT)
    assert reconstruct(mine, cohort, LAYOUT) == pytest.approx(expected, abs=0.05)


def test_a_trained_module_is_left_as_it_is(cohort: Cohort) -> None:
    module = dense()
    model = ModuleReconstructor(module, inputs="readings", scale=50.0).fit(cohort, LAYOUT)
    read = np.array([[10.0, 20.0, 30.0]])
    with torch.no_grad():
        expected = 50 * module(torch.tensor(read / 50, dtype=torch.float32)).clamp(min=0).numpy()
    assert model.predict(read, LAYOUT) == pytest.approx(expected, rel=1e-5)
    assert module.training


def test_misuse_is_explained(cohort: Cohort) -> None:
    with pytest.raises(ValueError, match="one layout; pass it to fit"):
        RegressorReconstructor(Ridge()).fit(cohort)
    with pytest.raises(ValueError, match="one layout; pass it to fit"):
        ModuleReconstructor(dense(), train).fit(cohort)
    with pytest.raises(ValueError, match="cohort has none"):
        RegressorReconstructor(Ridge(), components=1).fit(cohort, LAYOUT)
    with pytest.raises(ValueError, match="below the 2 feet"):
        RegressorReconstructor(Ridge(), components=6).fit(
            walkers(people=2, geometry=True).subset(["p00", "p01"]), LAYOUT
        )
    flat = nn.Linear(3, 5)
    model = ModuleReconstructor(flat, inputs="readings").fit(cohort, LAYOUT)
    with pytest.raises(ValueError, match=r"must return maps \(1, 16, 8\), got \(1, 5\)"):
        model.predict(np.ones((1, 3)), LAYOUT)
    with pytest.raises(ValueError, match="cannot serve another"):
        model.predict(np.ones((1, 1)), Layout(((0.5, 0.5),)))


def test_a_module_trains_on_its_own_device(cohort: Cohort) -> None:
    """ "meta" stands for a GPU: tensors of two devices cannot meet."""
    seen = []

    def note(module: nn.Module, inputs: tuple[Tensor, ...], maps: Tensor) -> None:
        seen.extend({tensor.device.type for tensor in (*inputs, maps)})

    ModuleReconstructor(ConvNet(2).to("meta"), note).fit(cohort, LAYOUT)
    assert seen == ["meta"]


def test_a_fit_that_failed_is_no_fit(cohort: Cohort) -> None:
    model = RegressorReconstructor(Ridge(), components=99)
    with pytest.raises(ValueError, match="components"):
        model.fit(cohort, LAYOUT)
    with pytest.raises(ValueError, match="not fitted"):
        model.predict(np.ones((1, 3)), LAYOUT)


def test_what_looks_back_is_not_covered_by_the_contract_test() -> None:
    with pytest.raises(AssertionError, match="memory"):
        check_reconstructor(lambda: Kernel(memory=True))
