"""Simulated people as the files of a lab: a scan of each foot and recordings of its steps."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from recon.files import replacing_folder
from recon.readers import Track, neutral
from recon.recording import SIDES
from recon.simulate.cohort import facts
from recon.simulate.people import Person, draw_people
from recon.simulate.plate import walk_over_plate


def write_people(
    folder: Path,
    people: int = 35,
    *,
    steps: int = 3,
    seed: int = 0,
    overwrite: bool = False,
    progress: Callable[[str, int, int], None] = lambda stage, done, total: None,
) -> None:
    """Write people as `recon.folder` describes them, ready to be imported.

    They are those of `simulate` with the same seed; a plate adds its noise, and the foot lands
    anywhere on it.

    Raises:
        ValueError: fewer than 1 person or step.
        FileExistsError: the folder holds something and `overwrite` is False.
    """
    if steps < 1:
        raise ValueError(f"at least 1 step is needed, got {steps}")
    drawn = draw_people(people, seed)
    with replacing_folder(folder, overwrite=overwrite) as partial:
        for done, person in enumerate(drawn, 1):
            _write_person(partial / person.subject, person, steps)
            progress("walking", done, people)
        table = pd.DataFrame([{"subject": p.subject, **facts(p)} for p in drawn])
        table.to_csv(partial / "subjects.csv", index=False)


def _write_person(folder: Path, person: Person, steps: int) -> None:
    for side in SIDES:
        (folder / side).mkdir(parents=True)
        mesh, recordings = walk_over_plate(person, side, steps)
        mesh.export(folder / f"scan_{side}.stl")
        for trial, recording in enumerate(recordings):
            neutral.write(folder / side / f"{trial}.json", Track(recording))
