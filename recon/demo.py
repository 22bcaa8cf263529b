"""The demo cohort, simulated once and then read from a cache."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from recon.cohort import Cohort
from recon.intake import Progress
from recon.simulate import MODEL, simulate
from recon.simulate.cohort import silent


def demo_cohort(
    people: int = 35,
    *,
    steps: int = 3,
    frames: int = 20,
    seed: int = 0,
    progress: Progress = silent,
) -> Cohort:
    """`simulate` with the same arguments, kept in the cache folder.

    The folder is $INSOLE_CACHE, else insole-placement in $XDG_CACHE_HOME, else in ~/.cache. An
    entry that is damaged is made again; a folder that cannot be written is done without.
    """
    entry = _cache_folder() / f"{MODEL}-people{people}-steps{steps}-frames{frames}-seed{seed}"
    with suppress(OSError, ValueError):
        return Cohort.load(entry)
    cohort = simulate(people, steps=steps, frames=frames, seed=seed, progress=progress)
    with suppress(OSError):
        cohort.save(entry, overwrite=True)
    return cohort


def _cache_folder() -> Path:
    if folder := os.environ.get("INSOLE_CACHE"):
        return Path(folder)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "insole-placement"
