"""A cohort of simulated people: scanned, recorded by a plate, and imported like anybody else."""

from __future__ import annotations

import os
from pathlib import Path

from joblib import Parallel, delayed

from recon.cohort import Cohort, Sample
from recon.feet import PlacedFoot, place_foot
from recon.folder import Item
from recon.grid import FootGrid
from recon.intake import Stance, stances_of
from recon.readers import Track
from recon.recording import SIDES
from recon.scan import scan_from_mesh
from recon.simulate.people import Person, draw_people
from recon.simulate.plate import walk_over_plate

MODEL = "segments-2"
"""Changes whenever the same seed would give other people."""

_WORTH_A_PROCESS = 4  # people


def simulate(
    people: int = 35,
    *,
    steps: int = 3,
    frames: int = 20,
    seed: int = 0,
    grid: FootGrid | None = None,
) -> Cohort:
    """Simulate a cohort: both feet of every person, `steps` steps each, in kPa.

    It is what `recon.importing` makes of the files that `write_people` writes with this seed.

    Args:
        people: how many.
        frames: instants a stance, at (i + 1/2) / frames of it.
        seed: of everything.

    Raises:
        ValueError: fewer than 1 person or step, or 2 frames.
    """
    if steps < 1 or frames < 2:
        raise ValueError(f"at least 1 step and 2 frames are needed, got {steps} and {frames}")
    grid = grid or FootGrid()
    drawn = draw_people(people, seed)
    jobs = max(1, min(os.cpu_count() or 1, people // _WORTH_A_PROCESS))
    placed: list[dict[str, PlacedFoot]] = Parallel(n_jobs=jobs)(
        delayed(_feet)(person, steps, frames, grid) for person in drawn
    )
    feet = {name: foot for person in placed for name, foot in person.items()}
    samples: list[Sample] = [sample for foot in feet.values() for sample in foot.samples]
    provenance = {
        "kind": "simulated",
        "model": MODEL,
        "people": people,
        "steps": steps,
        "frames": frames,
        "seed": seed,
        "subjects": {person.subject: facts(person) for person in drawn},
        "feet": {name: dict(foot.facts) for name, foot in feet.items()},
    }
    return Cohort(tuple(samples), grid, provenance)


def facts(person: Person) -> dict[str, float]:
    """What a lab would write into its table of subjects."""
    return {"mass_kg": round(person.mass_kg, 1), "height_cm": round(person.height_cm, 1)}


def _feet(person: Person, steps: int, frames: int, grid: FootGrid) -> dict[str, PlacedFoot]:
    found = {}
    for side in SIDES:
        mesh, recordings = walk_over_plate(person, side, steps)
        scan = scan_from_mesh(mesh, f"{person.subject}/{side}", side=side)
        stances = [
            stance
            for trial, recording in enumerate(recordings)
            for stance in stances_of(
                Track(recording), Item(Path(f"{trial}.json"), person.subject, side), frames
            )
            if isinstance(stance, Stance)
        ]
        found[f"{person.subject}/{side}"] = place_foot(stances, scan, grid)
    return found
