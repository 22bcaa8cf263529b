"""Which reconstructor is best on people it never saw, and how sure is it? See README.md."""

import json
import os
from contextlib import suppress
from importlib.metadata import version
from itertools import combinations
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer
from joblib import Parallel, delayed
from layouts import optimised
from measure import rows
from models import MODELS
from report import draw, tables

from recon import Cohort, Layout
from recon.files import replacing_file
from recon.validate import training_people

COUNTS = (2, 4, 8, 16)

Layouts = dict[frozenset[str], dict[int, Layout]]
"""By the people who chose them, and by sensors."""


def optimise(people: Cohort, file: Path, parallel: Parallel) -> Layouts:
    """Layouts for each untouched person, and for each with one more left out, kept in a file."""
    left_out = [*people.subjects, *map(",".join, combinations(people.subjects, 2))]
    if file.exists():
        sites = json.loads(file.read_text())
    else:
        known = [training_people(people, names.split(",")) for names in left_out]
        found = parallel(delayed(optimised)(people.subset(names), COUNTS) for names in known)
        sites = {
            names: {count: layout.sites for count, layout in one.items()}
            for names, one in zip(left_out, found, strict=True)
        }
        with replacing_file(file) as partial:
            partial.write_text(json.dumps(sites, indent=1) + "\n")
    return {
        frozenset(training_people(people, names.split(","))): {
            int(count): Layout(tuple(map(tuple, uv))) for count, uv in one.items()
        }
        for names, one in sites.items()
    }


def measured(file: Path, made_with: dict[str, str]) -> dict[tuple[str, int, str], list[dict]]:
    """Rows of the tasks (person, sensors, model) that are done by this release on this cohort."""
    done = {}
    for line in file.read_text().splitlines() if file.exists() else ():
        with suppress(ValueError):  # half a line, from an interruption
            record = json.loads(line)
            if made_with.items() <= record.items():
                done[tuple(record["task"])] = record["rows"]
    return done


def work(cohort: Cohort, name: str, count: int, model: str, layouts: Layouts) -> list[dict]:
    import torch

    torch.set_num_threads(1)

    def chosen_by(people: Cohort) -> Layout:
        return layouts[frozenset(people.subjects)][count]

    return rows(cohort, name, chosen_by, model)


def main(
    cohort: Path,
    out: Annotated[Path, typer.Option(help="Folder for measurements and figures.")],
    models: Annotated[str, typer.Option(help="Names, separated by semicolons; all if empty.")] = "",
    jobs: int = 2,
) -> None:
    """Measurements go to OUT/measured.jsonl, a task a line; what is there is not done again."""
    os.environ["OMP_NUM_THREADS"] = "1"
    people = Cohort.load(cohort)
    out.mkdir(parents=True, exist_ok=True)
    file = out / "measured.jsonl"
    made_with = {"release": version("insole-placement"), "cohort": people.fingerprint}
    done = measured(file, made_with)
    names = [name.strip() for name in models.split(";")] if models else list(MODELS)
    parallel = Parallel(n_jobs=jobs, return_as="generator")
    chosen = out / f"chosen-{made_with['release']}-{people.fingerprint[:12]}.json"
    layouts = optimise(people, chosen, parallel)
    todo = [
        (name, count, model)
        for model in names
        for name in people.subjects
        for count in COUNTS
        if (name, count, model) not in done
    ]
    found = parallel(delayed(work)(people, *task, layouts) for task in todo)
    with file.open("a") as stream:
        for task, new in zip(todo, found, strict=True):
            done[task] = new
            # What an interruption tore stays a line of its own.
            stream.write("\n" + json.dumps({**made_with, "task": task, "rows": new}))
            stream.flush()
    order = [task for model in MODELS for task in done if task[2] == model]
    frame = pd.DataFrame([row for task in order for row in done[task]])
    whom = frame.groupby(["sensors", "model"])["person"].transform("nunique")
    frame = frame[whom == len(people.subjects)]  # of earlier calls that did not get through
    print(tables(frame))
    draw(frame, out)


if __name__ == "__main__":
    typer.run(main)
