"""Simulated people: soles, gait and contact pressure with known truth, in kPa, mm and N.

A sole is a set of pads (heel, lateral midfoot, medial arch, five metatarsal heads, hallux, four
toes), each a paraboloid over the floor. Through the stance every pad carries a share of the
vertical force and is pressed into the floor as far as that takes: a Winkler foundation, pressure
= stiffness x indentation. Stiffness differs between people and does not show in the geometry.
The realism of all this is limited; see docs/simulation.md.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from recon.cohort import Cohort, Sample
from recon.grid import FootGrid
from recon.recording import Side

MODEL = "pads-1"
"""Changes whenever the same seed would give other people."""

GRAVITY = 9.81
SPREAD_MM = 3.0  # load spreads in tissue and sensor: standard deviation of the blur
FOOTPRINT_SHARE = 0.95  # footprint length over foot length
ROLL_MM = 24.0  # how far a pad's lowest point rolls forward over a whole stance
GEOMETRY_MM = 20.0  # height that the geometry image shows

Floats = NDArray[np.float64]

# Wang et al. 2026, mean and SD by sex: height cm, mass kg, foot length mm. The correlations
# within a sex are what makes the published pooled ones (0.83, 0.55, 0.50) come out.
MEN_SHARE = 24 / 35
BODIES = {
    "man": (np.array([177.8, 75.3, 261.2]), np.array([5.4, 13.5, 11.0])),
    "woman": (np.array([167.2, 59.5, 239.7]), np.array([7.2, 8.2, 5.3])),
}
WITHIN = np.array([[1.0, 0.27, 0.74], [0.27, 1.0, 0.29], [0.74, 0.29, 1.0]])
SIDE_DIFFERENCE_MM = 2.6  # SD of left minus right foot length
ARCHES = {"normal": (44 / 70, 11.0), "low": (15 / 70, 7.0), "high": (11 / 70, 15.0)}  # share, mm

# Pad: u, v of its lowest point, radii of curvature along and across the foot (mm), stiffness
# (kPa/mm). Radii and stiffness give contact areas and peaks of barefoot walking (Shorten et al.
# 1989: heel 367 +- 115 kPa, forefoot 635 +- 211 kPa at 1.0 m/s).
PADS = {
    "heel": (0.120, 0.40, 60.0, 42.0, 45.0),
    "midfoot": (0.400, 0.66, 330.0, 26.0, 30.0),
    "arch": (0.420, 0.28, 220.0, 60.0, 30.0),
    "MT1": (0.715, 0.19, 42.0, 26.0, 85.0),
    "MT2": (0.730, 0.39, 42.0, 20.0, 95.0),
    "MT3": (0.712, 0.54, 42.0, 20.0, 95.0),
    "MT4": (0.675, 0.69, 42.0, 20.0, 85.0),
    "MT5": (0.630, 0.84, 45.0, 22.0, 75.0),
    "hallux": (0.900, 0.17, 34.0, 20.0, 80.0),
    "toe2": (0.945, 0.41, 18.0, 11.0, 70.0),
    "toe3": (0.915, 0.57, 18.0, 11.0, 70.0),
    "toe4": (0.870, 0.71, 18.0, 11.0, 70.0),
    "toe5": (0.815, 0.84, 18.0, 11.0, 70.0),
}
NAMES = tuple(PADS)
METATARSALS = [NAMES.index(f"MT{i}") for i in range(1, 6)]
TOES = [NAMES.index(f"toe{i}") for i in range(2, 6)]
HEEL, MIDFOOT, ARCH, HALLUX = (NAMES.index(n) for n in ("heel", "midfoot", "arch", "hallux"))


@dataclass(frozen=True)
class Person:
    """One simulated person.

    Args:
        subject: name.
        height_cm, mass_kg: of the body.
        foot_length_mm: left and right.
        arch_mm: height of the medial arch over the floor.
        speed_m_s: of walking.
        stiffness: (pads,) factor on the pads' stiffness.
        seed: of everything that varies between the person's feet and steps.
    """

    subject: str
    height_cm: float
    mass_kg: float
    foot_length_mm: tuple[float, float]
    arch_mm: float
    speed_m_s: float
    stiffness: Floats
    seed: np.random.SeedSequence


def draw_people(count: int, seed: int = 0) -> list[Person]:
    """Draw people; the i-th does not depend on how many there are.

    Raises:
        ValueError: count below 1.
    """
    if count < 1:
        raise ValueError(f"people must be at least 1, got {count}")
    return [
        _draw_person(f"sim{number:03d}", child)
        for number, child in enumerate(np.random.SeedSequence(seed).spawn(count))
    ]


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
        for sample in _walk(person, steps, frames, grid)
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


def vertical_force(time: Floats, weight_n: float, speed_m_s: float) -> Floats:
    """Vertical ground reaction force in N at shares `time` of the stance.

    F = A (cos x - q cos 3x), x from -pi/2 to pi/2 over the stance; q deepens the valley between
    the humps as one walks faster. (Alexander and Jayes 1980, J Biomech 13, 383-390.)
    """
    x = np.pi * (time - 0.5)
    q = np.clip(0.32 + 0.4 * (speed_m_s - 1.25), 0.15, 0.5)
    highest = 1.1 + 0.35 * (speed_m_s - 1.25)  # body weights
    shape = np.cos(x) - q * np.cos(3 * x)
    fine = np.linspace(-np.pi / 2, np.pi / 2, 401)
    return weight_n * highest * shape / (np.cos(fine) - q * np.cos(3 * fine)).max()


def _draw_person(subject: str, seed: np.random.SeedSequence) -> Person:
    own, gait = seed.spawn(2)
    rng = np.random.default_rng(own)
    mean, sd = BODIES["man" if rng.random() < MEN_SHARE else "woman"]
    height, mass, length = mean + sd * (np.linalg.cholesky(WITHIN) @ rng.standard_normal(3))
    difference = rng.normal(0, SIDE_DIFFERENCE_MM) / 2
    shares, heights = np.array(list(ARCHES.values())).T
    arch = rng.choice(heights, p=shares) + rng.normal(0, 1.0)
    tissue = rng.normal(0, 0.15) + rng.normal(0, 0.15, len(NAMES))  # whole foot, then pad by pad
    return Person(
        subject=subject,
        height_cm=float(height),
        mass_kg=float(np.clip(mass, 47, 103)),  # the published range
        foot_length_mm=(float(length + difference), float(length - difference)),
        arch_mm=float(arch),
        speed_m_s=float(np.clip(rng.normal(1.25, 0.12), 0.9, 1.6)),
        stiffness=np.exp(tissue),
        seed=gait,
    )


@dataclass(frozen=True)
class _Foot:
    """One foot: where its pads are and how it likes to load them."""

    place: Floats  # (pads, 2) u, v
    radii: Floats  # (pads, 2) mm
    clearance: Floats  # (pads,) mm over the floor
    stiffness: Floats  # (pads,) kPa/mm
    habit: Floats  # (pads,) log factor on the pad's share of the load
    heel_off: float  # share of the stance at which the heel has given half of its load
    size_mm: tuple[float, float]  # footprint length, width


def _walk(person: Person, steps: int, frames: int, grid: FootGrid) -> list[Sample]:
    shared, *children = person.seed.spawn(3)
    samples = []
    habits = _habits(np.random.default_rng(shared), 1.0)
    for side, length, child in zip(("left", "right"), person.foot_length_mm, children, strict=True):
        rng = np.random.default_rng(child)
        foot = _build_foot(person, length * FOOTPRINT_SHARE, habits + _habits(rng, 0.3))
        foot = _fit_box(foot, person, frames, grid)
        geometry = _geometry(foot, grid)
        samples += [
            _step(person, foot, side, str(number), frames, grid, geometry, rng)
            for number in range(steps)
        ]
    return samples


def _habits(rng: np.random.Generator, scale: float) -> Floats:
    """Random traits of a foot: 2 shifts and 2 radii factors a pad, clearance, load, timing."""
    pads = len(NAMES)
    spread = np.concatenate(
        [
            np.full(pads, 0.012),  # u
            np.full(pads, 0.022),  # v
            np.full(pads, 0.12),  # log radius along
            np.full(pads, 0.12),  # log radius across
            np.full(pads, 0.5),  # clearance, mm
            np.where(np.isin(np.arange(pads), TOES), 0.6, 0.38),  # log load
            [0.04, 0.035],  # time of heel-off, log width
        ]
    )
    return scale * spread * rng.standard_normal(len(spread))


def _build_foot(person: Person, length_mm: float, habits: Floats) -> _Foot:
    pads = np.array(list(PADS.values()))
    shift_u, shift_v, along, across, clearance, load = habits[:-2].reshape(6, -1)
    scale = length_mm / 242.0  # the pads' radii are those of a mean foot
    lift = np.zeros(len(NAMES))
    lift[ARCH] = person.arch_mm
    lift[MIDFOOT] = 0.25 * person.arch_mm  # a high arch lifts the lateral column, too
    lift[METATARSALS] = np.array([0.6, 0.2, 0.3, 0.6, 0.9])
    lift[TOES] = 1.5
    lift[HALLUX] = 0.8
    return _Foot(
        place=pads[:, :2] + np.stack([shift_u, shift_v], axis=-1),
        radii=pads[:, 2:4] * scale * np.exp(np.stack([along, across], axis=-1)),
        clearance=np.maximum(lift + clearance, 0.0),
        stiffness=pads[:, 4] * person.stiffness,
        habit=load,
        heel_off=0.45 + habits[-2],
        size_mm=(length_mm, 0.36 * length_mm * np.exp(habits[-1])),
    )


def _fit_box(foot: _Foot, person: Person, frames: int, grid: FootGrid) -> _Foot:
    """Move and stretch the pads' places so that the footprint spans u and v from 0 to 1."""
    for _ in range(2):
        peak = _pressure(foot, person, frames, grid, _NO_WHIM).max(axis=0)
        loaded = grid.centres()[peak > 0.02 * peak.max()]
        half = grid.pitch_mm / 2 / np.array(grid.foot_mm)
        low, high = loaded.min(axis=0) - half, loaded.max(axis=0) + half
        place = (foot.place - low) / (high - low)
        foot = _Foot(**{**vars(foot), "place": place})
    return foot


