"""The published reconstructor of Wang et al., beside which ours are measured.

Two images go in, the sole's height and the readings painted on their sensors' discs, and the
pressure map comes out; no linear map helps. What their public material leaves open, and how we
read it, is in docs/reconstructors.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, Self, get_args

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from recon.checkpoint import Checkpoint, digest
from recon.cohort import Cohort
from recon.descent import check_device, descend, elsewhere, exact, seeded, torch_device
from recon.grid import FootGrid
from recon.layout import Layout, Sensor, painted_discs, reading_matrix
from recon.layout import readings as readings_at
from recon.reconstructor import Shown, check_fit, check_fitted, check_geometry, check_readings
from recon.study_network import StudyNet, StudyOneLayout
from recon.training import tensor

Fusion = Literal["feature", "data"]
Inputs = Literal["both", "geometry", "landmarks"]

TOTAL_VARIATION = 1e-5
_CHUNK = 512  # frames predicted at once, to bound memory


@dataclass(frozen=True)
class Preset:
    """Size and schedule.

    Args:
        widths: channels per level, each level halving the image.
        image: rows and columns that the network sees, the grid in its middle and zeros around;
            None for the grid itself (rounded up to what the levels can halve).
        border: pixels along the image's edges that the loss ignores.
        epochs: passes through all frames.
        learning_rate: Adam's at the start; halved every `halve_every` epochs.
        batch: most frames a step.
    """

    widths: tuple[int, ...]
    image: tuple[int, int] | None
    border: int
    epochs: int
    learning_rate: float
    halve_every: int
    batch: int = 64

    def __post_init__(self) -> None:
        if len(self.widths) < 2 or any(width % 8 for width in self.widths):
            raise ValueError(f"widths must be two or more multiples of 8, got {self.widths}")
        if min(self.epochs, self.halve_every) < 1 or self.batch < 3:
            raise ValueError("epochs and halve_every must be at least 1, batch at least 3")
        if self.image and any(side % 2 ** len(self.widths) for side in self.image):
            raise ValueError(
                f"image sides must be multiples of {2 ** len(self.widths)} to be halved "
                f"{len(self.widths)} times, got {self.image}"
            )


PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "published": Preset(
            widths=(64, 128, 256, 512, 512, 512),
            image=(64, 64),
            border=4,
            epochs=51,
            learning_rate=2e-4,
            halve_every=20,
        ),
        "light": Preset(
            widths=(16, 32, 64),
            image=None,  # the crop: the published image without a border of 4 rows
            border=0,
            epochs=10,
            learning_rate=2.5e-3,
            halve_every=3,
            batch=32,
        ),
    }
)
"""The study's size and schedule, and a small one for CPUs."""


