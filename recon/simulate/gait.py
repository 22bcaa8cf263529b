"""What a walk asks of a foot: the vertical force through the stance, and where it acts.

Force curves and their change with speed follow published normal walking; the path of the centre
of pressure and the toes' share follow barefoot walking on a plate. Sources: docs/simulation.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import PchipInterpolator

from recon.simulate.people import Person
from recon.simulate.rotation import (
    HEAD_RADIUS,
    HEEL_OFF,
    HEEL_RADIUS,
    TOE_RADIUS,
    foot_pitch,
    toe_pitch,
)
from recon.simulate.sole import Sole

Floats = NDArray[np.float64]


_HEEL_ROLLS_TO = np.radians(8)  # then it is off the floor


@dataclass(frozen=True)
class Manner:
    """How a foot is used: of a person, a side and a single step. 0 everywhere is the typical one.

    Args:
        first, valley, second: change of the force's humps and valley, body weights.
        heel_off: change of the time of heel-off, share of the stance.
        flat: change of the forefoot's share of the load while the foot is flat.
        heel_mm, ball_mm: lateral shift of the load under heel and ball.
        toes: log factor on the toes' share; toe_timing: change of its time.
        lesser: logit of the lesser toes' part of it.
        duration: log factor on the stance's duration.
    """

    first: float
    valley: float
    second: float
    heel_off: float
    flat: float
    heel_mm: float
    ball_mm: float
    toes: float
    toe_timing: float
    lesser: float
    duration: float


OF_PERSON = np.array([0.05, 0.04, 0.04, 0.025, 0.08, 1.5, 4.0, 0.42, 0.04, 0.5, 0.03])
OF_SIDE = 0.35 * OF_PERSON
OF_STEP = np.array([0.04, 0.03, 0.03, 0.03, 0.08, 1.5, 4.0, 0.30, 0.02, 0.3, 0.02])


class Load(NamedTuple):
    """Force on a body of the foot, (T,) in N, and where it acts, (T, 2) mm in the foot's plane."""

    force_n: Floats
    point_mm: Floats


class Loads(NamedTuple):
    """The loads on a foot's bodies."""

    heel: Load
    forefoot: Load
    toes: Load

    @property
    def force_n(self) -> Floats:
        """(T,) vertical ground reaction force."""
        return self.heel.force_n + self.forefoot.force_n + self.toes.force_n

    @property
    def cop_mm(self) -> Floats:
        """(T, 2) centre of pressure in the foot's plane; NaN where there is no force."""
        moment = sum(load.force_n[:, None] * load.point_mm for load in self)
        with np.errstate(invalid="ignore"):
            return np.asarray(moment / self.force_n[:, None])


def draw_manner(rng: np.random.Generator, spread: Floats) -> Floats:
    """Deviations from the typical manner, (11,) in the order of `Manner`."""
    return spread * np.clip(rng.standard_normal(len(spread)), -2, 2)  # healthy people only


def vertical_force(
    time: Floats, weight_n: float, speed_m_s: float, manner: Manner | None = None
) -> Floats:
    """Vertical ground reaction force in N at shares `time` of the stance.

    Two humps and the valley between them change linearly with speed (Andriacchi et al. 1977, J
    Biomech 10, 261-268); between these nodes the curve is monotone (PCHIP).
    """
    fast = speed_m_s - 1.25
    first, valley, second = 1.12 + 0.32 * fast, 0.73 - 0.40 * fast, 1.12 + 0.15 * fast
    if manner is not None:
        first, valley, second = first + manner.first, valley + manner.valley, second + manner.second
    strike = 0.55 * first  # the heel-strike transient makes the start steep
    nodes = [0, 0.025, 0.09, 0.21, 0.47, 0.765, 0.88, 0.935, 1]
    level = [0, strike, 0.78 * first, first, valley, second, 0.72 * second, 0.33 * second, 0]
    return weight_n * np.maximum(PchipInterpolator(nodes, level)(np.clip(time, 0, 1)), 0)


