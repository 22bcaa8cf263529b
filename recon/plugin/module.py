"""Other people's networks as reconstructors: any torch module."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Literal, Self

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn

from recon.cohort import Cohort
from recon.layout import Layout, painted_discs, reading_matrix
from recon.plugin.frames import ServesOneLayout, training_frames

_CHUNK = 256  # frames predicted at once, to bound memory

Train = Callable[[nn.Module, tuple[Tensor, ...], Tensor], object]
"""Trains a module in place, given its inputs for all N frames and the maps (N, rows, columns),
all on the module's device."""


class ModuleReconstructor(ServesOneLayout):
    """Any `nn.Module` that maps readings, or images of them, to pressure maps.

    The module is called with tensors whose pressures are scaled: with inputs "readings" (n, k);
    with "images" (n, 2, rows, columns), each reading painted on its sensor's disc and the discs;
    then, where the cohort has geometry, (n, 1, rows, columns) in [0, 1]. It returns scaled maps
    (n, rows, columns) or (n, 1, rows, columns), which are cut at 0 here.

    Args:
        module: left as it is; `fit` works on a copy, `module_`, predicts in eval mode.
        train: trains it in place, see `Train`; None for a module that is trained already.
        inputs: "readings" or "images".
        scale: pressure that the module sees as 1; None for the mean peak of the cohort's stances.
        seed: of torch's generators while training.
    """

    learned = "module_"

    def __init__(
        self,
        module: nn.Module,
        train: Train | None = None,
        *,
        inputs: Literal["readings", "images"] = "images",
        scale: float | None = None,
        seed: int = 0,
    ) -> None:
        if inputs not in ("readings", "images"):
            raise ValueError(f"inputs must be 'readings' or 'images', got {inputs!r}")
        if scale is not None and not 0 < scale < np.inf:
            raise ValueError(f"scale must be above 0 and finite, or None, got {scale}")
        self.module = module
        self.train = train
        self.inputs = inputs
        self.scale = scale
        self.seed = seed

    def fit(self, cohort: Cohort, layout: Layout | None = None) -> Self:
        """Train for the layout, or take the trained module as it is.

        Raises:
            ValueError: no layout, though there is something to train or readings are the input.
        """
        if layout is None and (self.train is not None or self.inputs == "readings"):
            raise ValueError("a module is fitted for one layout; pass it to fit")
        self._prepare(cohort, layout, cohort.geometry is not None)
        self.scale_ = self.scale or self.scale_
        self._painted: tuple[Layout, NDArray[np.float32]] | None = None
        self.module_ = copy.deepcopy(self.module)
        if layout is not None and self.train is not None:
            read, geometry, maps = training_frames(cohort, layout)
            inputs = self._tensors(read, layout, geometry)
            truth = torch.from_numpy(maps / np.float32(self.scale_)).to(inputs[0].device)
            with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
                torch.manual_seed(self.seed)
                self.module_.train()
                self.train(self.module_, inputs, truth)
        self.module_.eval()
        return self

    def predict(
        self,
        readings: ArrayLike,
        layout: Layout,
        geometry: ArrayLike | None = None,
    ) -> NDArray[np.float32]:
        """See `Reconstructor.predict`.

        Raises:
            ValueError: another layout than fitted, a geometry missing, or a module that
                returns something else than maps.
        """
        read, foot = self._check(readings, layout, geometry)
        maps = np.empty((len(read), *self.grid_.shape), np.float32)
        for i in range(0, len(read), _CHUNK):
            part = slice(i, i + _CHUNK)
            feet = None if foot is None else foot[part]
            with torch.no_grad():
                out = self.module_(*self._tensors(read[part], layout, feet))
            shape = maps[part].shape
            if tuple(out.shape) not in (shape, (shape[0], 1, *shape[1:])):
                raise ValueError(f"the module must return maps {shape}, got {tuple(out.shape)}")
            maps[part] = out.cpu().numpy().reshape(shape) * self.scale_
        return np.maximum(maps, 0)

    def _tensors(
        self,
        readings: NDArray[np.floating],
        layout: Layout,
        geometry: NDArray[np.floating] | None,
    ) -> tuple[Tensor, ...]:
        first = np.asarray(readings, np.float32) / np.float32(self.scale_)
        if self.inputs == "images":
            disc = self._discs(layout)
            discs = np.broadcast_to(disc.sum(axis=0).clip(max=1), (len(first), disc.shape[1]))
            first = np.stack([first @ disc, discs], axis=1).reshape(-1, 2, *self.grid_.shape)
        arrays = [first] if geometry is None else [first, geometry[:, None]]
        weight = next(self.module_.parameters(), torch.empty(0))
        tensors = (torch.from_numpy(np.array(a, np.float32)) for a in arrays)
        return tuple(t.to(weight.device) for t in tensors)

    def _discs(self, layout: Layout) -> NDArray[np.float32]:
        """Those of the last layout are kept, for a live loop."""
        if self._painted is None or self._painted[0] != layout:
            matrix = reading_matrix(layout.sites, layout.sensor, self.grid_)
            self._painted = layout, painted_discs(matrix)
        return self._painted[1]
