"""How somebody walks: force, loading of the foot's segments, and its rotations over a stance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from recon.simulate.sole import SEGMENTS

Floats = NDArray[np.float64]

GRAVITY = 9.81
HEEL, MIDFOOT, FOREFOOT, HALLUX, TOES = range(len(SEGMENTS))

# Shares of the load over the stance of a mean step, (share of stance, share of load); the forefoot
# carries what is left. They match the seven people of SpeedPP2DS (Pataky et al. 2008).
_HEEL = ((0, 1.0), (0.07, 0.99), (0.18, 0.84), (0.38, 0.61), (0.50, 0.30), (0.60, 0.06), (0.67, 0))
_MIDFOOT = ((0.05, 0), (0.20, 0.025), (0.42, 0.05), (0.60, 0.028), (0.72, 0))
_HALLUX = (
    (0.15, 0),
    (0.45, 0.04),
    (0.60, 0.09),
    (0.75, 0.18),
    (0.88, 0.31),
    (0.95, 0.6),
    (1, 0.95),
)
_TOES = ((0.5, 0), (0.62, 0.012), (0.78, 0.035), (0.92, 0.09), (1, 0.10))

# Pitch of the foot to the floor in degrees, toes up is negative (Perry and Burnfield 2010, Gait
# Analysis, ch. 4).
_PITCH = ((0, -20.0), (0.10, -5), (0.16, 0), (0.45, 0), (0.60, 8), (0.80, 30), (1.0, 62))
HEEL_MM = 32.0  # radius of the heel's rolling
BALL_MM = 22.0  # of the ball of the foot
TOE_MM = 10.0
BALL_SHARE = 0.45  # of the pitch after heel-off that the ball takes; the toe joints take the rest
TILT_MM = 2.2  # lift of the first metatarsal head early, and of the fifth late


@dataclass(frozen=True)
class Habit:
    """How a foot's use differs from the mean; steps add a little."""

    load: Floats  # (segments,) log factors on a segment's load
    timing: float  # share of stance by which everything after foot flat comes later
    pitch: float  # log factor on the rotations
    tilt: float  # mm by which the medial side of the forefoot is lifted
    force: float  # log factor

    @staticmethod
    def draw(rng: np.random.Generator, scale: float) -> Habit:
        spread = np.array([0.25, 0.70, 0.25, 0.55, 0.70])
        return Habit(
            load=scale * spread * rng.standard_normal(len(SEGMENTS)),
            timing=scale * 0.035 * float(rng.standard_normal()),
            pitch=scale * 0.2 * float(rng.standard_normal()),
            tilt=scale * 1.2 * float(rng.standard_normal()),
            force=scale * 0.03 * float(rng.standard_normal()),
        )

    def __add__(self, other: Habit) -> Habit:
        return Habit(
            *(a + b for a, b in zip(vars(self).values(), vars(other).values(), strict=True))
        )


def vertical_force(time: Floats, weight_n: float, speed_m_s: float) -> Floats:
    """Vertical ground reaction force in N at shares `time` of the stance.

    Through the loading rise, first peak, valley, second peak and unloading of level walking; peaks
    grow and the valley deepens with speed (Nilsson and Thorstensson 1989, Acta Physiol Scand 136,
    217-227; Keller et al. 1996, Clin Biomech 11, 253-259).
    """
    faster = speed_m_s - 1.3
    first = 1.11 + 0.34 * faster
    valley = 0.73 - 0.42 * faster
    second = 1.11 + 0.16 * faster
    points = [
        (0.0, 0.0),
        (0.025, 0.46 + 0.25 * faster),
        (0.055, 0.56 + 0.28 * faster),
        (0.10, 0.72 + 0.30 * faster),
        (0.22, first),
        (0.48, min(valley, 0.98)),
        (0.77, second),
        (0.90, 0.60 * second),
        (0.955, 0.18 * second),
        (1.0, 0.0),
    ]
    return weight_n * _curve(points, time)


def stance_s(height_cm: float, speed_m_s: float) -> float:
    """Duration of a stance: faster and shorter people have shorter ones.

    Cadence grows with the root of speed over height (Grieve and Gear 1966, Ergonomics 9, 379-399);
    a stance takes 62 % of a stride.
    """
    steps_a_minute = 64.8 * np.sqrt(speed_m_s / (height_cm / 100)) / 0.4882
    return float(0.62 * 120 / steps_a_minute)


def segment_loads(time: Floats, force_n: Floats, habit: Habit) -> Floats:
    """N on each segment, (t, segments); rows sum to the force."""
    late = time - habit.timing * np.sin(np.pi * np.clip(time, 0, 1))
    share = np.stack(
        [
            _curve(_HEEL, late),
            _curve(_MIDFOOT, late),
            np.zeros_like(time),
            _curve(_HALLUX, late),
            _curve(_TOES, late),
        ],
        axis=-1,
    )
    share[:, FOREFOOT] = np.maximum(1 - share.sum(axis=1), 0)
    share *= np.exp(habit.load)
    return force_n[:, None] * share / share.sum(axis=1, keepdims=True)


def rolls_mm(time: Floats, habit: Habit) -> Floats:
    """(t, segments) how far the lowest points of the segments have rolled towards the toes.

    A surface of radius R that turns by an angle touches the floor R x angle further on.
    """
    pitch = np.radians(_curve(_PITCH, time)) * np.exp(habit.pitch)
    rolled = np.zeros((len(time), len(SEGMENTS)))
    rolled[:, HEEL] = HEEL_MM * np.minimum(pitch, 0.15)
    ball = BALL_SHARE * np.maximum(pitch, 0)
    rolled[:, FOREFOOT] = BALL_MM * (ball - 0.1)
    rolled[:, [HALLUX, TOES]] = TOE_MM * 0.5 * ball[:, None]
    return rolled


def tilts_mm(time: Floats, habit: Habit) -> Floats:
    """(t,) by how much the medial edge of the forefoot is lifted over the lateral one.

    The foot lands on its lateral border and pronates, so that the load goes from the fifth to the
    first metatarsal head.
    """
    return TILT_MM * np.cos(np.pi * np.clip((time - 0.1) / 0.85, 0, 1)) + habit.tilt


def _curve(points: object, time: Floats) -> Floats:
    at, values = np.array(points, float).T
    return PchipInterpolator(at, values)(np.clip(time, at[0], at[-1]))
