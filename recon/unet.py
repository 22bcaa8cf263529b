"""The CBAM U-Net as a reconstructor: it corrects the linear map."""

from __future__ import annotations

import math
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from recon.checkpoint import Checkpoint, digest
from recon.cohort import Cohort
from recon.descent import check_device, descend, elsewhere, exact, seeded, torch_device
from recon.layout import Layout, Sensor
from recon.linear import RIDGE, Linear
from recon.network import SIZES, UNet
from recon.one_layout import CHANNELS, OneLayout, coordinates, correct
from recon.reconstructor import (
    Shown,
    check_fit,
    check_fitted,
    check_geometry,
    check_readings,
    distinct_images,
)
from recon.training import TrainingSet, loss, tensor

_CHUNK = 128  # frames predicted at once; what fits the cache is fastest


class UNetReconstructor(Shown):
    """A CBAM U-Net that adds to the linear reconstruction what the linear map cannot express.

    Fitted without a layout it serves every layout: each training frame draws its own random one, of
    up to `max_sensors` sensors, and what it makes of more it has not learned. Fitted for one layout
    it serves that one alone, from a random start or from a network fitted on the same cohort for
    any layout.

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
        ValueError: an unknown size or device, counts below 1, or a learning rate not above 0.
    """

    _served: tuple[Layout, OneLayout] | None
    _encoded: tuple[NDArray[np.floating], list[Tensor]] | None  # feet and their features

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
        if not 0 < learning_rate < math.inf:
            raise ValueError(f"learning_rate must be > 0 and finite, got {learning_rate}")
        self.size = size
        self.steps = steps
        self.batch = batch
        self.learning_rate = learning_rate
        self.max_sensors = max_sensors
        self.ridge = ridge
        self.seed = seed
        self.device = check_device(device)

    def fit(
        self,
        cohort: Cohort,
        layout: Layout | None = None,
        *,
        sensor: Sensor | None = None,
        start: UNetReconstructor | None = None,
        checkpoint: str | Path | None = None,
    ) -> Self:
        """Train on all samples.

        Args:
            layout: the one layout to serve; None for any.
            sensor: what sits at the random sites when `layout` is None.
            start: a fitted network whose weights training starts from.
            checkpoint: a file that keeps the state of training. Called again with it after an
                interruption, training goes on and ends with the same weights, to the last bit.

        Raises:
            ValueError: a checkpoint of other settings or data or in no folder, a start of another
                kind, or no such device; nothing is changed then.
            recon.descent.Diverged: the loss is no longer finite; the last good weights are kept,
                here and in the checkpoint.
        """
        check_fit(cohort, layout)
        sensor = sensor or Sensor()
        device = torch_device(self.device)
        if start is not None:
            self._check_start(start, cohort)
        kept = Checkpoint.at(checkpoint, self._task(cohort, layout, sensor, start))
        self.layout_ = layout
        self.grid_, self.units_ = cohort.grid, cohort.units
        self.geometry_ = cohort.geometry is not None
        self.scale_ = float(cohort.pressure.max(axis=(1, 2, 3)).mean())
        self.linear_ = Linear(self.ridge).fit(cohort)
        with seeded(self.seed):
            self._set_net(UNet(CHANNELS, int(self.geometry_), SIZES[self.size]))
        if start is not None:
            self.net_.load_state_dict(start.net_.state_dict())
        data = TrainingSet.of(cohort, layout, sensor, self.max_sensors, self.ridge, self.scale_).to(
            device
        )
        net, where = self.net_, coordinates(self.grid_).to(device)

        def batch_loss(rng: np.random.Generator) -> Tensor:
            batch = data.draw(rng, self.batch)
            features = None
            if batch.geometry is not None:
                features = [of_feet[batch.foot] for of_feet in net.encode(batch.geometry)]
            estimate = correct(net, batch.linear, batch.painted, batch.discs, where, features)
            return loss(estimate, batch)

        net.train()
        try:
            descend(
                net,
                batch_loss,
                steps=self.steps,
                learning_rate=self.learning_rate,
                seed=self.seed,
                checkpoint=kept,
            )
        finally:
            net.eval()
        return self

    def predict(
        self,
        readings: ArrayLike,
        layout: Layout,
        geometry: ArrayLike | None = None,
    ) -> NDArray[np.float32]:
        """See `Reconstructor.predict`.

        What depends on the layout alone and on the feet alone is kept from call to call, so that
        the next frames of the same feet under the same layout are fast.

        Raises:
            ValueError: a layout other than the one fitted for, or a geometry that is missing
                though training had one (or the reverse).
        """
        check_fitted(self)
        read = tensor(check_readings(readings, layout))
        if (geometry is not None) != self.geometry_:
            has = "a" if self.geometry_ else "no"
            raise ValueError(f"this network was fitted with {has} geometry; pass it likewise")
        with torch.inference_mode(), exact():
            net = self.one_layout(layout)
            features, foot = self._features(geometry, len(read))
            maps = np.empty((len(read), *self.grid_.shape), np.float32)
            for i in range(0, len(read), _CHUNK):
                part = slice(i, i + _CHUNK)
                mine = features
                if features is not None and foot is not None:
                    mine = [of_feet[foot[part]] for of_feet in features]
                maps[part] = net(read[part].to(torch_device(self.device)), mine).cpu().numpy()
        return maps

    def state(self) -> dict[str, Any]:
        """See `recon.model_file.Storable`. Training settings are kept for the record."""
        return {
            "settings": self._settings() | {"device": elsewhere(self.device)},
            "layout": None if self.layout_ is None else asdict(self.layout_),
            "scale": self.scale_,
            "linear": self.linear_.state(),
            "geometry": self.geometry_,
            "net": {name: w.cpu().numpy() for name, w in self.net_.state_dict().items()},
        }

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Self:
        model = cls(**state["settings"])
        layout = state["layout"]
        model.layout_ = layout and Layout(layout["sites"], Sensor(**layout["sensor"]))
        model.scale_ = state["scale"]
        model.linear_ = Linear.from_state(state["linear"])
        model.grid_ = model.linear_.grid_
        model.geometry_ = state["geometry"]
        net = UNet(CHANNELS, int(model.geometry_), SIZES[model.size])
        net.load_state_dict({name: torch.from_numpy(w) for name, w in state["net"].items()})
        model._set_net(net)
        return model

    def one_layout(self, layout: Layout) -> OneLayout:
        """The fitted network with all that it needs for one layout; the last one is kept.

        Raises:
            ValueError: a layout other than the one fitted for.
        """
        if self.layout_ is not None and layout != self.layout_:
            raise ValueError("this network was fitted for one layout; it cannot serve another")
        if self._served is None or self._served[0] != layout:
            linear = self.linear_.affine(layout)
            net = OneLayout(self.net_, linear, self.scale_, layout, self.grid_).eval()
            self._served = layout, net.to(torch_device(self.device))
        return self._served[1]

    def _features(
        self, geometry: ArrayLike | None, frames: int
    ) -> tuple[list[Tensor] | None, Tensor | None]:
        """Features of each foot, and whose foot each frame is of; None for one foot."""
        if geometry is None:
            return None, None
        feet, foot = distinct_images(check_geometry(geometry, frames, self.grid_.shape))
        if self._encoded is None or not np.array_equal(self._encoded[0], feet):
            images = tensor(feet)[:, None].to(torch_device(self.device))
            self._encoded = feet.copy(), self.net_.encode(images)
        return self._encoded[1], None if len(feet) == 1 else torch.from_numpy(foot)

    def _set_net(self, net: UNet) -> None:
        self.net_ = net.eval().to(torch_device(self.device))
        self.net_.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs lack it
        self._served = None
        self._encoded = None

    def _check_start(self, start: UNetReconstructor, cohort: Cohort) -> None:
        check_fitted(start)
        kind, other = (self.size, cohort.geometry is not None), (start.size, start.geometry_)
        if kind != other:
            raise ValueError(
                f"start is a network of (size, geometry) {other}, this one has {kind}; "
                "pass one fitted alike"
            )

    def _task(
        self,
        cohort: Cohort,
        layout: Layout | None,
        sensor: Sensor,
        start: UNetReconstructor | None,
    ) -> dict[str, str]:
        """What the outcome of `fit` depends on, see `Checkpoint`."""
        weights = [] if start is None else list(start.net_.state_dict().values())
        return {
            "settings": f"{self._settings()} {layout} {sensor}",
            "data": f"{cohort.grid} "
            + digest(cohort.pressure, cohort.geometry, cohort.subject_index),
            "start weights": digest(*(w.cpu().numpy() for w in weights)),
        }

    def _settings(self) -> dict[str, Any]:
        """The constructor's arguments but for the device."""
        return {
            "size": self.size,
            "steps": self.steps,
            "batch": self.batch,
            "learning_rate": self.learning_rate,
            "max_sensors": self.max_sensors,
            "ridge": self.ridge,
            "seed": self.seed,
        }
