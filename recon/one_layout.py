"""The network between its inputs for one layout and maps in the units of the cohort."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from recon.grid import FootGrid
from recon.layout import Layout, painted_discs, reading_matrix
from recon.linear import Affine
from recon.network import UNet

CHANNELS = 5
"""Images that the network sees: linear map, readings on their discs, the discs, u and v."""


def coordinates(grid: FootGrid) -> Tensor:
    """(2, rows, columns): u and v of every pixel."""
    return torch.from_numpy(np.moveaxis(grid.centres(), -1, 0).astype(np.float32))


def correct(
    net: UNet,
    linear: Tensor,
    painted: Tensor,
    discs: Tensor,
    coordinates: Tensor,
    features: Sequence[Tensor] | None,
) -> Tensor:
    """The linear maps plus the network's correction, all scaled: (n, rows, columns).

    Args:
        linear, painted, discs: (n, rows, columns), see `recon.training.Batch`.
        features: `net.encode` of each frame's foot, or of one foot for all frames.
    """
    where = coordinates.expand(linear.shape[0], -1, -1, -1)  # len() would fix n in an export
    images = torch.cat([torch.stack([linear, painted, discs], dim=1), where], dim=1)
    return linear + net(images.contiguous(memory_format=torch.channels_last), features)


class OneLayout(nn.Module):
    """Readings of one layout -> maps: what `UNetReconstructor.predict` computes for a layout.

    Args:
        net: the fitted network; shared, not copied.
        linear: the linear reconstruction of this layout.
        scale: pressure that the network sees as 1.
    """

    disc: Tensor  # (k, P), 1 under the middle of a sensor
    discs: Tensor  # (rows, columns)
    weights: Tensor  # (k, P)
    offset: Tensor  # (P,), scaled
    where: Tensor  # (2, rows, columns)

    def __init__(
        self, net: UNet, linear: Affine, scale: float, layout: Layout, grid: FootGrid
    ) -> None:
        super().__init__()
        self.net = net
        self.scale = scale
        self.shape = grid.shape
        matrix = reading_matrix(layout.sites, layout.sensor, grid)
        disc = torch.from_numpy(painted_discs(matrix))
        self.register_buffer("disc", disc)
        self.register_buffer("discs", disc.sum(0).clamp(max=1).reshape(self.shape))
        self.register_buffer("weights", torch.from_numpy(linear.weights))
        self.register_buffer("offset", torch.from_numpy(linear.offset / np.float32(scale)))
        self.register_buffer("where", coordinates(grid))

    def forward(self, readings: Tensor, features: Sequence[Tensor] | None = None) -> Tensor:
        """(n, k) and `net.encode` of the feet (or of one) -> (n, rows, columns), >= 0."""
        scaled = readings / self.scale
        linear = (scaled @ self.weights + self.offset).reshape(-1, *self.shape)
        painted = (scaled @ self.disc).reshape(-1, *self.shape)
        discs = self.discs.expand_as(painted)
        maps = correct(self.net, linear, painted, discs, self.where, features)
        return maps.clamp(min=0) * self.scale