class StudyUNet(Shown):
    """The study's CBAM U-Net for one layout, trained from a random start.

    Pressures from 0 to the highest one of the training people are mapped to [-1, 1], the range
    of its tanh, so it cannot reconstruct a pressure that is higher.

    Args:
        preset: size and schedule, one of `PRESETS` or your own.
        fusion: how two images meet: "feature", an encoder each, or "data", as channels of one.
        inputs: what it sees: "both", or "geometry" or "landmarks" alone (ablations).
        seed: of the initial weights and the order of frames.
        device: "cpu", "cuda", or "auto" for the latter where there is one.

    Raises:
        ValueError: an unknown fusion, inputs or device.
    """

    def __init__(
        self,
        preset: Preset,
        *,
        fusion: Fusion = "feature",
        inputs: Inputs = "both",
        seed: int = 0,
        device: str = "auto",
    ) -> None:
        if fusion not in get_args(Fusion):
            raise ValueError(f"fusion must be one of {', '.join(get_args(Fusion))}, got {fusion!r}")
        if inputs not in get_args(Inputs):
            raise ValueError(f"inputs must be one of {', '.join(get_args(Inputs))}, got {inputs!r}")
        self.preset = preset
        self.fusion = fusion
        self.inputs = inputs
        self.seed = seed
        self.device = check_device(device)

    def fit(
        self,
        cohort: Cohort,
        layout: Layout | None = None,
        *,
        checkpoint: str | Path | None = None,
    ) -> Self:
        """Train on all frames.

        Args:
            checkpoint: a file that keeps the state of training, epoch by epoch. Called again with
                it after an interruption, training goes on and ends with the same weights.

        Raises:
            ValueError: no layout, no geometry though `inputs` needs one, a grid that is larger
                than the preset's image, fewer than two frames, or a checkpoint of other settings
                or data.
            recon.descent.Diverged: the loss is no longer finite; the last good weights are kept.
        """
        check_fit(cohort, layout)
        if layout is None:
            raise ValueError("the study's model serves one layout: pass it, fit(cohort, layout)")
        if self.inputs != "landmarks" and cohort.geometry is None:
            raise ValueError(
                f"inputs={self.inputs!r} needs a geometry image of every foot, but this cohort "
                "was made without scans; use inputs='landmarks'"
            )
        frames = cohort.pressure.reshape(-1, *cohort.grid.shape)
        if len(frames) < 2:
            raise ValueError("training needs at least two frames")
        device, preset = torch_device(self.device), self.preset
        kept = Checkpoint.at(checkpoint, self._task(cohort, layout))
        self._start(cohort.grid, layout, float(cohort.pressure.max()))
        self.units_ = cohort.units
        model = self.model_
        truth = tensor(frames / self.scale_).to(device)
        exact_read = readings_at(frames.astype(float), layout, cohort.grid)
        read = tensor(exact_read / self.scale_).to(device)
        geometry = None if cohort.geometry is None else tensor(cohort.geometry).to(device)
        stance = torch.arange(len(cohort.samples)).repeat_interleave(cohort.pressure.shape[1])
        stance = stance.to(device)
        epoch: list[Tensor] = []  # batches that are left of it
        batches = -(-len(frames) // preset.batch)

        def batch_loss(rng: np.random.Generator) -> Tensor:
            if not epoch:
                epoch.extend(_batches(rng, len(frames), preset.batch))
            chosen = epoch.pop(0).to(device)
            feet = None if geometry is None else geometry[stance[chosen]]
            estimate = model.net(model.images(read[chosen], feet))
            target = 2 * model.pad(truth[chosen]) - 1
            return loss(estimate, target, preset.border)

        model.train()
        try:
            descend(
                model.net,
                batch_loss,
                steps=preset.epochs * batches,
                learning_rate=preset.learning_rate,
                seed=self.seed,
                optimiser=torch.optim.Adam(
                    model.net.parameters(), betas=(0.5, 0.999), weight_decay=1e-5
                ),
                rate=lambda step, _: 0.5 ** (step // batches // preset.halve_every),
                every=batches,
                checkpoint=kept,
            )
        finally:
            model.eval()
        return self

    def predict(
        self,
        readings: ArrayLike,
        layout: Layout,
        geometry: ArrayLike | None = None,
    ) -> NDArray[np.float32]:
        """See `Reconstructor.predict`; an input that was left out in training is ignored.

        Raises:
            ValueError: a layout other than the one fitted for, or no geometry where training
                had one.
        """
        check_fitted(self)
        read = tensor(check_readings(readings, layout))
        model = self.one_layout(layout)
        foot = None
        if model.looks:
            if geometry is None:
                raise ValueError("this network was fitted with a geometry; pass it likewise")
            foot = check_geometry(geometry, len(read), self.grid_.shape)
            foot = np.broadcast_to(foot, (len(read), *self.grid_.shape))
        device = torch_device(self.device)
        maps = np.empty((len(read), *self.grid_.shape), np.float32)
        with torch.inference_mode(), exact():
            for i in range(0, len(read), _CHUNK):
                part = slice(i, i + _CHUNK)
                feet = None if foot is None else tensor(foot[part]).to(device)
                maps[part] = model(read[part].to(device), feet).cpu().numpy()
        return maps

    def one_layout(self, layout: Layout) -> StudyOneLayout:
        """The fitted network.

        Raises:
            ValueError: a layout other than the one fitted for.
        """
        if layout != self.layout_:
            raise ValueError("this network was fitted for one layout; it cannot serve another")
        return self.model_

    def state(self) -> dict[str, Any]:
        """See `recon.model_file.Storable`."""
        weights = self.model_.net.state_dict()
        return {
            "settings": self._settings() | {"device": elsewhere(self.device)},
            "grid": asdict(self.grid_),
            "layout": asdict(self.layout_),
            "scale": self.scale_,
            "net": {name: w.cpu().numpy() for name, w in weights.items()},
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        settings, layout = state["settings"], state["layout"]
        model = cls(**{**settings, "preset": Preset(**settings["preset"])})
        sites = Layout(layout["sites"], Sensor(**layout["sensor"]))
        model._start(FootGrid(**state["grid"]), sites, state["scale"])
        weights = {name: torch.from_numpy(w) for name, w in state["net"].items()}
        model.model_.net.load_state_dict(weights)
        return model

    def _start(self, grid: FootGrid, layout: Layout, scale: float) -> None:
        """Set up `model_`, with the initial weights of the seed."""
        image = _image(self.preset, grid.shape)
        self.grid_ = grid
        self.layout_ = layout
        self.scale_ = scale
        paints, looks = self.inputs != "geometry", self.inputs != "landmarks"
        channels = (1, 1) if self.fusion == "feature" and paints and looks else (paints + looks,)
        disc = tensor(painted_discs(reading_matrix(layout.sites, layout.sensor, grid)))
        with seeded(self.seed):
            net = StudyNet(channels, self.preset.widths)
        net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs lack it
        model = StudyOneLayout(net, paints, looks, disc, scale, grid.shape, image)
        self.model_ = model.eval().to(torch_device(self.device))

    def _task(self, cohort: Cohort, layout: Layout) -> dict[str, str]:
        """What the outcome of `fit` depends on, see `Checkpoint`."""
        data = digest(cohort.pressure, cohort.geometry)
        return {
            "settings": f"{self._settings()} {layout}",
            "data": f"{cohort.grid} {data}",
        }

    def _settings(self) -> dict[str, Any]:
        """The constructor's arguments but for the device."""
        return {
            "preset": asdict(self.preset),
            "fusion": self.fusion,
            "inputs": self.inputs,
            "seed": self.seed,
        }


def loss(estimate: Tensor, truth: Tensor, border: int) -> Tensor:
    """L1 + absolute error of the summed map + 1e-5 total variation, averaged over images.

    The first two are taken per pixel, so that a map that is wrong everywhere in one direction
    counts once in each.

    Args:
        estimate: (n, h, w) on [-1, 1], as is truth.
        border: pixels along the edges that do not count.
    """
    inner = (slice(None), *(slice(border, side - border) for side in truth.shape[1:]))
    estimate, error = estimate[inner], (estimate - truth)[inner]
    variation = estimate.diff(dim=1).abs().sum() + estimate.diff(dim=2).abs().sum()
    return (
        error.abs().mean()
        + error.mean(dim=(1, 2)).abs().mean()
        + TOTAL_VARIATION * variation / len(estimate)
    )


def _batches(rng: np.random.Generator, count: int, most: int) -> Iterator[Tensor]:
    """All frames in random order, in batches of nearly one size: none is left with a single one,
    which batch normalisation could not bear."""
    for part in np.array_split(rng.permutation(count), -(-count // most)):
        yield torch.from_numpy(part)


def _image(preset: Preset, shape: tuple[int, int]) -> tuple[int, int]:
    multiple = 2 ** len(preset.widths)
    if preset.image is None:
        return (-(-shape[0] // multiple) * multiple, -(-shape[1] // multiple) * multiple)
    if shape[0] > preset.image[0] or shape[1] > preset.image[1]:
        raise ValueError(f"a grid of {shape} pixels does not fit the preset's image {preset.image}")
    return preset.image
