"""Is there room for what is asked for? Allowed sets of every size, or why there are none.

What is to blame is found by leaving out one constraint after the other for good where the others
cannot be kept without it, either (the deletion filter of Chinneck and Dravnieks, ORSA J Computing
1991, 3(2):157-168): the constraints that stay are all needed for the contradiction.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace

import numpy as np
from scipy.sparse import csr_array

from placement.allowed import Ints, Place, Rules
from placement.areas import Floats
from placement.inequalities import Part, parts_of, solved_sites
from placement.mend import mended

EXAMPLES = 64
"""Allowed sets of each size that are looked for."""

EXPLAIN_S = 10.0
"""After so many seconds no more constraints are left out, and an explanation may name too many."""


def prepared(place: Place, max_sensors: int) -> Rules:
    """The rules among the candidate sites, with examples of every size that is possible.

    Sizes are tried downwards from `max_sensors`; of some, such as those of fewer sensors than the
    zones demand, there may be none.

    Raises:
        ValueError: no set of `max_sensors` sites keeps all constraints, or none was found; which
            of them are to blame, in numbers.
    """
    every = place.points()
    left = np.logical_and.reduce(list(place.limits(every).values()))
    asked = len(place.constraints.required)
    if left.sum() < max_sensors:
        raise ValueError(_too_few(place, every, max_sensors))
    if not left[:asked].all() or max_sensors < asked:
        raise ValueError(explained(place, every, max_sensors))
    rules = Rules.of(place.constraints, every[left], place.grid, place.sensor)
    if rules.free:
        return rules
    found: dict[int, Ints] = {}
    for size in range(max_sensors, max(asked, 1) - 1, -1):
        examples = _examples(rules, size)
        if len(examples):
            found[size] = examples
        elif size == max_sensors:
            break
    if not found:
        raise ValueError(explained(place, every, max_sensors))
    return replace(rules, examples=found)


def _examples(rules: Rules, size: int) -> Ints:
    """(n, size) allowed sets: by mending random ones, else one by the solver, if there is any."""
    made = _made(rules, size)
    if len(made):
        return made
    none, parts = np.empty((0, size), int), parts_of(rules, size, size)
    with suppress(TimeoutError):
        # Quick to see: a size that is too small for the zones, and a zone too small for its demand.
        if solved_sites(parts_of(replace(rules, spacing_mm=None), size, size)) is None:
            return none
        if _crowded(parts):
            return none
        solved = solved_sites(parts)
        return none if solved is None else solved[None]
    return none


def _made(rules: Rules, size: int) -> Ints:
    """(n, size) allowed sets, by mending random ones; there may be others."""
    rng = np.random.default_rng(0)
    drawn = np.stack([rng.choice(len(rules.uv), size, replace=False) for _ in range(EXAMPLES)])
    made = mended(replace(rules, examples={size: drawn}), drawn, rng)
    return np.unique(np.sort(made[rules.allowed(made)], axis=1), axis=0)


def explained(place: Place, every: Floats, max_sensors: int) -> str:
    """Why no set of `max_sensors` of the points (S, 2) keeps all constraints, in a sentence."""
    rules = Rules.of(place.constraints, every, place.grid, place.sensor)
    parts = parts_of(rules, max_sensors, max_sensors)
    for name, left in place.limits(every).items():
        if not left.all():
            parts.append(Part(name, csr_array((~left)[None].astype(float)), 0, 0))
    core = _core(*(_crowded(parts) or (parts, [])))
    limits, demands = [x for x in core if x.low <= 0], [x for x in core if x.low > 0]
    if len(demands) != 1 or not demands[0].where:
        return f"no layout can keep all of these: {'; '.join(x.name for x in core)}"
    [demand] = demands
    names = _listed([x.name for x in limits])
    try:
        most = _room(limits, demand)
    except TimeoutError:
        fewer = _most_made(place, every, max_sensors)
        return (
            f"no layout of {max_sensors} sensors was found that keeps {names}, nor could it be "
            f"proven in {EXPLAIN_S:g} s that there is none; "
            + (f"lower max_sensors to {fewer} or ease these" if fewer else "ease these")
        )
    by = f"{names} leave{'s' * (len(limits) == 1)}" if limits else "the footprint has"
    source = " (max_sensors)" if demand is parts[0] else ""
    return (
        f"{by} room for {most} sensor{'s' * (most != 1)} {demand.where}, "
        f"{demand.low:g} are required{source}"
    )


def _room(limits: list[Part], demand: Part) -> int:
    """The most of what is demanded that the limits leave."""
    if not limits:
        return int(demand.matrix.sum())
    found = solved_sites(limits, demand.matrix)
    return 0 if found is None else int(demand.matrix[:, found].sum())


def _most_made(place: Place, every: Floats, below: int) -> int:
    """A number of sensors, fewer than `below`, of which an allowed set is found at once, but hardly
    of more; 0 if none."""
    left = np.logical_and.reduce(list(place.limits(every).values()))
    asked = len(place.constraints.required)
    if not left[:asked].all():
        return 0
    rules = Rules.of(place.constraints, every[left], place.grid, place.sensor)
    found, high, start = max(asked, 1) - 1, below, time.monotonic()
    while high - found > 1 and time.monotonic() - start < EXPLAIN_S:
        size = (found + high) // 2
        found, high = (size, high) if len(_made(rules, size)) else (found, size)
    return found if found >= max(asked, 1) else 0


def _too_few(place: Place, every: Floats, max_sensors: int) -> str:
    """Why there are fewer candidate sites than `max_sensors`."""
    left = np.ones(len(every), bool)
    steps = []
    for name, kept in place.limits(every).items():
        if (left & ~kept).any():
            left &= kept
            steps.append(f"{name} leaves {left.sum()}")
    steps = steps or ["no constraint takes one away"]
    why = f"of {len(every)} on the footprint, {', '.join(steps)}"
    if not left.any():
        return f"no site is left for a sensor: {why}"
    return (
        f"max_sensors: {max_sensors} asked for, but there are only {left.sum()} candidate sites: "
        f"{why}; lower it or ease these"
    )


def _crowded(parts: list[Part]) -> tuple[list[Part], list[Part]] | None:
    """A zone that cannot hold what is demanded of it, whatever is elsewhere, if there is one.

    Limits stay kept where sites are left out, so no other sites need to be looked at.

    Returns:
        What cannot be kept together, and that all other sites are left out.
    """
    limits = [x for x in parts if x.low <= 0]
    for demand in (x for x in parts if x.where and x is not parts[0]):
        outside = csr_array(1 - demand.matrix.toarray())
        nowhere_else = [Part("", outside, 0, 0)]
        with suppress(TimeoutError):
            if solved_sites([*limits, demand, *nowhere_else]) is None:
                return [*limits, demand], nowhere_else
    return None


def _core(parts: list[Part], given: list[Part]) -> list[Part]:
    """Parts that, with those given, cannot be kept together, and of which none can be spared.

    The last as far as time allows.
    """
    core, start = list(parts), time.monotonic()
    for part in parts:
        rest = [x for x in core if x is not part]
        if time.monotonic() - start > EXPLAIN_S or not rest:
            break
        with suppress(TimeoutError):
            if solved_sites([*rest, *given]) is None:
                core = rest
    return core


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1])] * (len(names) > 1) + names[-1:])
