"""The published layouts, the study's model and ours, by 5-fold cross-validation. See README.md."""

import time
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import ledger
import localisation
import report
import torch
import typer
from joblib import Parallel, delayed, parallel_config
from joblib.externals.loky import get_reusable_executor
from models import MODELS, SIZES, Effort, check, served

from placement.networks import Task, fold_tasks
from recon import PUBLISHED, Cohort
from recon.demo import demo_cohort
from recon.footprint import insole_pixels
from recon.validate import Score, make_folds, reconstruct, score

Job = dict[str, Any]
"""What a score depends on: model, layout, fold and the settings of the run."""


def fit_and_score(task: Task, job: Job, device: str) -> ledger.Record:
    """Train on one thread, so that the result does not depend on the number of processes."""
    torch.set_num_threads(1)
    start = time.perf_counter()
    model = MODELS[job["model"]]
    preset, steps = SIZES[job["size"]]
    task = replace(task, train=model.sees(task.train), test=model.sees(task.test))
    layouts = {job["layout"]: PUBLISHED[job["layout"]]} if model.reads else PUBLISHED
    layout = next(iter(layouts.values()))
    fitted = model.make(Effort(preset, steps, device)).fit(task.train, layout)
    seconds = time.perf_counter() - start
    estimate = reconstruct(fitted, task.test, layout)
    where = {
        name: localisation.localise(task.test, estimate, site, task.pixels).to_json()
        for name, site in layouts.items()
    }
    scored = score(fitted, task.test, layout, task.pixels).to_json()
    return {**job, "score": scored, "localisation": where, "seconds": seconds}


def plan(cohort: Cohort, names: list[str], settings: Job) -> Iterator[Job]:
    """All jobs in the order of the tables; what needs unknown scans or masses is left out."""
    for layout in ("none", *PUBLISHED):
        for name in names:
            model = MODELS[name]
            if served(model, cohort) and model.reads == (layout != "none"):
                for fold in range(settings["folds"]):
                    yield {"model": name, "layout": layout, "fold": fold, **settings}


def complete(path: Path, tasks: list[Task], jobs: list[Job], device: str, processes: int) -> None:
    """Do the jobs that are not in the file yet; each is added as soon as it is done."""
    records = ledger.read(path)
    due = [job for job in jobs if ledger.find(records, job) is None]
    print(f"{len(jobs) - len(due)} of {len(jobs)} fits are in {path}")
    try:
        with parallel_config("loky", inner_max_num_threads=1):
            work = Parallel(n_jobs=processes, return_as="generator_unordered", max_nbytes=None)(
                delayed(fit_and_score)(tasks[job["fold"]], job, device) for job in due
            )
            for done, record in enumerate(work, 1):
                ledger.append(path, record)
                what = f"{record['model']}, {record['layout']}, fold {record['fold'] + 1}"
                print(f"{done}/{len(due)}  {record['seconds']:5.0f} s  {what}", flush=True)
    except BaseException:  # an interruption must not leave processes that train on for nobody
        get_reusable_executor().shutdown(wait=False, kill_workers=True)
        raise


def from_json(stored: dict[str, Any]) -> Score:
    """Of any metrics, those of the localisation too."""
    values = {key: tuple(value) for key, value in stored.items() if key != "subjects"}
    return Score(tuple(stored["subjects"]), values)


def main(
    cohort: Annotated[Path | None, typer.Argument(help="Imported cohort; default demo.")] = None,
    models: Annotated[str, typer.Option(help="Names, separated by semicolons.")] = ";".join(MODELS),
    size: Annotated[str, typer.Option(help=f"{', '.join(SIZES)}.")] = "light",
    folds: Annotated[int, typer.Option(min=2)] = 5,
    people: Annotated[int, typer.Option(min=2, help="Of the demo cohort.")] = 35,
    jobs: Annotated[int, typer.Option(min=1, help="Processes.")] = 2,
    device: Annotated[str, typer.Option(help="cpu, cuda or auto.")] = "auto",
    seed: Annotated[int, typer.Option(help="Of the folds.")] = 0,
    out: Annotated[Path, typer.Option()] = Path("runs/published_layouts"),
) -> None:
    check(names := models.split(";"), size)
    data = demo_cohort(people) if cohort is None else Cohort.load(cohort)
    settings = {
        "release": version("insole-placement"),
        "size": size,
        "folds": folds,
        "seed": seed,
        "cohort": data.fingerprint,
    }
    tasks = fold_tasks(data, make_folds(data.subjects, folds, seed), insole_pixels(data))
    planned = list(plan(data, names, settings))
    out.mkdir(parents=True, exist_ok=True)
    path = out / "scores.jsonl"
    complete(path, tasks, planned, device, jobs)

    records = ledger.read(path)
    grouped: dict[tuple[str, str], list[ledger.Record]] = {}
    for job in planned:
        if record := ledger.find(records, job):
            grouped.setdefault((job["model"], job["layout"]), []).append(record)
    scores = {
        key: Score.pooled([from_json(r["score"]) for r in parts]) for key, parts in grouped.items()
    }
    seconds = {key: sum(r["seconds"] for r in p) / len(p) for key, p in grouped.items()}
    where = {
        (model, layout): Score.pooled([from_json(r["localisation"][layout]) for r in parts])
        for layout in PUBLISHED
        for (model, _), parts in grouped.items()
        if layout in parts[0]["localisation"]
    }
    tables = [report.accuracy(scores, seconds), report.differences(scores), report.squares(where)]
    (out / "tables.md").write_text("\n".join(tables))
    curves = localisation.curve(where)
    curves.to_csv(out / "localisation.csv", index=False, float_format="%.4f")
    kind = "simulated" if data.simulated else "recorded"
    localisation.draw(curves, f"{len(data.subjects)} {kind} people", out / "localisation.png")
    print("\n" + "\n".join(tables))


if __name__ == "__main__":
    typer.run(main)
