"""The CBAM U-Net: modules only. Shapes are in comments; n is the batch, level l halves the image.

Two encoders, one for the landmarks and one for the geometry, fused at every level by a 1x1
convolution, then attended (Woo et al. 2018, CBAM, ECCV), then decoded with skips, as Wang et al.
(Sensors 2026, 26(13) 4143) describe it. Group instead of batch normalisation, since a batch
whose frames share one layout would break the latter at evaluation.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn

SIZES: dict[str, tuple[int, ...]] = {
    "light": (16, 32, 64),
    "full": (64, 128, 256, 512, 512, 512),
}
"""Channels per encoder level: a size for CPUs, and the study's."""


class CBAM(nn.Module):
    """Channel attention, then spatial attention."""

    def __init__(self, channels: int, reduction: int = 8, kernel: int = 7) -> None:
        super().__init__()
        self.channel = nn.Sequential(
            nn.Linear(channels, channels // reduction),
            nn.ReLU(),
            nn.Linear(channels // reduction, channels),
        )
        self.spatial = nn.Conv2d(2, 1, kernel, padding=kernel // 2, bias=False)

    def forward(self, x: Tensor) -> Tensor:  # (n, c, h, w) -> (n, c, h, w)
        pooled = self.channel(x.mean((2, 3))) + self.channel(x.amax((2, 3)))  # (n, c)
        x = x * torch.sigmoid(pooled)[:, :, None, None]
        summary = torch.stack([x.mean(1), x.amax(1)], dim=1)  # (n, 2, h, w)
        return x * torch.sigmoid(self.spatial(summary))


def _down(inputs: int, outputs: int) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride=2, padding=1, bias=False),
        nn.GroupNorm(8, outputs),
        nn.LeakyReLU(0.2),
    )


def _up(inputs: int, outputs: int) -> nn.Module:
    return nn.Sequential(
        nn.ConvTranspose2d(inputs, outputs, 3, 2, padding=1, output_padding=1, bias=False),
        nn.GroupNorm(8, outputs),
        nn.LeakyReLU(0.2),
    )


class Fuse(nn.Conv2d):
    """A 1x1 convolution of two streams as the sum of its halves, one of which may be known."""

    def __init__(self, streams: int, width: int) -> None:
        super().__init__(streams * width, width, 1)
        self.width = width

    def first(self, x: Tensor) -> Tensor:  # (n, width, h, w) -> (n, width, h, w), with the bias
        return nn.functional.conv2d(x, self.weight[:, : self.width], self.bias)

    def second(self, x: Tensor) -> Tensor:  # (n, width, h, w) -> (n, width, h, w)
        return nn.functional.conv2d(x, self.weight[:, self.width :])


class UNet(nn.Module):
    """Maps landmark images and, where there is one, a geometry image to a correction map.

    Args:
        landmark_channels: images that the landmark encoder sees.
        geometry_channels: images that the geometry encoder sees; 0 leaves that encoder out.
        widths: channels per level. The image is padded to a multiple of 2 ** levels.
    """

    def __init__(
        self, landmark_channels: int, geometry_channels: int, widths: tuple[int, ...]
    ) -> None:
        super().__init__()
        steps = list(zip((landmark_channels, *widths[:-1]), widths, strict=True))
        self.landmark_encoder = nn.ModuleList(_down(a, b) for a, b in steps)
        self.geometry_encoder = nn.ModuleList()
        if geometry_channels:
            steps[0] = (geometry_channels, widths[0])
            self.geometry_encoder.extend(_down(a, b) for a, b in steps)
        streams = 2 if geometry_channels else 1
        self.fuse = nn.ModuleList(Fuse(streams, width) for width in widths)
        self.attend = nn.ModuleList(CBAM(width) for width in widths)
        deep = widths[::-1]
        self.decoder = nn.ModuleList(
            _up(width if level == 0 else 2 * width, deeper)
            for level, (width, deeper) in enumerate(pairwise(deep))
        )
        skip = 1 if len(widths) == 1 else 2
        self.head = nn.ConvTranspose2d(skip * widths[0], 1, 3, 2, padding=1, output_padding=1)
        nn.init.zeros_(self.head.weight)  # training starts from the map that is corrected
        nn.init.zeros_(self.head.bias)  # type: ignore[arg-type]  # a bias may be None, not here
        self.multiple = 2 ** len(widths)

    def encode(self, geometry: Tensor) -> list[Tensor]:
        """What a foot's geometry (n, g, h, w) adds to each level's fusion, (n, widths[l], .., ..).

        It depends on the foot alone, so a live loop computes it once.
        """
        g = self._pad(geometry)
        features = []
        for encode, fuse in zip(self.geometry_encoder, self.fuse, strict=True):
            g = encode(g)
            features.append(fuse.second(g))  # type: ignore[operator]  # a ModuleList forgets types
        return features

    def forward(self, landmarks: Tensor, features: Sequence[Tensor] | None = None) -> Tensor:
        """(n, c, h, w) and the features of each frame's foot, or of one for all -> (n, h, w)."""
        height, width = landmarks.shape[-2:]
        x = self._pad(landmarks)
        skips: list[Tensor] = []
        for level, (encode, fuse, attend) in enumerate(
            zip(self.landmark_encoder, self.fuse, self.attend, strict=True)
        ):
            x = encode(x)  # (n, widths[l], h / 2^(l+1), w / 2^(l+1))
            both = fuse.first(x)  # type: ignore[operator]  # likewise
            if features is not None:
                both = both + features[level]
            skips.append(attend(both))
        y = skips.pop()
        for decode in self.decoder:
            y = torch.cat([decode(y), skips.pop()], dim=1)
        return self.head(y)[:, 0, :height, :width]

    def _pad(self, images: Tensor) -> Tensor:
        """Below and to the right, to whole multiples of the coarsest pixel."""
        height, width = images.shape[-2:]
        return nn.functional.pad(images, (0, -width % self.multiple, 0, -height % self.multiple))
