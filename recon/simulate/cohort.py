"""A cohort of simulated people: scanned, recorded by a plate, and imported like anybody else."""

from __future__ import annotations

import os
from pathlib import Path

from joblib import Parallel, delayed

from recon.cohort import Cohort
from recon.feet import PlacedFoot, place_foot
from recon.folder import Item
from recon.grid import FootGrid
from recon.intake import Progress, Stance, stances_of
from recon.readers import Track
from recon.scan import scan_from_mesh
from recon.simulate.foot import foot_mesh
from recon.simulate.instrument import record
from recon.simulate.people import Person, draw_people
from recon.simulate.walk import feet

MODEL = "feet-3"
"""Changes whenever the same seed would give other people."""

_WORTH_A_PROCESS = 4  # people


def silent(stage: str, done: int, total: int) -> None:
    """No progress is told."""


def simulate(
    people: int = 35,
    *,
    steps: int = 3,
    frames: int = 20,
    seed: int = 0,
    grid: FootGrid | None = None,
    scans: bool = True,
    progress: Progress = silent,
) -> Cohort:
    """Simulate a cohort: both feet of every person, `steps` steps each, in kPa.

    It is what `recon.importing` makes of the files that `write_people` writes with this seed.

    Args:
        people: how many.
        frames: instants a stance, at (i + 1/2) / frames of it.
        seed: of everything.
        scans: whether the feet are scanned, too; else they are registered by their footprints,
            as real people without scans are.
        progress: told how many people have walked, of how many.

    Raises:
        ValueError: fewer than 1 person or step, or 2 frames.
    """
    if steps < 1 or frames < 2:
        raise ValueError(f"at least 1 step and 2 frames are needed, got {steps} and {frames}")
    grid = grid or FootGrid()
    drawn = draw_people(people, seed)
    jobs = max(1, min(os.cpu_count() or 1, people // _WORTH_A_PROCESS))
    placed = Parallel(n_jobs=jobs, return_as="generator")(
        delayed(_imported)(person, steps, frames, grid, scans) for person in drawn
    )
    named: dict[str, PlacedFoot] = {}
    for done, feet_of_one in enumerate(placed, 1):
        named |= feet_of_one
        progress("simulating people", done, people)
    provenance = {
        "kind": "simulated",
        "model": MODEL,
        "people": people,
        "steps": steps,
        "frames": frames,
        "seed": seed,
        "subjects": {person.subject: facts(person) for person in drawn},
        "feet": {name: dict(foot.facts) for name, foot in named.items()},
    }
    samples = tuple(sample for foot in named.values() for sample in foot.samples)
    return Cohort(samples, grid, provenance)


def facts(person: Person) -> dict[str, float]:
    """What a lab would write into its table of subjects."""
    return {"mass_kg": round(person.mass_kg, 1), "height_cm": round(person.height_cm, 1)}


def _imported(
    person: Person, steps: int, frames: int, grid: FootGrid, scans: bool
) -> dict[str, PlacedFoot]:
    """Both feet, through the very steps of an import."""
    found = {}
    for foot in feet(person):
        name = f"{person.subject}/{foot.side}"
        scan = scan_from_mesh(foot_mesh(foot), name) if scans else None
        stances = [
            stance
            for number in range(steps)
            for stance in stances_of(
                Track(record(foot, number).recording),
                Item(Path(f"{number}.json"), f"{number}.json", person.subject, foot.side),
                frames,
            )
            if isinstance(stance, Stance)
        ]
        found[name] = place_foot(stances, scan, grid)
    return found