@dataclass(frozen=True)
class _Whim:
    """What differs from step to step."""

    load: Floats  # (pads,) log factor on a pad's share
    timing: float
    force: float  # log factor
    lean: float  # > 0: medial heads carry more


_NO_WHIM = _Whim(np.zeros(len(NAMES)), 0.0, 0.0, 0.0)


def _step(
    person: Person,
    foot: _Foot,
    side: str,
    trial: str,
    frames: int,
    grid: FootGrid,
    geometry: NDArray[np.float32],
    rng: np.random.Generator,
) -> Sample:
    whim = _Whim(
        load=rng.normal(0, 0.15, len(NAMES)),
        timing=rng.normal(0, 0.02),
        force=rng.normal(0, 0.02),
        lean=rng.normal(0, 0.25),
    )
    sided: Side = "left" if side == "left" else "right"
    return Sample(
        subject=person.subject,
        side=sided,
        trial=trial,
        pressure=_pressure(foot, person, frames, grid, whim).astype(np.float32),
        mm_per_pixel=grid.mm_per_pixel(*foot.size_mm),
        stance_s=float(0.70 - 0.3 * (person.speed_m_s - 1.25) + rng.normal(0, 0.01)),
        units="kPa",
        geometry=geometry,
    )


def _heights(foot: _Foot, grid: FootGrid, roll_mm: Floats) -> Floats:
    """Height of each pad's paraboloid over its own lowest point, mm: (t, pads, pixels).

    Args:
        roll_mm: (t,) how far the lowest points have rolled towards the toes.
    """
    y, x = (grid.centres().reshape(-1, 2) * foot.size_mm).T
    centre_y, centre_x = (foot.place * foot.size_mm).T
    along = y - centre_y[:, None] - roll_mm[:, None, None]
    across = x - centre_x[:, None]
    return along**2 / (2 * foot.radii[:, :1]) + across**2 / (2 * foot.radii[:, 1:])


