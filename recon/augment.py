"""Feet that nobody has: variations of recorded stances to train networks on."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

SHIFT_MM, SCALE = 3.0, 0.02
"""SD of displacement and of relative size: about what registration leaves undecided."""

FIELD, FIELD_CELLS = 0.25, (8, 5)
"""Log SD of a smooth factor on the pressures, and on how many cells a foot it is drawn."""


def varied(pressure: Tensor, pitch_mm: float, generator: torch.Generator) -> Tensor:
    """Each stance as another foot might make it: shifted, stretched, loaded more here, less there.

    Args:
        pressure: (n, T, rows, columns); a stance's frames vary alike.
        pitch_mm: of the grid.

    Returns:
        Pressures of the same shape. Readings are to be taken from them, not from the originals.
    """
    count, _, rows, columns = pressure.shape
    size_mm = torch.tensor([columns, rows]) * pitch_mm
    shift = torch.randn(count, 2, generator=generator) * (2 * SHIFT_MM / size_mm)
    stretch = 1 + SCALE * torch.randn(count, 2, generator=generator)
    pose = torch.cat([torch.diag_embed(stretch), shift[..., None]], dim=2)  # (n, 2, 3)
    places = functional.affine_grid(pose, [count, 1, rows, columns], align_corners=False)
    moved = functional.grid_sample(pressure, places, align_corners=False)
    field = torch.randn(count, 1, *FIELD_CELLS, generator=generator)
    smooth = functional.interpolate(field, (rows, columns), mode="bicubic", align_corners=False)
    return moved * torch.exp(FIELD * smooth)
