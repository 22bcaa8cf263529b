"""A pressure plate that simulated people walk over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from recon.lay import Pose, cells_xy
from recon.recording import SIDES, Recording, Side
from recon.simulate.mesh import foot_mesh
from recon.simulate.people import Person
from recon.simulate.walk import Step, walk

if TYPE_CHECKING:
    import trimesh

PITCH_MM = (5.0, 5.0)
RATE_HZ = 100.0
CELLS = (76, 48)  # rows, columns
NOISE_KPA = 2.0  # SD
THRESHOLD_KPA = 10.0  # less is not shown
QUANTUM_KPA = 1.0

_TOE_OUT = (7.0, 4.0)  # degrees, mean and SD
_SHIFT_MM = 10.0  # SD of where the foot lands
_AROUND_MM = 20.0  # of the foot that may carry load
_EMPTY = 8  # frames before and after the step


def walk_over_plate(
    person: Person, side: Side, steps: int
) -> tuple[trimesh.Trimesh, list[Recording]]:
    """The mesh of one foot, and what a plate records of its steps."""
    taken = walk(person, side, steps)
    rng = np.random.default_rng(person.seeds[3 + SIDES.index(side)])
    recordings = [
        record(step, draw_pose(step, rng), rng, f"{person.subject}/{side}/{trial}")
        for trial, step in enumerate(taken)
    ]
    return foot_mesh(taken[0].sole), recordings


def draw_pose(step: Step, rng: np.random.Generator) -> Pose:
    """Where the foot lands: from the plate to the foot's axes, whose origin is then its middle."""
    middle = np.array([CELLS[1] * PITCH_MM[1], CELLS[0] * PITCH_MM[0]]) / 2
    x, y = middle + rng.normal(0, _SHIFT_MM, 2)
    return Pose(float(np.radians(rng.normal(*_TOE_OUT))), (float(x), float(y)))


def record(step: Step, pose: Pose, rng: np.random.Generator, source: str) -> Recording:
    """The step as the plate sees it: sampled in time and space, noisy, cut and rounded.

    Args:
        pose: of a right foot; the frames of a left one are the mirror image.
    """
    sole = step.sole
    size = np.array([sole.width_mm, sole.length_mm])
    xy = pose.apply(cells_xy(CELLS, PITCH_MM)) + size / 2
    near = np.all(np.abs(xy - size / 2) < size / 2 + _AROUND_MM, axis=-1)
    part = (_extent(near, axis=1), _extent(near, axis=0))
    count = round(step.stance_s * RATE_HZ)
    pressure = step.pressure((np.arange(count) + 0.5) / count, xy[part], PITCH_MM)
    noisy = pressure + rng.normal(0, NOISE_KPA, pressure.shape)
    shown = np.where(noisy >= THRESHOLD_KPA, np.rint(noisy / QUANTUM_KPA) * QUANTUM_KPA, 0)
    frames = np.zeros((count + 2 * _EMPTY, *CELLS), np.float32)
    frames[_EMPTY : _EMPTY + count, *part] = shown
    if sole.side == "left":
        frames = np.ascontiguousarray(frames[:, :, ::-1])
    return Recording(frames, PITCH_MM, RATE_HZ, "kPa", source)


def _extent(mask: NDArray[np.bool_], axis: int) -> slice:
    """From the first to the last row (axis 1) or column (axis 0) that holds something."""
    found = np.flatnonzero(np.any(mask, axis=axis))
    return slice(int(found[0]), int(found[-1]) + 1)