def _geometry(foot: _Foot, grid: FootGrid) -> NDArray[np.float32]:
    """Height image of the unloaded sole: 1 on the floor, 0 at 20 mm and beside the foot."""
    pads = _heights(foot, grid, np.zeros(1))[0] + foot.clearance[:, None]
    soft = 1.5  # mm over which neighbouring pads blend
    sole = -soft * np.log(np.exp(-pads / soft).sum(axis=0))
    image = np.clip(1 - np.maximum(sole, 0) / GEOMETRY_MM, 0, 1)
    return image.reshape(grid.shape).astype(np.float32)


def _shares(foot: _Foot, time: Floats, whim: _Whim) -> Floats:
    """Share of the force on each pad, (t, pads): heel, midfoot, forefoot, then hallux and toes."""

    def rise(middle: float, width: float) -> Floats:
        return 1 / (1 + np.exp(-(time - middle) / width))

    off = foot.heel_off + whim.timing
    load = np.zeros((len(time), len(NAMES)))
    load[:, HEEL] = 1 - rise(off, 0.055)
    flat = rise(off - 0.28, 0.035) * (1 - rise(off + 0.17, 0.04))
    load[:, MIDFOOT] = 0.20 * flat
    load[:, ARCH] = 0.10 * flat
    # The load rolls from the lateral to the medial heads.
    order = np.linspace(1, -1, 5)  # first to fifth
    roll = np.exp(order * (1.1 * (time - 0.62)[:, None] + whim.lean))
    forefoot = 1.15 * rise(off - 0.10, 0.075) * (1 - 0.75 * rise(0.965, 0.015))
    load[:, METATARSALS] = forefoot[:, None] * np.array([0.23, 0.27, 0.24, 0.16, 0.10]) * roll
    load[:, HALLUX] = 0.28 * rise(0.66 + whim.timing, 0.06)
    load[:, TOES] = 0.032 * rise(0.70 + whim.timing, 0.06)[:, None]
    # A pad that hangs higher carries less.
    load *= np.exp(foot.habit + whim.load - 0.22 * foot.clearance)
    return load / load.sum(axis=1, keepdims=True)


