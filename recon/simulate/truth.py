"""Steps placed on the foot grid by their truth: no plate, no scanner, no registration."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recon.cohort import Sample
from recon.grid import FootGrid
from recon.register import Registration
from recon.scan import GEOMETRY_MM
from recon.simulate.gait import stance_seconds
from recon.simulate.walk import FINE, Foot, footprint, pressure, standing_height


def walk(foot: Foot, *, steps: int, frames: int, grid: FootGrid) -> list[Sample]:
    """The first steps of a foot as a cohort holds them, on the grid around its footprint."""
    box = footprint(foot)
    size = grid.mm_per_pixel(box.length_mm, box.width_mm)
    fine = points(box, grid, FINE)
    standing = standing_height(foot, points(box, grid, 1))
    geometry = np.clip(1 - standing / GEOMETRY_MM, 0, 1).astype(np.float32)
    time = (np.arange(frames) + 0.5) / frames
    samples = []
    for number in range(steps):
        step = foot.step(number)
        maps = pressure(foot, step, time, fine, (size[0] / FINE, size[1] / FINE))
        maps = maps.reshape(frames, grid.shape[0], FINE, grid.shape[1], FINE).mean(axis=(2, 4))
        samples.append(
            Sample(
                subject=foot.person.subject,
                side=foot.side,
                trial=str(number),
                pressure=maps.astype(np.float32),
                mm_per_pixel=size,
                stance_s=stance_seconds(foot.person, step.manner),
                units="kPa",
                geometry=geometry,
            )
        )
    return samples


def points(box: Registration, grid: FootGrid, parts: int) -> NDArray[np.float64]:
    """mm in the foot's plane of `parts` x `parts` points a pixel, (rows, columns, 2)."""
    row, column = ((np.arange(n * parts) + 0.5) / parts - 0.5 for n in grid.shape)
    uv = grid.uv(np.stack(np.meshgrid(row, column, indexing="ij"), axis=-1))
    xy = np.stack([uv[..., 1] * box.width_mm, uv[..., 0] * box.length_mm], axis=-1)
    return box.poses[0].undo(xy + box.origin_mm)
