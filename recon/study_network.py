"""The network of Wang et al. (Sensors 2026, 26(13) 4143): modules only, shapes in comments.

Stride-2 encoders, CBAM on the features of every level, a transposed-convolution decoder with
skips and a tanh. Images that the network fuses at feature level have an encoder each, whose
features a 1x1 convolution joins at every level; images fused at data level are channels of one.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

from recon.network import CBAM


def _down(inputs: int, outputs: int) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride=2, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.LeakyReLU(0.2),
    )


def _up(inputs: int, outputs: int) -> nn.Module:
    return nn.Sequential(
        nn.ConvTranspose2d(inputs, outputs, 3, 2, padding=1, output_padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.LeakyReLU(0.2),
    )


def _initialise(module: nn.Module) -> None:
    """Small weights (Radford et al. 2016, DCGAN, ICLR), so that no pixel starts where the tanh is
    flat and no gradient could bring it back."""
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(module.weight, 0.0, 0.02)


class StudyNet(nn.Module):
    """Maps images to one map on [-1, 1].

    Args:
        channels: images that each encoder sees, in the order of the input's channels.
        widths: channels per level, two levels at least; the image's sides are multiples of
            2 ** levels.
    """

    def __init__(self, channels: Sequence[int], widths: Sequence[int]) -> None:
        super().__init__()
        self.channels = tuple(channels)
        self.encoders = nn.ModuleList(
            nn.ModuleList(_down(a, b) for a, b in pairwise((count, *widths))) for count in channels
        )
        several = len(channels) > 1
        self.fuse = nn.ModuleList(
            nn.Conv2d(len(channels) * width, width, 1) if several else nn.Identity()
            for width in widths
        )
        self.attend = nn.ModuleList(CBAM(width) for width in widths)
        deep = tuple(reversed(widths))
        self.decoder = nn.ModuleList(
            _up(width if level == 0 else 2 * width, higher)
            for level, (width, higher) in enumerate(pairwise(deep))
        )
        self.head = nn.ConvTranspose2d(2 * widths[0], 1, 3, 2, padding=1, output_padding=1)
        self.apply(_initialise)

    def forward(self, images: Tensor) -> Tensor:  # (n, sum(channels), h, w) -> (n, h, w)
        streams = list(images.split(self.channels, dim=1))
        skips = []
        for level, (fuse, attend) in enumerate(zip(self.fuse, self.attend, strict=True)):
            for i, encoder in enumerate(self.encoders):
                streams[i] = encoder[level](streams[i])  # type: ignore[index]  # a ModuleList forgets types
            # (n, widths[l], h / 2^(l+1), w / 2^(l+1))
            skips.append(attend(fuse(torch.cat(streams, dim=1))))
        y = skips.pop()
        for decode in self.decoder:
            y = torch.cat([decode(y), skips.pop()], dim=1)
        return torch.tanh(self.head(y))[:, 0]


class StudyOneLayout(nn.Module):
    """Readings of one layout and the feet's geometry -> maps, by a network on images.

    Args:
        net: sees the readings painted on their discs, the geometry, or both.
        paints, looks: whether it sees the former and the latter.
        disc: (k, P), 1 under the middle of a sensor.
        scale: the highest pressure, 1 to the tanh.
        shape: rows and columns of the grid.
        image: those of the image that has the grid in its middle and zeros around.
    """

    disc: Tensor

    def __init__(
        self,
        net: StudyNet,
        paints: bool,
        looks: bool,
        disc: Tensor,
        scale: float,
        shape: tuple[int, int],
        image: tuple[int, int],
    ) -> None:
        super().__init__()
        self.net = net
        self.paints = paints
        self.looks = looks
        self.register_buffer("disc", disc)
        self.scale = scale
        self.shape = shape
        self.image = image
        self.corner = (image[0] - shape[0]) // 2, (image[1] - shape[1]) // 2

    def forward(self, readings: Tensor, geometry: Tensor | None = None) -> Tensor:
        """(n, k) and (n, rows, columns) -> (n, rows, columns) in the units of the readings."""
        images = self.images(readings / self.scale, geometry)
        return (self.crop(self.net(images)) + 1) / 2 * self.scale

    def images(self, scaled: Tensor, geometry: Tensor | None) -> Tensor:
        """Scaled readings (n, k) and geometry (n, rows, columns) -> (n, 1 or 2, *image)."""
        found = []
        if self.paints:
            found.append((scaled @ self.disc).reshape(-1, *self.shape))
        if self.looks and geometry is not None:
            found.append(geometry)
        return self.pad(torch.stack(found, dim=1)).contiguous(memory_format=torch.channels_last)

    def pad(self, maps: Tensor) -> Tensor:
        """(..., rows, columns) -> (..., *image)."""
        (top, left), (rows, columns) = self.corner, self.shape
        bottom, right = self.image[0] - rows - top, self.image[1] - columns - left
        return nn.functional.pad(maps, (left, right, top, bottom))

    def crop(self, images: Tensor) -> Tensor:
        """Inverse of `pad`."""
        (top, left), (rows, columns) = self.corner, self.shape
        return images[..., top : top + rows, left : left + columns]
