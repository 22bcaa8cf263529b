"""What an earlier search found out, for a search that would find out the same."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from placement.journal import Journal, package_versions
from placement.settings import Settings

_PEOPLE = ("seed", "confirm", "holdout", "folds", "sensor_mm")
_FITS = (*_PEOPLE, "calibration_steps")
SAME = {
    "enumeration": (*_PEOPLE, "constraints", "enumerate"),
    "descent": (*_PEOPLE, "constraints"),
    "bound": _PEOPLE,
    "kernel": _FITS,
    "ensemble": _FITS,
    "network": (*_FITS, "max_sensors", "size", "steps", "retrain_steps", "device"),
}
"""Kinds of results in a journal, and the settings on which they depend."""


def reuse(journal: Journal, other: Journal, settings: Settings, cohort: Mapping[str, Any]) -> int:
    """Copy into a journal what that of another run has and this run would compute alike.

    Args:
        other: of a run that is finished or not.
        cohort: of this run, see `placement.run_folder.source`.

    Returns:
        How many results were copied.

    Raises:
        ValueError: the other is of another cohort or release, or of settings under which nothing is
            the same.
    """
    facts = other.facts()
    run = other.path and other.path.parent
    if facts["cohort"]["fingerprint"] != cohort["fingerprint"]:
        raise ValueError(f"--reuse: {run} was a search on another cohort")
    release, ours = (x.get("insole-placement") for x in (facts["versions"], package_versions()))
    if release != ours:
        raise ValueError(
            f"--reuse: {run} was a search by release {release}, this is {ours}, which may score "
            "layouts otherwise; search anew"
        )
    before, now = facts["settings"], json.loads(json.dumps(asdict(settings)))
    differ = {name for name in now if before.get(name) != now[name]}
    if before["confirm"] == now["confirm"] == "nested":
        differ -= {"holdout"}  # nobody is kept aside
    kinds = {kind for kind, same in SAME.items() if not differ & set(same)}
    if not kinds:
        changes = [f"{x} was {before.get(x)}, is {now[x]}" for x in sorted(differ & set(_PEOPLE))]
        raise ValueError(f"reuse: nothing of {run} holds for this search: {'; '.join(changes)}")
    return journal.take(other, kinds)
