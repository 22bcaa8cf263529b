"""Simulated people: feet, gait and contact pressure with known truth, in kPa, mm and N.

A tour: `draw_people` draws each `Person`, `feet` gives a person two `Foot`s. A foot has a `Sole`
(sole.py), whose bodies a `Manner` of walking (gait.py) loads; the elastic contact of each with
the floor (contact.py) makes pressure of it (walk.py). `foot_mesh` is what a scanner would see of
a foot (foot.py), `record` what a `Plate` would read of a step (instrument.py), and `simulate` a
whole cohort. Equations, sources and how far it can be believed: docs/simulation.md.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recon.cohort import Cohort, Sample
from recon.grid import FootGrid
from recon.register import Registration
from recon.simulate.foot import foot_mesh
from recon.simulate.gait import stance_seconds, vertical_force
from recon.simulate.instrument import Plate, Recorded, record
from recon.simulate.people import GRAVITY, Person, draw_people
from recon.simulate.walk import FINE, Foot, feet, footprint, pressure, standing_height

__all__ = [
    "GRAVITY",
    "MODEL",
    "Foot",
    "Person",
    "Plate",
    "Recorded",
    "draw_people",
    "feet",
    "foot_mesh",
    "points",
    "record",
    "simulate",
    "vertical_force",
]

MODEL = "feet-2"
"""Changes whenever the same seed would give other people."""

GEOMETRY_MM = 20.0  # height that the geometry image shows


def simulate(
    people: int = 35,
    *,
    steps: int = 3,
    frames: int = 20,
    seed: int = 0,
    grid: FootGrid | None = None,
) -> Cohort:
    """Simulate a cohort: both feet of every person, `steps` steps each, in kPa.

    Args:
        people: how many.
        frames: instants a stance, at (i + 1/2) / frames of it.
        seed: of everything.

    Raises:
        ValueError: fewer than 1 person or step, or 2 frames.
    """
    if steps < 1 or frames < 2:
        raise ValueError(f"at least 1 step and 2 frames are needed, got {steps} and {frames}")
    grid = grid or FootGrid()
    samples = [
        sample
        for person in draw_people(people, seed)
        for foot in feet(person)
        for sample in _walk(foot, steps, frames, grid)
    ]
    provenance = {
        "kind": "simulated",
        "model": MODEL,
        "people": people,
        "steps": steps,
        "frames": frames,
        "seed": seed,
    }
    return Cohort(tuple(samples), grid, provenance)


def _walk(foot: Foot, steps: int, frames: int, grid: FootGrid) -> list[Sample]:
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
