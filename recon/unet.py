"""The CBAM U-Net as a reconstructor: it corrects the linear map."""

from __future__ import annotations

import math
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from recon.cohort import Cohort
from recon.grid import FootGrid
from recon.layout import Layout, Sensor, reading_matrix
from recon.linear import RIDGE, Linear
from recon.network import SIZES, UNet
from recon.reconstructor import check_readings
from recon.training import TrainingSet, loss, tensor

_CHANNELS = 5  # linear map, readings painted on their discs, the discs, u, v
_CHUNK = 512  # frames predicted at once, to bound memory


class UNetReconstructor:
    """A CBAM U-Net that adds to the linear reconstruction what the linear map cannot express.

    Fitted without a layout it serves every layout of up to `max_sensors` sensors: each training
    frame draws its own random layout. Fitted for one layout it serves that one alone, from a
    random start or from a network fitted on the same cohort for any layout.

    While training, the linear map of a frame comes from the other people of the training set:
    a linear map fitted on the very person would look better than it is on somebody new.

    Args:
        size: "light" or "full", the study's (see `recon.network.SIZES`).
        steps: optimiser steps.
        batch: frames a step.
        learning_rate: peak of AdamW's, which warms up and then falls to 0.
        max_sensors: the largest layout drawn when fitted for any layout.
        ridge: of the linear reconstruction, see `Linear`.
        seed: of the initial weights and all draws.
        device: "cpu", "cuda", or "auto" for the latter where there is one.

    Raises:
        ValueError: an unknown size, or counts below 1.
    """

    def __init__(
        self,
        size: str = "light",
        *,
        steps: int = 700,
        batch: int = 64,
        learning_rate: float = 3e-3,
        max_sensors: int = 4,
        ridge: float = RIDGE,
        seed: int = 0,
        device: str = "auto",
    ) -> None:
        if size not in SIZES:
            raise ValueError(f"size must be one of {', '.join(SIZES)}, got {size!r}")
        if min(steps, batch, max_sensors) < 1:
            raise ValueError("steps, batch and max_sensors must be at least 1")
        self.size = size
        self.steps = steps
        self.batch = batch
        self.learning_rate = learning_rate
        self.max_sensors = max_sensors
        self.ridge = ridge
        self.seed = seed
        self.device = device

    def fit(
        self,
        cohort: Cohort,
        layout: Layout | None = None,
        *,
        sensor: Sensor | None = None,
        start: UNetReconstructor | None = None,
    ) -> Self:
        """Train on all samples.

        Args:
            layout: the one layout to serve; None for any.
            sensor: what sits at the random sites when `layout` is None.
            start: a fitted network whose weights training starts from.
        """
        device = self._device()
        self.layout_ = layout
        self.grid_ = cohort.grid
        self.geometry_ = cohort.geometry is not None
        self.scale_ = float(cohort.pressure.max(axis=(1, 2, 3)).mean())
        self.linear_ = Linear(self.ridge).fit(cohort)
        with torch.random.fork_rng(devices=[]):  # the caller's random state stays as it is
            torch.manual_seed(self.seed)
            self.net_ = UNet(_CHANNELS, int(self.geometry_), SIZES[self.size])
        if start is not None:
            self.net_.load_state_dict(start.net_.state_dict())
        self.net_.to(device)
        self.net_.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs lack it
        self.net_.train()
        rng = np.random.default_rng(self.seed)
        data = TrainingSet.of(
            cohort, layout, sensor or Sensor(), self.max_sensors, self.ridge, self.scale_
        )
        optimiser = torch.optim.AdamW(self.net_.parameters(), lr=self.learning_rate)
        schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, self._rate)
        coordinates = _coordinates(self.grid_).to(device)
        for _ in range(self.steps):
            batch = data.draw(rng, self.batch).to(device)
            estimate = self._forward(
                batch.linear, batch.painted, batch.discs, coordinates, batch.geometry
            )
            optimiser.zero_grad(set_to_none=True)
            loss(estimate, batch).backward()
            nn.utils.clip_grad_norm_(self.net_.parameters(), 1.0)
            optimiser.step()
            schedule.step()
        self.net_.eval().cpu()
        return self

    def predict(
        self,
        readings: NDArray[np.floating],
        layout: Layout,
        geometry: NDArray[np.floating] | None = None,
    ) -> NDArray[np.float32]:
        """See `Reconstructor.predict`.

        Raises:
            ValueError: a layout other than the one fitted for, or a geometry that is missing
                though training had one (or the reverse).
        """
        check_readings(readings, layout)
        if self.layout_ is not None and layout != self.layout_:
            raise ValueError("this network was fitted for one layout; it cannot serve another")
        if (geometry is not None) != self.geometry_:
            has = "a" if self.geometry_ else "no"
            raise ValueError(f"this network was fitted with {has} geometry; pass it likewise")
        device = self._device()
        net = self.net_.to(device)
        matrix = tensor(reading_matrix(layout.sites, layout.sensor, self.grid_))
        disc = matrix / matrix.amax(dim=1, keepdim=True)
        linear = self.linear_.maps(readings, layout) / self.scale_
        scaled = np.asarray(readings, np.float32) / self.scale_
        shape = self.grid_.shape
        coordinates = _coordinates(self.grid_).to(device)
        maps = np.empty((len(readings), *shape), np.float32)
        with torch.no_grad():
            for i in range(0, len(readings), _CHUNK):
                part = slice(i, i + _CHUNK)
                painted = (tensor(scaled[part]) @ disc).reshape(-1, *shape)
                estimate = self._forward(
                    tensor(linear[part]).reshape(-1, *shape).to(device),
                    painted.to(device),
                    disc.sum(0).clamp(max=1).reshape(1, *shape).expand_as(painted).to(device),
                    coordinates,
                    None if geometry is None else tensor(geometry[part]).to(device),
                )
                maps[part] = estimate.clamp(min=0).cpu().numpy() * self.scale_
        net.cpu()
        return maps

    def _forward(
        self,
        linear: Tensor,
        painted: Tensor,
        discs: Tensor,
        coordinates: Tensor,
        geometry: Tensor | None,
    ) -> Tensor:
        """Scaled maps (n, rows, columns), not yet cut at 0."""
        where = coordinates.expand(len(linear), -1, -1, -1)
        images = torch.cat([torch.stack([linear, painted, discs], dim=1), where], dim=1)
        images = images.contiguous(memory_format=torch.channels_last)
        return linear + self.net_(images, None if geometry is None else geometry[:, None])

    def _rate(self, step: int) -> float:
        """A tenth of the steps to warm up, then a cosine down to 0."""
        warm = min(1.0, 10 * (step + 1) / self.steps)
        return warm * (1 + math.cos(math.pi * step / self.steps)) / 2

    def _device(self) -> str:
        if self.device != "auto":
            return self.device
        return "cuda" if torch.cuda.is_available() else "cpu"


def _coordinates(grid: FootGrid) -> Tensor:
    """(2, rows, columns): u and v of every pixel."""
    return tensor(np.moveaxis(grid.centres(), -1, 0))
