"""What the U-Net trains on: batches with a layout drawn for every frame, and the loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from recon.cohort import Cohort
from recon.footprint import insole_pixels
from recon.gait import LOADED_SHARE
from recon.layout import Layout, Sensor, painted_discs, reading_matrix
from recon.linear import SiteMoments
from recon.reconstructor import distinct_images

MAP, FORCE, COP = 100.0, 1.0, 2.0
"""Weights that bring the terms of the loss to a like size at four sensors."""

GAIN = 0.2
"""Frames are trained on at random gains of this log SD: people differ in weight."""


def tensor(array: ArrayLike) -> Tensor:
    """A float32 copy on the CPU."""
    return torch.from_numpy(np.array(array, dtype=np.float32))


@dataclass(frozen=True)
class Batch:
    """What one step sees. Pressures are scaled; images are (n, rows, columns)."""

    truth: Tensor
    linear: Tensor  # the linear reconstruction
    painted: Tensor  # each reading on its sensor's disc
    discs: Tensor  # 1 where a sensor is
    peak: Tensor  # (n,) highest pressure of the frame's stance
    load: Tensor  # (n,) highest summed pressure of the frame's stance
    geometry: Tensor | None  # (m, 1, rows, columns) of the batch's m feet
    foot: Tensor  # (n,) which of them


@dataclass(frozen=True)
class TrainingSet:
    """All frames, with what is needed to reconstruct each linearly from other people's data.

    N frames of n stances of s people, S sites, P pixels; pressures are scaled.
    """

    frames: Tensor  # (N, P)
    person: Tensor  # (N,)
    stance: Tensor  # (N,)
    peak: Tensor  # (n,)
    load: Tensor  # (n,)
    feet: Tensor | None  # (f, 1, rows, columns), each foot's geometry
    foot: Tensor  # (n,) whose foot a stance is of
    read: Tensor  # (N, S) readings at every site
    disc: Tensor  # (S, P), 1 under the middle of a sensor
    mean: Tensor  # (s, P) mean map of the other people
    site_mean: Tensor  # (s, S)
    cross: Tensor  # (s, S, P) covariance of readings and pixels over the other people
    between: Tensor  # (s, S, S)
    shape: tuple[int, int]
    max_sensors: int | None  # None: every frame is read at all sites
    ridge: float

    @classmethod
    def of(
        cls,
        cohort: Cohort,
        layout: Layout | None,
        sensor: Sensor,
        max_sensors: int,
        ridge: float,
        scale: float,
    ) -> Self:
        """Prepare for `layout`, or for random ones of 1 to `max_sensors` sensors where None."""
        grid = cohort.grid
        if layout is not None:
            matrix = reading_matrix(layout.sites, layout.sensor, grid)
        else:  # every other pixel, like a chess board: neighbours read nearly the same
            pixels = np.argwhere(insole_pixels(cohort))
            sites = grid.uv(pixels[pixels.sum(axis=1) % 2 == 0])
            matrix = reading_matrix([(u, v) for u, v in sites], sensor, grid)
        moments = SiteMoments.of(cohort, matrix)
        people = np.arange(len(cohort.subjects))
        others = [people != i if len(people) > 1 else people == i for i in people]
        fits = [moments.covariances(chosen) for chosen in others]
        mean = tensor([fit[0] / scale for fit in fits])
        cross = tensor([fit[1] / scale**2 for fit in fits])
        stances, length = cohort.pressure.shape[:2]
        frames = tensor(cohort.pressure.reshape(stances * length, -1) / scale)
        weights = tensor(matrix)
        feet, foot = (None, np.zeros(stances, int))
        if cohort.geometry is not None:
            feet, foot = distinct_images(cohort.geometry)
        return cls(
            frames=frames,
            person=torch.from_numpy(np.repeat(cohort.subject_index, length)),
            stance=torch.arange(stances).repeat_interleave(length),
            peak=tensor(cohort.pressure.max(axis=(1, 2, 3)) / scale),
            load=tensor(cohort.pressure.sum(axis=(2, 3)).max(axis=1) / scale),
            feet=None if feet is None else tensor(feet[:, None]),
            foot=torch.from_numpy(foot),
            read=frames @ weights.T,
            disc=torch.from_numpy(painted_discs(matrix)),
            mean=mean,
            site_mean=mean @ weights.T,
            cross=cross,
            between=cross @ weights.T,
            shape=grid.shape,
            max_sensors=None if layout is not None else min(max_sensors, len(matrix)),
            ridge=ridge,
        )

    def to(self, device: str) -> Self:
        """A copy whose batches lie on a device; what is drawn depends on no device."""
        moved: dict[str, Any] = {
            name: value.to(device) if isinstance(value, Tensor) else value
            for name, value in vars(self).items()
        }
        return type(self)(**moved)

    def draw(self, rng: np.random.Generator, count: int) -> Batch:
        """Draw frames and the sites at which each is read."""
        device = self.frames.device
        frame = torch.from_numpy(rng.integers(len(self.frames), size=count)).to(device)
        site, on = self._draw_sites(rng, count)
        person, row = self.person[frame], self.person[frame][:, None]
        between = self.between[row[:, :, None], site[:, :, None], site[:, None, :]]
        between = between * on[:, :, None] * on[:, None, :]
        cross = self.cross[row, site] * on[..., None]
        noise = self.ridge * torch.diagonal(between, dim1=1, dim2=2).sum(1) / on.sum(1)
        # An unused place gets a unit variance and no covariance, so that its weight is zero.
        noise = noise.clamp(min=1e-12)[:, None] * on + (1 - on)
        weights = torch.linalg.solve(between + torch.diag_embed(noise), cross)
        gain = torch.from_numpy(np.exp(rng.normal(0, GAIN, count))).float().to(device)
        read = self.read[frame[:, None], site] * on * gain[:, None]
        centred = read - self.site_mean[row, site] * on
        linear = self.mean[person] + torch.einsum("nk,nkp->np", centred, weights)
        disc = self.disc[site] * on[..., None]
        stance = self.stance[frame]
        feet, foot = torch.unique(self.foot[stance], return_inverse=True)
        return Batch(
            truth=(self.frames[frame] * gain[:, None]).reshape(-1, *self.shape),
            linear=linear.reshape(-1, *self.shape),
            painted=torch.einsum("nk,nkp->np", read, disc).reshape(-1, *self.shape),
            discs=disc.sum(1).clamp(max=1).reshape(-1, *self.shape),
            peak=self.peak[stance] * gain,
            load=self.load[stance] * gain,
            geometry=None if self.feet is None else self.feet[feet],
            foot=foot,
        )

    def _draw_sites(self, rng: np.random.Generator, count: int) -> tuple[Tensor, Tensor]:
        """Site numbers (count, k) and 1 where they are in use, 0 where not (count, k)."""
        total, device = len(self.disc), self.disc.device
        if self.max_sensors is None:
            every = torch.arange(total, device=device).expand(count, -1)
            return every, torch.ones(count, total, device=device)
        most = self.max_sensors
        site = rng.random((count, total)).argpartition(most - 1, axis=1)[:, :most]
        used = np.arange(most) < rng.integers(1, most + 1, size=(count, 1))
        return torch.from_numpy(site.copy()).to(device), tensor(used).to(device)


def loss(estimate: Tensor, batch: Batch) -> Tensor:
    """Squared error as NRMSE weighs it, plus the errors of force and centre of pressure.

    Args:
        estimate: (n, rows, columns), scaled, negative values allowed.
    """
    cut = torch.nn.functional.leaky_relu(estimate, 0.01)  # keeps a gradient below 0
    height, width = cut.shape[1:]
    map_error = (cut - batch.truth).square().mean((1, 2)) / batch.peak.square()
    total, true_total = cut.sum((1, 2)), batch.truth.sum((1, 2))
    force_error = (total - true_total).abs() / batch.load
    y = torch.linspace(-1, 1, height, device=cut.device)
    x = torch.linspace(-1, 1, width, device=cut.device) * (width / height)
    least = LOADED_SHARE * batch.load
    cop, true_cop = (
        torch.stack([(maps.sum(2) @ y), (maps.sum(1) @ x)]) / torch.maximum(load, least)
        for maps, load in ((cut, total), (batch.truth, true_total))
    )
    cop_error = ((cop - true_cop).square().sum(0) + 1e-6).sqrt() * (true_total >= least)
    return (MAP * map_error + FORCE * force_error + COP * cop_error).mean()
