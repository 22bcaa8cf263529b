"""The published reconstructor of Wang et al., beside which ours are measured.

Two images go in, the sole's height and the readings painted on their sensors' discs, and the
pressure map comes out; no linear map helps. What their public material leaves open, and how we
read it, is in docs/reconstructors.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, Self, get_args

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn

from recon.cohort import Cohort
from recon.layout import Layout, reading_matrix
from recon.reconstructor import check_fitted, check_geometry, check_readings
from recon.study_network import StudyNet

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


class StudyUNet:
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
        ValueError: an unknown fusion or inputs.
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
        self.device = device

    def fit(self, cohort: Cohort, layout: Layout | None = None) -> Self:
        """Train on all frames.

        Raises:
            ValueError: no layout, no geometry though `inputs` needs one, a grid that is larger
                than the preset's image, or fewer than two frames.
            FloatingPointError: the loss became NaN or infinite.
        """
        if layout is None:
            raise ValueError("the study's model serves one layout: pass it, fit(cohort, layout)")
        if self.inputs != "landmarks" and cohort.geometry is None:
            raise ValueError(
                f"inputs={self.inputs!r} needs a geometry image of every foot, but this cohort "
                "was made without scans; use inputs='landmarks'"
            )
        self.layout_ = layout
        self.shape_ = cohort.grid.shape
        self.image_ = _image(self.preset, self.shape_)
        self.scale_ = float(cohort.pressure.max())
        weights = reading_matrix(layout.sites, layout.sensor, cohort.grid)
        self.disc_ = _tensor(weights / weights.max(axis=1, keepdims=True))
        frames = cohort.pressure.reshape(-1, weights.shape[1])
        if len(frames) < 2:
            raise ValueError("training needs at least two frames")
        stance = torch.arange(len(cohort.samples)).repeat_interleave(cohort.pressure.shape[1])
        truth, read = _tensor(frames / self.scale_), _tensor(frames @ weights.T / self.scale_)
        geometry = None if cohort.geometry is None else _tensor(cohort.geometry)
        device = self._device()
        with torch.random.fork_rng(devices=[]):  # the caller's random state stays as it is
            torch.manual_seed(self.seed)
            self.net_ = StudyNet(self._channels(), self.preset.widths).to(device).train()
        self.net_.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs lack it
        optimiser = torch.optim.Adam(
            self.net_.parameters(),
            lr=self.preset.learning_rate,
            betas=(0.5, 0.999),
            weight_decay=1e-5,
        )
        schedule = torch.optim.lr_scheduler.StepLR(optimiser, self.preset.halve_every, gamma=0.5)
        rng = np.random.default_rng(self.seed)
        for epoch in range(self.preset.epochs):
            for chosen in _batches(rng, len(frames), self.preset.batch):
                feet = None if geometry is None else geometry[stance[chosen]]
                estimate = self.net_(self._images(read[chosen], feet).to(device))
                target = 2 * self._pad(truth[chosen].reshape(-1, *self.shape_)).to(device) - 1
                value = loss(estimate, target, self.preset.border)
                if not torch.isfinite(value):
                    raise FloatingPointError(
                        f"the loss became {value.item()} in epoch {epoch + 1}; "
                        f"is a learning rate of {self.preset.learning_rate} too high?"
                    )
                optimiser.zero_grad(set_to_none=True)
                value.backward()
                nn.utils.clip_grad_norm_(self.net_.parameters(), 1.0)
                optimiser.step()
            schedule.step()
        self.net_.eval().cpu()
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
        read = _tensor(check_readings(readings, layout) / self.scale_)
        if layout != self.layout_:
            raise ValueError("this network was fitted for one layout; it cannot serve another")
        foot = None
        if self.inputs != "landmarks":
            if geometry is None:
                raise ValueError("this network was fitted with a geometry; pass it likewise")
            foot = check_geometry(geometry, len(read), self.shape_)
            foot = np.broadcast_to(foot, (len(read), *self.shape_))
        device = self._device()
        net = self.net_.to(device)
        maps = np.empty((len(read), *self.shape_), np.float32)
        with torch.no_grad():
            for i in range(0, len(read), _CHUNK):
                part = slice(i, i + _CHUNK)
                feet = None if foot is None else _tensor(foot[part])
                estimate = self._crop(net(self._images(read[part], feet).to(device)))
                maps[part] = (estimate.cpu().numpy() + 1) / 2 * self.scale_
        net.cpu()
        return maps

    def _channels(self) -> tuple[int, ...]:
        """Images per encoder."""
        if self.inputs != "both":
            return (1,)
        return (1, 1) if self.fusion == "feature" else (2,)

    def _images(self, read: Tensor, geometry: Tensor | None) -> Tensor:
        """Scaled readings (n, k) and geometry (n, rows, columns) -> (n, 1 or 2, *image)."""
        images = []
        if self.inputs != "geometry":
            images.append((read @ self.disc_).reshape(-1, *self.shape_))
        if self.inputs != "landmarks" and geometry is not None:
            images.append(geometry)
        return self._pad(torch.stack(images, dim=1)).contiguous(memory_format=torch.channels_last)

    def _pad(self, maps: Tensor) -> Tensor:
        """(..., rows, columns) -> (..., *image), in the middle of zeros."""
        (top, left), (rows, columns) = self._corner(), self.shape_
        bottom, right = self.image_[0] - rows - top, self.image_[1] - columns - left
        return nn.functional.pad(maps, (left, right, top, bottom))

    def _crop(self, images: Tensor) -> Tensor:
        """Inverse of `_pad`."""
        (top, left), (rows, columns) = self._corner(), self.shape_
        return images[..., top : top + rows, left : left + columns]

    def _corner(self) -> tuple[int, int]:
        (height, width), (rows, columns) = self.image_, self.shape_
        return (height - rows) // 2, (width - columns) // 2

    def _device(self) -> str:
        if self.device != "auto":
            return self.device
        return "cuda" if torch.cuda.is_available() else "cpu"


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


def _tensor(array: NDArray[np.floating]) -> Tensor:
    return torch.from_numpy(np.array(array, dtype=np.float32))
