"""The settings of a search."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, Self, get_args

from placement.areas import real, whole
from placement.basis import Assumptions
from placement.constraints import Constraints
from placement.constraints_file import from_values
from placement.objectives import DEFAULT, chosen
from placement.workers import Workers

Fidelity = Literal["linear", "kernel", "ensemble", "network"]
Confirm = Literal["holdout", "nested"]
Size = Literal["light", "full"]
Device = Literal["auto", "cpu", "cuda"]


@dataclass(frozen=True)
class Settings:
    """What a search does; the defaults suit two cores and some minutes.

    Args:
        max_sensors: most sensors in a layout.
        objectives: what is minimised, two or three names of `placement.objectives.OBJECTIVES`.
        assumptions: what the objectives take for given.
        calibration_steps: of each tested person, recorded densely, by which reconstructors are
            calibrated before they are scored on the person's other steps.
        seed: of the people kept aside, the folds, the searches' starts and the networks. Shifts,
            calibration steps and bootstraps draw alike whatever it is.
        confirm: "holdout" keeps people aside until the end; "nested" searches on everybody, and
            repeats the whole search without one fold of people after the other, which it is
            confirmed on. That takes `folds` times as long again.
        holdout: share of people kept aside until the end; at least two are.
        folds: of the cross-validation among the others.
        fidelity: what is fitted for each finalist and judges it: "kernel", its "ensemble" with
            mode networks, or "network", the CBAM U-Net; "linear" judges as it explores.
        sensor_mm: diameter of a sensor.
        population, generations: of NSGA-II.
        enumerate: most sets of one sensor count that are all scored, which proves the best.
        restarts: random starts of the swap descent for each count that is not enumerated; of few
            sensors more, see `placement.optimality.MANY_SENSORS`.
        shortlist: layouts of each count that the kernel screens.
        descend: layouts of each count tried at most in a descent from the kernel's best.
        finalists: layouts of each count that are scored in full: the linear score's best and then
            the kernel's. Of more sensors than `placement.screen.FEW_SENSORS` a network judges half
            as many; where that is one, the kernel neither screens nor descends.
        size: of the CBAM U-Net, see `recon.network.SIZES`.
        steps, retrain_steps: optimiser steps of the CBAM U-Net, for any layout and then for one.
        device: what the CBAM U-Net trains on: "cpu", "cuda", or "auto" for the latter where there
            is one. A GPU rounds otherwise than a CPU.
        constraints: what every layout keeps to.
        jobs: processes that train networks and threads that score layouts.
        scheduler: address of a Dask scheduler, such as "tcp://10.0.0.1:8786", whose workers train
            networks instead. The result depends neither on it nor on `jobs`.

    Raises:
        ValueError: a value out of range.
    """

    max_sensors: int = 4
    objectives: tuple[str, ...] = DEFAULT
    assumptions: Assumptions = field(default_factory=Assumptions)
    calibration_steps: int = 0
    seed: int = 0
    confirm: Confirm = "holdout"
    holdout: float = 0.2
    folds: int = 5
    fidelity: Fidelity = "ensemble"
    sensor_mm: float = 10.0
    population: int = 200
    generations: int = 60
    enumerate: int = 500_000
    restarts: int = 4
    shortlist: int = 6
    finalists: int = 2
    descend: int = 0
    size: Size = "light"
    steps: int = 700
    retrain_steps: int = 120
    device: Device = "auto"
    constraints: Constraints = field(default_factory=Constraints)
    jobs: int = 2
    scheduler: str | None = None

    def __post_init__(self) -> None:
        least = {
            "max_sensors": 1,
            "calibration_steps": 0,
            "seed": 0,
            "folds": 2,
            "population": 2,
            "generations": 1,
            "enumerate": 0,
            "restarts": 0,
            "shortlist": 1,
            "finalists": 1,
            "descend": 0,
            "steps": 1,
            "retrain_steps": 1,
            "jobs": 1,
        }
        for name, bound in least.items():
            object.__setattr__(self, name, whole(name, getattr(self, name)))  # one of numpy's, too
            if getattr(self, name) < bound:
                raise ValueError(f"{name} must be at least {bound}, got {getattr(self, name)}")
        if not isinstance(self.assumptions, Assumptions):
            raise ValueError(f"assumptions must be Assumptions, got {self.assumptions!r:.80}")
        if not isinstance(self.constraints, Constraints):
            raise ValueError(f"constraints must be Constraints, got {self.constraints!r:.80}")
        if not isinstance(self.scheduler, str | None):
            raise ValueError(f"scheduler must be an address or None, got {self.scheduler!r:.80}")
        if isinstance(self.objectives, str):
            raise ValueError(f"objectives must be a tuple of names, got {self.objectives!r:.80}")
        chosen(self.objectives, self.assumptions)
        # Their order means nothing, and the default ones have rules of their own.
        same = set(self.objectives) == set(DEFAULT)
        object.__setattr__(self, "objectives", DEFAULT if same else tuple(self.objectives))
        if self.confirm == "nested" and not (
            len(self.objectives) == 2 and "sensors" in self.objectives
        ):
            raise ValueError(
                "confirm: nested searches compare layouts by their number of sensors; objectives "
                f"must be sensors and one other, got {','.join(self.objectives)}"
            )
        for name in ("sensor_mm", "holdout"):
            object.__setattr__(self, name, real(name, getattr(self, name)))
        if not 1 <= self.sensor_mm < 100:
            raise ValueError(f"sensor_mm must be at least 1 and below 100, got {self.sensor_mm}")
        if not 0 < self.holdout < 1:
            raise ValueError(f"holdout must lie between 0 and 1, got {self.holdout}")
        names = {"fidelity": Fidelity, "confirm": Confirm, "size": Size, "device": Device}
        for name, kind in names.items():
            if getattr(self, name) not in get_args(kind):
                known = " or ".join(get_args(kind))
                raise ValueError(f"{name} must be {known}, got {getattr(self, name)!r}")

    @property
    def workers(self) -> Workers:
        """Who fits and trains."""
        return Workers(self.jobs, self.scheduler)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """The inverse of `dataclasses.asdict`, after a way through JSON.

        Raises:
            ValueError: an unknown setting, or a value out of range.
        """
        unknown = stored.keys() - {x.name for x in fields(cls)}
        if unknown:
            raise ValueError(f"unknown settings {', '.join(sorted(unknown))}; of another release?")
        values = {
            "constraints": from_values(stored.get("constraints", {})),
            "objectives": tuple(stored.get("objectives", DEFAULT)),
            "assumptions": Assumptions.from_json(stored.get("assumptions", {})),
        }
        return cls(**{**stored, **values})