def stance_seconds(person: Person, manner: Manner) -> float:
    """Duration of the stance, s.

    Over a stride of two steps the mean force of both feet is the body's weight, so stance over
    stride is half the weight over the mean force of a stance.
    """
    time = (np.arange(200) + 0.5) / 200
    mean = vertical_force(time, 1.0, person.speed_m_s).mean()
    return float(120 / person.cadence_per_min * 0.5 / mean * np.exp(manner.duration))


def loads(person: Person, sole: Sole, manner: Manner, time: Floats) -> Loads:
    """What the foot carries at shares `time` of the stance, and where."""
    force = vertical_force(time, person.weight_n, person.speed_m_s, manner)
    toes, ball = _toe_share(time, manner), _ball_share(time, manner)
    return Loads(
        Load(force * (1 - toes) * (1 - ball), sole.own(_heel_path(sole, manner, time))),
        Load(force * (1 - toes) * ball, sole.own(_ball_path(sole, manner, time))),
        Load(force * toes, sole.own(_toe_path(sole, manner, time))),
    )


def _rise(time: Floats, middle: float, width: float) -> Floats:
    return 1 / (1 + np.exp(-(time - middle) / width))


def _toe_share(time: Floats, manner: Manner) -> Floats:
    """The toes' share of the force: slowly from midstance on, and all of it at toe-off."""
    t = time - manner.toe_timing
    nodes = [-0.2, 0.2, 0.45, 0.6, 0.75, 0.85, 0.9]
    level = np.array([0, 0, 0.04, 0.10, 0.22, 0.34, 0.42])
    grown = PchipInterpolator(nodes, level)(np.clip(t, -0.2, 0.9))
    leaving = np.exp((np.clip(t, 0, 1.05) - 0.912) / 0.012)  # the ball leaves the floor
    odds = grown / (1 - grown) * np.exp(manner.toes) * (1 + leaving)
    return odds / (1 + odds)


def _ball_share(time: Floats, manner: Manner) -> Floats:
    """The forefoot's share of what the toes leave: some once the foot is flat, then all."""
    flat = np.clip(0.25 + manner.flat, 0.08, 0.5) * _rise(time, 0.125, 0.03)
    lifted = _rise(time, HEEL_OFF + manner.heel_off, 0.045)
    down = 1 - np.exp(-((time / 0.06) ** 4))  # the heel lands first
    up = _rise(time, 0.72 + manner.heel_off, 0.012)  # and is off the floor in the end
    return 1 - (1 - down * (flat + (1 - flat) * lifted)) * (1 - up)


def _heel_path(sole: Sole, manner: Manner, time: Floats) -> Floats:
    """Where the heel's load acts: it rolls forward from its rear, (T, 2) mm on the reference."""
    x, y = sole.heel[:2]
    along = y + HEEL_RADIUS * np.minimum(foot_pitch(time, manner.heel_off), _HEEL_ROLLS_TO)
    return np.column_stack([np.full(len(time), x + manner.heel_mm), along])


def _ball_path(sole: Sole, manner: Manner, time: Floats) -> Floats:
    """Where the forefoot's load acts: from lateral to medial, rolling forward, (T, 2) mm."""
    lateral = PchipInterpolator([0.05, 0.35, 0.6, 0.8, 0.9, 1], [67, 57, 48, 43, 39, 30])
    x = lateral(np.clip(time, 0.05, 1)) + manner.ball_mm
    x = np.clip(x, sole.heads[0, 0], sole.heads[-1, 0])
    rolled = HEAD_RADIUS * np.maximum(foot_pitch(time, manner.heel_off), 0)
    y = PchipInterpolator(*sole.heads.T)(x) - 8 + rolled
    return np.column_stack([x, y])


def _toe_path(sole: Sole, manner: Manner, time: Floats) -> Floats:
    """Where the toes' load acts: it rolls towards their tips, (T, 2) mm on the reference foot."""
    lesser = 1 / (1 + np.exp(2.4 - manner.lesser))  # share of the second to fourth
    place = (1 - lesser) * sole.toes[0, :2] + lesser * sole.toes[1:4, :2].mean(axis=0)
    rolled = -3 + TOE_RADIUS * toe_pitch(time, manner.heel_off)
    return place + np.column_stack([np.zeros(len(time)), rolled])
