"""A person's feet, and the pressure under them while they walk or stand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from recon.lay import PeakMap, lay
from recon.recording import Side
from recon.register import Registration, register
from recon.simulate.contact import Body, press
from recon.simulate.gait import OF_PERSON, OF_SIDE, OF_STEP, Manner, draw_manner, loads
from recon.simulate.people import Person
from recon.simulate.sole import Bodies, Sole, bodies, draw_soles, posture

Floats = NDArray[np.float64]

# kPa mm^-1.5 of heel, forefoot and toe: peaks as Shorten et al. 1989 found them (docs).
STIFFNESS = (19.0, 76.0, 28.0)
GRAIN, GRAIN_MM, WAVES = 0.22, 9.0, 48  # log SD and length over which tissue is uneven
RATE = 0.6  # tissue loaded faster is stiffer: exponent of the walking speed
SPREAD_MM = 2.0  # load spreads in skin and sensor: standard deviation
FINE = 2  # points a cell edge, for rasters of 5 mm
_NEAR_MM = 16.0  # points higher over the floor never touch it
_RASTER_MM = 2.5  # on which a foot's footprint is measured


@dataclass(frozen=True)
class Step:
    """How one step is made, and the shape that the moving sole has in it."""

    manner: Manner
    sole: Sole


@dataclass(frozen=True)
class Foot:
    """One foot of a person.

    Args:
        sole: its shape, as a right foot.
        manner: (11,) how it deviates from the typical use, in the order of `Manner`.
        tissue: seed of the unevenness of its tissue; seed: of its steps.
    """

    person: Person
    side: Side
    sole: Sole
    manner: Floats
    tissue: np.random.SeedSequence
    seed: np.random.SeedSequence

    def step(self, number: int) -> Step:
        """The foot's step of this number (from 0 on)."""
        rng = np.random.default_rng([*self.seed.generate_state(4), number])
        return Step(Manner(*(self.manner + draw_manner(rng, OF_STEP))), posture(self.sole, rng))

    def typical(self) -> Step:
        """A step without what differs from step to step."""
        return Step(Manner(*self.manner), self.sole)


def feet(person: Person) -> tuple[Foot, Foot]:
    """The left and the right foot: alike, but not equal."""
    shape, habit, *steps = _children(person)
    soles = draw_soles(person, np.random.default_rng(shape))
    rng = np.random.default_rng(habit)
    common = draw_manner(rng, OF_PERSON)
    left, right = (common + draw_manner(rng, OF_SIDE) for _ in range(2))
    return (
        Foot(person, "left", soles[0], left, steps[0], steps[2]),
        Foot(person, "right", soles[1], right, steps[1], steps[3]),
    )


def _children(person: Person) -> list[np.random.SeedSequence]:
    """The same six seeds at every call, which `spawn` would not give."""
    seed = person.seed
    return [np.random.SeedSequence(seed.entropy, spawn_key=(*seed.spawn_key, i)) for i in range(6)]


def pressure(
    foot: Foot, step: Step, time: Floats, xy_mm: Floats, cell_mm: tuple[float, float]
) -> Floats:
    """Pressure in kPa at shares `time` of the stance: (T, rows, columns).

    Args:
        xy_mm: (rows, columns, 2) where in the foot's plane (as a right foot) the cells lie.
        cell_mm: (row, column) size of a cell.

    Returns:
        Maps that sum to the vertical force, if the cells cover the foot.
    """
    load = loads(foot.person, step.sole, step.manner, time)
    flat = xy_mm.reshape(-1, 2)
    maps = np.zeros((len(time), len(flat)))
    parts = zip(bodies(step.sole, flat), _tissue(foot, flat), load, strict=False)
    for height, tissue, (force, point) in parts:
        near = height < _NEAR_MM
        body = Body(height[near], tissue[near], flat[near], float(np.prod(cell_mm)))
        maps[:, near] += press(body, force, point).pressure
    maps = maps.reshape(len(time), *xy_mm.shape[:2])
    blur = SPREAD_MM / np.array(cell_mm)
    return ndimage.gaussian_filter(maps, (0, *blur), mode="reflect", truncate=3)


def footprint(foot: Foot, frames: int = 20) -> Registration:
    """Axis and box of the foot's typical footprint, found as the import finds them."""
    xy = _raster(foot.sole)
    time = (np.arange(frames) + 0.5) / frames
    cell = (_RASTER_MM, _RASTER_MM)
    peak = PeakMap(pressure(foot, foot.typical(), time, xy, cell).max(axis=0), cell)
    poses, _ = lay([peak])
    return register([peak], poses)


def standing_height(foot: Foot, xy_mm: Floats) -> Floats:
    """Height in mm over the floor of the sole of somebody who stands on both feet: (...).

    What a scanner sees: flat where the sole bears weight, infinite beside the foot. Everybody's
    tissue counts as typical here, so that the shape does not tell the stiffness.
    """
    sole, weight = foot.sole, foot.person.weight_n / 2
    heads = sole.heads[2] + [0, -6]
    hallux = sole.toes[0, :2] + [5, 0]
    raster = _raster(sole).reshape(-1, 2)
    flat, there = bodies(sole, raster), bodies(sole, xy_mm)
    lowered = []
    for part, share, point in ((0, 0.57, sole.heel[:2]), (1, 0.38, heads), (2, 0.05, hallux)):
        near = flat[part] < _NEAR_MM
        tissue = np.full(near.sum(), STIFFNESS[part])
        body = Body(flat[part][near], tissue, raster[near], _RASTER_MM**2)
        at = sole.own(point)
        found = press(body, np.array([share * weight]), at[None])
        tilt = np.array([found.roll[0], found.pitch[0]])
        lowered.append(there[part] - found.depth_mm[0] - (xy_mm - at) @ tilt)
    rest = there.rest - min(there.rest.min(), 2.0)
    medial, lateral = sole.edges(xy_mm[..., 1])
    beside = (xy_mm[..., 0] < medial) | (xy_mm[..., 0] > lateral)
    heel, forefoot, toes = lowered
    height = np.maximum(Bodies(heel, forefoot, toes, rest).lowest(), 0.0)
    return np.where(beside, np.inf, height)


def _raster(sole: Sole) -> Floats:
    """Cells over the whole foot, (rows, columns, 2) mm, toes at the top."""
    rows, columns = (int(np.ceil(m / _RASTER_MM)) for m in (sole.length_mm, sole.width_mm))
    x = (np.arange(columns) + 0.5) * _RASTER_MM
    y = (rows - np.arange(rows) - 0.5) * _RASTER_MM
    return np.stack(np.meshgrid(x, y), axis=-1)


def _tissue(foot: Foot, xy_mm: Floats) -> Floats:
    """Stiffness in kPa mm^-1.5 of heel, forefoot and toes at points of the foot's plane.

    Its logarithm is a smooth Gaussian field, by random Fourier features (Rahimi and Recht 2007).
    """
    rng = np.random.default_rng(foot.tissue)
    wave = rng.normal(0, 1 / GRAIN_MM, (2, WAVES))
    phase = rng.uniform(0, 2 * np.pi, WAVES)
    field = np.cos(foot.sole.reference(xy_mm) @ wave + phase).sum(axis=1)
    uneven = np.exp(GRAIN * np.sqrt(2 / WAVES) * field)
    rate = (foot.person.speed_m_s / 1.25) ** RATE
    return np.outer(np.array(STIFFNESS) * foot.person.stiffness * rate, uneven)
