"""A pressure plate: what an instrument makes of a step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recon.lay import Pose
from recon.recording import Recording
from recon.simulate.gait import loads, stance_seconds
from recon.simulate.walk import FINE, Foot, pressure

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Plate:
    """A plate of square cells. The defaults are those of a common laboratory plate.

    Args:
        shape: rows, columns.
        pitch_mm: cell edge.
        rate_hz: frames per second.
        gain: SD of the cells' sensitivity, a share of the reading.
        noise_kpa: SD of the noise of every reading of a loaded cell.
        step_kpa: readings are multiples of it; 0 does not round.
        most_kpa: highest reading.
        idle: empty frames before and after the step.
    """

    shape: tuple[int, int] = (72, 44)
    pitch_mm: float = 5.0
    rate_hz: float = 100.0
    gain: float = 0.03
    noise_kpa: float = 2.0
    step_kpa: float = 5.0
    most_kpa: float = 1275.0
    idle: int = 3

    def __post_init__(self) -> None:
        if min(*self.shape, self.pitch_mm, self.rate_hz, self.most_kpa) <= 0:
            raise ValueError(f"a plate needs positive shape, pitch, rate and range, got {self}")
        if min(self.gain, self.noise_kpa, self.step_kpa, self.idle) < 0:
            raise ValueError(f"gain, noise, step and idle frames of a plate must be >= 0: {self}")


@dataclass(frozen=True)
class Recorded:
    """A recorded step and the truth behind it.

    Args:
        recording: what the plate wrote; a left foot's hallux is on its right, as seen from above.
        pose: from the plate's plane, mirrored for a left foot, to the foot's, mm (x medial to
            lateral, y heel to toes).
        force_n: (T,) vertical force at every frame, without noise.
        cop_mm: (T, 2) centre of pressure on the plate, mm from its left and its bottom edge;
            NaN in frames without load.
        stance_s: duration of the stance.
    """

    recording: Recording
    pose: Pose
    force_n: Floats
    cop_mm: Floats
    stance_s: float


TURN_RAD = 0.10  # SD of the foot's angle on the plate
SHIFT_MM = 6.0  # SD of its place


def record(foot: Foot, number: int, plate: Plate | None = None) -> Recorded:
    """Let a foot make its step of this number on a plate.

    Raises:
        ValueError: a plate on which the foot finds no room.
    """
    plate = plate or Plate()
    rng = np.random.default_rng([*foot.seed.generate_state(4), number, 1])
    step = foot.step(number)
    turn = float(np.clip(rng.normal(0, TURN_RAD), -2 * TURN_RAD, 2 * TURN_RAD))
    shift = np.clip(rng.normal(0, SHIFT_MM, 2), -2 * SHIFT_MM, 2 * SHIFT_MM)
    rows, columns = plate.shape
    size = np.array([columns, rows]) * plate.pitch_mm
    middle = np.array([foot.sole.width_mm, foot.sole.length_mm]) / 2
    # Pose turns about a point of the plate and sends that point to the foot's origin.
    pose = Pose(turn, _pair(Pose(turn, (0.0, 0.0)).undo(-middle) + size / 2 + shift))
    _check_room(foot, pose, size)

    duration = stance_seconds(foot.person, step.manner)
    count = int(np.floor(duration * plate.rate_hz))
    first = rng.uniform(0, duration * plate.rate_hz - count)  # the plate's clock knows no step
    time = (np.arange(count, dtype=float) + first) / (duration * plate.rate_hz)
    cells = _cells(plate, FINE)
    cell = (plate.pitch_mm / FINE, plate.pitch_mm / FINE)
    maps = pressure(foot, step, time, pose.apply(cells), cell)
    maps = maps.reshape(count, rows, FINE, columns, FINE).mean(axis=(2, 4))

    load = loads(foot.person, step.sole, step.manner, time)
    cop = pose.undo(load.cop_mm)
    read = _read(maps, plate, rng)
    if foot.side == "left":
        read = read[:, :, ::-1]
        cop = np.column_stack([size[0] - cop[:, 0], cop[:, 1]])
    idle = ((plate.idle, plate.idle), (0, 0), (0, 0))
    recording = Recording(
        frames=np.pad(read, idle).astype(np.float32),
        pitch_mm=(plate.pitch_mm, plate.pitch_mm),
        rate_hz=plate.rate_hz,
        units="kPa",
        source=f"simulated {foot.person.subject}/{foot.side}/{number}",
    )
    return Recorded(
        recording,
        pose,
        np.pad(load.force_n, plate.idle),
        np.pad(cop, idle[:2], constant_values=np.nan),
        duration,
    )


def _read(maps: Floats, plate: Plate, rng: np.random.Generator) -> Floats:
    """Readings of true pressures: sensitivity, noise, range, rounding.

    Cells under hardly any pressure read exactly 0, noise and all.
    """
    gain = np.exp(plate.gain * rng.standard_normal(plate.shape))
    noise = plate.noise_kpa * rng.standard_normal(maps.shape)
    least = max(plate.step_kpa / 2, 2 * plate.noise_kpa)  # true pressure, kPa, that a cell feels
    read = np.clip(maps * gain + noise, 0, plate.most_kpa) * (maps > least)
    return np.round(read / plate.step_kpa) * plate.step_kpa if plate.step_kpa else read


def _cells(plate: Plate, parts: int) -> Floats:
    """x, y in mm from the plate's left and bottom edge of `parts` x `parts` points a cell."""
    rows, columns = (n * parts for n in plate.shape)
    x = (np.arange(columns) + 0.5) * plate.pitch_mm / parts
    y = (rows - np.arange(rows) - 0.5) * plate.pitch_mm / parts
    return np.stack(np.meshgrid(x, y), axis=-1)


def _check_room(foot: Foot, pose: Pose, size: Floats) -> None:
    y = np.linspace(0, foot.sole.length_mm, 50)
    outline = np.concatenate([np.column_stack([edge, y]) for edge in foot.sole.edges(y)])
    placed = pose.undo(outline)
    if (placed < 0).any() or (placed > size).any():
        raise ValueError(
            f"a foot of {foot.sole.length_mm:.0f} x {foot.sole.width_mm:.0f} mm does not fit on a "
            f"plate of {size[1]:.0f} x {size[0]:.0f} mm; give the plate more rows or columns"
        )


def _pair(values: Floats) -> tuple[float, float]:
    return (float(values[0]), float(values[1]))
