"""One person's walk: the soles of both feet and the steps they take."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recon.recording import SIDES, Side
from recon.simulate.contact import pressure
from recon.simulate.gait import (
    GRAVITY,
    Floats,
    Habit,
    rolls_mm,
    segment_loads,
    stance_s,
    tilts_mm,
    vertical_force,
)
from recon.simulate.people import STEP_SPEED_SD, Person
from recon.simulate.sole import Shape, Sole, build

BETWEEN_FEET = 0.33
"""How much a person's feet differ from each other, as a share of how much people do."""

BETWEEN_STEPS = 0.35
"""How much a foot's steps differ, likewise."""


@dataclass(frozen=True)
class Step:
    """One step: who, on which sole, how, and how fast."""

    person: Person
    sole: Sole
    habit: Habit
    speed_m_s: float

    @property
    def stance_s(self) -> float:
        return stance_s(self.person.height_cm, self.speed_m_s)

    def force_n(self, time: Floats) -> Floats:
        """Vertical ground reaction force at shares of the stance."""
        force = vertical_force(time, self.person.mass_kg * GRAVITY, self.speed_m_s)
        return force * np.exp(self.habit.force)

    def pressure(self, time: Floats, xy_mm: Floats, cell_mm: tuple[float, float]) -> Floats:
        """(t, rows, columns) kPa on a raster (rows, columns, 2) of points in foot axes.

        Over the cells it sums to `force_n` exactly, up to rounding.
        """
        return pressure(
            self.sole,
            self.person.stiffness,
            segment_loads(time, self.force_n(time), self.habit),
            rolls_mm(time, self.habit),
            tilts_mm(time, self.habit),
            xy_mm,
            cell_mm,
        )


def walk(person: Person, side: Side, steps: int) -> list[Step]:
    """The steps of one foot; a step does not depend on how many there are."""
    number = SIDES.index(side)
    shared, own = (np.random.default_rng(person.seeds[i]) for i in (0, 1 + number))
    shape = Shape.draw(shared, 1.0) + Shape.draw(own, BETWEEN_FEET)
    habit = Habit.draw(shared, 1.0) + Habit.draw(own, BETWEEN_FEET)
    sole = build(person, side, shape)
    return [
        Step(
            person=person,
            sole=sole,
            habit=habit + Habit.draw(own, BETWEEN_STEPS),
            speed_m_s=float(np.clip(own.normal(person.speed_m_s, STEP_SPEED_SD), 0.7, 2.0)),
        )
        for _ in range(steps)
    ]
