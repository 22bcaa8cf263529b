"""What a search minimises, by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from placement.basis import Assumptions, Basis
from placement.moments import Floats, Ints
from placement.scoring import errors_of, person_errors_of, relative_error, relative_of
from recon.validate import Score

Measure = Callable[[Ints], Floats]
"""Values (b,) of sets of site numbers (b, k)."""

DEFAULT = ("sensors", "error")
DESIGN = ("sensors", "wiring", "cost")
"""Those that say nothing of accuracy."""

MOST = 3


@dataclass(frozen=True)
class Objective:
    """One number about a layout; lower is better.

    Args:
        name: as the commands know it; label: for figures and tables; unit: "" for a pure number.
        digits: after the point, in tables.
        measure: what scores sets of a basis, at the linear fidelity.
        judged: the same from cross-validated scores, of any reconstructor and of the mean map;
            None for what does not depend on the reconstructor, or is known of the linear one only.
    """

    name: str
    label: str
    unit: str
    digits: int
    measure: Callable[[Basis], Measure]
    judged: Callable[[Score, Score], float] | None = None

    def of_none(self, mean_map: Score) -> float:
        """Its value without sensors, whose relative error is 1 whatever befalls them; of those
        that are about accuracy."""
        return 1.0 if self.judged is None else self.judged(mean_map, mean_map)

    @property
    def heading(self) -> str:
        return f"{self.label} ({self.unit})" if self.unit else self.label


def _counts(basis: Basis) -> Measure:
    return lambda sets: np.full(len(sets), float(sets.shape[1]))


def _error(place: int) -> Callable[[Basis], Measure]:
    return lambda basis: lambda sets: basis.linear.errors(sets)[:, place]


def _judged_error(place: int) -> Callable[[Score, Score], float]:
    return lambda found, mean_map: float(errors_of(found)[place])


def _judged_worst(found: Score, mean_map: Score) -> float:
    return float(relative_error(person_errors_of(found), person_errors_of(mean_map)).max())


def _judged_peak(found: Score, mean_map: Score) -> float:
    return 100 - found.mean("peak_accuracy")


OBJECTIVES = {
    x.name: x
    for x in (
        Objective("sensors", "sensors", "", 0, _counts),
        Objective("error", "relative error", "", 3, lambda b: b.linear.relative, relative_of),
        Objective("nrmse", "map error", "NRMSE", 4, _error(0), _judged_error(0)),
        Objective("vgrf", "vertical force error", "%", 2, _error(1), _judged_error(1)),
        Objective("peak", "peak pressure error", "%", 2, lambda b: b.peak.error, _judged_peak),
        Objective("cop", "centre of pressure error", "cm", 3, _error(2), _judged_error(2)),
        Objective(
            "worst-person",
            "relative error of the worst person",
            "",
            3,
            lambda b: b.linear.worst,
            _judged_worst,
        ),
        Objective(
            "dead-sensor", "relative error with one sensor dead", "", 3, lambda b: b.dead_sensor
        ),
        Objective(
            "shift", "relative error with shifts and drift", "", 3, lambda b: b.shift.relative
        ),
        Objective("wiring", "wire", "cm", 1, lambda b: b.wiring),
        Objective("cost", "cost", "", 2, lambda b: b.cost),
    )
}


def chosen(names: Sequence[str], assumptions: Assumptions) -> tuple[Objective, ...]:
    """The objectives of these names.

    Raises:
        ValueError: an unknown name, one twice, fewer than two or more than three, none about
            accuracy, or two that measure the same.
    """
    for name in names:
        if name not in OBJECTIVES:
            raise ValueError(f"objectives: no {name!r}; there are {', '.join(OBJECTIVES)}")
    if len(set(names)) < len(names):
        raise ValueError(f"objectives must differ, got {','.join(names)}")
    if not 2 <= len(names) <= MOST:
        raise ValueError(
            f"objectives must be 2 or {MOST} in number, got {','.join(names) or 'none'}"
        )
    if set(names) <= set(DESIGN):
        accuracy = [name for name in OBJECTIVES if name not in DESIGN]
        raise ValueError(
            f"objectives: {','.join(names)} say nothing of accuracy; add one of "
            f"{', '.join(accuracy)}"
        )
    if {"sensors", "cost"} <= set(names) and not assumptions.wire_price:
        raise ValueError("objectives: cost goes with the number of sensors; give a --wire-price")
    if "cost" in names and not (assumptions.wire_price or assumptions.sensor_price):
        raise ValueError("objectives: cost wants a --sensor-price or a --wire-price above 0")
    return tuple(OBJECTIVES[name] for name in names)


def measured(objectives: Sequence[Objective], basis: Basis) -> Callable[[Ints], Floats]:
    """All of them at once: (b, k) site numbers -> (b, objectives)."""
    measures = {objective.name: objective.measure(basis) for objective in objectives}

    def values(sets: Ints) -> Floats:
        found = {name: measure(sets) for name, measure in measures.items()}
        return np.stack([found[objective.name] for objective in objectives], axis=-1)

    return values
