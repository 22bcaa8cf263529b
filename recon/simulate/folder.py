"""Simulated people as the files of a lab: a scan of each foot and recordings of its steps."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from recon.files import SIMULATED, replacing_folder
from recon.intake import Progress
from recon.readers import Track, neutral
from recon.simulate.cohort import facts, silent
from recon.simulate.foot import foot_mesh
from recon.simulate.instrument import record
from recon.simulate.people import Person, draw_people
from recon.simulate.walk import feet


def write_people(
    folder: Path,
    people: int = 35,
    *,
    steps: int = 3,
    seed: int = 0,
    overwrite: bool = False,
    progress: Progress = silent,
) -> None:
    """Write people as `recon.folder` describes them, ready to be imported.

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
            progress("simulating people", done, people)
        table = pd.DataFrame([{"subject": p.subject, **facts(p)} for p in drawn])
        table.to_csv(partial / "subjects.csv", index=False)
        for place in (partial, *partial.rglob("*/")):  # copies of a part are told, too
            (place / SIMULATED).touch()


def _write_person(folder: Path, person: Person, steps: int) -> None:
    for foot in feet(person):
        (folder / foot.side).mkdir(parents=True)
        foot_mesh(foot).export(folder / f"scan_{foot.side}.stl")
        for number in range(steps):
            track = Track(record(foot, number).recording)
            neutral.write(folder / foot.side / f"{number}.json", track)
