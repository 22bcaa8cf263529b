"""Rotation of the foot about the ankle and of the toes about the metatarsal heads.

A foot lands on its heel with the toes up, lies flat, and rises on the metatarsal heads until the
toes push off; meanwhile the toes stay on the floor, then roll over their tips. The curves run
through round figures within published normal walking (Winter, Biomechanics and Motor Control of
Human Movement, 2009; Hopson et al. 1995, J Am Podiatr Med Assoc 85, 198-203, for the toes).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

Floats = NDArray[np.float64]

HEEL_OFF = 0.47  # share of the stance

# Radius in mm on which each part of the foot rolls over the floor.
HEEL_RADIUS, HEAD_RADIUS, TOE_RADIUS = 48.0, 12.0, 14.0

_FOOT = PchipInterpolator(
    [0, 0.04, 0.08, 0.13, 0.2, 0.35, 0.47, 0.6, 0.75, 0.85, 0.93, 1],
    np.radians([-20, -12, -7, -3, -1, 1, 3, 9, 22, 35, 48, 60]),
)
_TOES = PchipInterpolator([0, 0.75, 0.85, 0.9, 0.95, 1], np.radians([0, 0, 3, 9, 18, 28]))


def foot_pitch(time: Floats, heel_off: float = 0.0) -> Floats:
    """Angle of the foot over the floor in rad at shares `time` of the stance.

    Args:
        heel_off: how much later than typical the heel rises, share of the stance.

    Returns:
        (T,) < 0 with the toes up, > 0 with the heel up.
    """
    return np.asarray(_FOOT(_warped(time, heel_off)), float)


def toe_pitch(time: Floats, heel_off: float = 0.0) -> Floats:
    """Angle of the toes over the floor in rad, (T,) >= 0; see `foot_pitch`."""
    return np.asarray(_TOES(_warped(time, heel_off)), float)


def _warped(time: Floats, heel_off: float) -> Floats:
    """Time as in a typical stance: the same at its ends and at heel-off."""
    return np.interp(time, [0, HEEL_OFF + heel_off, 1], [0, HEEL_OFF, 1])