def _pressure(
    foot: _Foot, person: Person, frames: int, grid: FootGrid, whim: _Whim
) -> NDArray[np.float64]:
    """(t, rows, columns) in kPa; sums to the vertical force exactly, up to rounding."""
    time = (np.arange(frames) + 0.5) / frames
    force = vertical_force(time, person.mass_kg * GRAVITY, person.speed_m_s) * np.exp(whim.force)
    area = float(np.prod(grid.mm_per_pixel(*foot.size_mm)))  # mm2
    heights = _heights(foot, grid, roll_mm=ROLL_MM * (time - 0.5))
    wanted = _shares(foot, time, whim) * force[:, None] / area * 1e3  # sum of kPa over pixels
    # sum_i k (d - h_i)+ is piecewise linear in the indentation d, with a kink at every h_i: its
    # values at the kinks invert it exactly.
    kinks = np.sort(heights, axis=-1)
    number = np.arange(kinks.shape[-1])
    at_kinks = number * kinks - (np.cumsum(kinks, axis=-1) - kinks)
    load = wanted / foot.stiffness
    depth = np.array(
        [
            [np.interp(*row) for row in zip(*frame, strict=True)]
            for frame in zip(load, at_kinks, kinks, strict=True)
        ]
    )
    springs = np.maximum(depth[..., None] - heights, 0) * foot.stiffness[:, None]
    maps = springs.sum(axis=1).reshape(frames, *grid.shape)
    blur = SPREAD_MM / np.array(grid.mm_per_pixel(*foot.size_mm))
    maps = ndimage.gaussian_filter(maps, (0, *blur), mode="constant", truncate=3)
    total = maps.sum(axis=(1, 2))
    return maps * (force / area * 1e3 / total)[:, None, None]
