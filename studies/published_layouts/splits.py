"""What would the figures be if folds did not keep people together? See README.md."""

from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import version
from itertools import product
from pathlib import Path
from typing import Annotated, Any

import ledger
import numpy as np
import report
import torch
import typer
from joblib import Parallel, delayed, parallel_config
from models import MODELS, SIZES, Effort, check, served

from recon import PUBLISHED, Cohort, gait
from recon.demo import demo_cohort
from recon.footprint import insole_pixels
from recon.validate import Score, make_folds, reconstruct

SPLITS = ("people", "steps", "frames")
"""What lies in one fold as a whole."""

Job = dict[str, Any]


def fold_of(cohort: Cohort, split: str, folds: int, seed: int) -> np.ndarray:
    """The fold that each frame is tested in: (n, T) of n stances."""
    stances, frames = cohort.pressure.shape[:2]
    if split == "people":
        tested = make_folds(cohort.subjects, folds, seed)
        fold = {name: i for i, names in enumerate(tested) for name in names}
        return np.repeat([[fold[sample.subject]] for sample in cohort.samples], frames, axis=1)
    rng = np.random.default_rng(seed)
    if split == "steps":
        return np.repeat(rng.permutation(stances)[:, None] % folds, frames, axis=1)
    return rng.permuted(np.tile(np.arange(frames) % folds, (stances, 1)), axis=1)


def chosen(cohort: Cohort, frames: np.ndarray) -> Cohort:
    """The chosen frames (n, T) of a cohort, of stances that have any."""
    kept = zip(cohort.samples, frames, strict=True)
    samples = tuple(replace(s, pressure=s.pressure[mine]) for s, mine in kept if mine.any())
    return replace(cohort, samples=samples)


def reconstructed(cohort: Cohort, job: Job, size: str) -> tuple[Job, np.ndarray, np.ndarray]:
    """The frames of one fold, and what a model of all others makes of them."""
    torch.set_num_threads(1)
    preset, steps = SIZES[size]
    layout, model = PUBLISHED[job["layout"]], MODELS[job["model"]]
    seen = model.sees(cohort)
    tested = fold_of(cohort, job["split"], job["folds"], job["seed"]) == job["fold"]
    fitted = model.make(Effort(preset, steps, "cpu")).fit(chosen(seen, ~tested), layout)
    maps = reconstruct(fitted, chosen(seen, tested), layout)
    return job, tested, maps.reshape(-1, *cohort.grid.shape)


def scored(cohort: Cohort, maps: np.ndarray) -> Score:
    """Of whole stances, whichever folds their frames were in."""
    found = gait.all_metrics(cohort.pressure, maps, cohort.mm_per_pixel, insole_pixels(cohort))
    people = np.bincount(cohort.subject_index)
    return Score(
        cohort.subjects,
        {m: tuple(np.bincount(cohort.subject_index, v) / people) for m, v in found.items()},
    )


def missing(cohort: Cohort, path: Path, names: list[str], settings: Job) -> Iterator[Job]:
    known = (name for name in names if served(MODELS[name], cohort))
    for model, layout, split in product(known, PUBLISHED, SPLITS):
        job = {"model": model, "layout": layout, "split": split, **settings}
        if ledger.find(ledger.read(path), job) is None:
            yield job


def main(
    cohort: Annotated[Path | None, typer.Argument(help="Imported cohort; default demo.")] = None,
    models: Annotated[
        str, typer.Option(help="Names, separated by semicolons.")
    ] = "study, landmarks only;kernel;kernel + mode network",
    size: Annotated[str, typer.Option(help=f"{', '.join(SIZES)}.")] = "light",
    folds: Annotated[int, typer.Option(min=2)] = 5,
    jobs: Annotated[int, typer.Option(min=1, help="Processes.")] = 2,
    seed: Annotated[int, typer.Option(help="Of the folds.")] = 0,
    out: Annotated[Path, typer.Option()] = Path("runs/published_layouts"),
) -> None:
    """Scores go to OUT/splits.jsonl, a line each; what is there is not done again."""
    check(names := models.split(";"), size)
    people = demo_cohort() if cohort is None else Cohort.load(cohort)
    settings = {
        "release": version("insole-placement"),
        "size": size,
        "folds": folds,
        "seed": seed,
        "cohort": people.fingerprint,
    }
    out.mkdir(parents=True, exist_ok=True)
    path = out / "splits.jsonl"
    for job in missing(people, path, names, settings):
        maps = np.empty_like(people.pressure)
        with parallel_config("loky", inner_max_num_threads=1):
            done = Parallel(n_jobs=jobs)(
                delayed(reconstructed)(people, job | {"fold": fold}, size) for fold in range(folds)
            )
        for _, tested, found in done:
            maps[tested] = found
        seen = MODELS[job["model"]].sees(people)  # whose units the maps have
        ledger.append(path, job | {"score": scored(seen, maps).to_json()})
        print(f"{job['model']}, {job['layout']}, {job['split']}", flush=True)
    found = [record for record in ledger.read(path) if settings.items() <= record.items()]
    scores = {(r["layout"], r["model"], r["split"]): Score.from_json(r["score"]) for r in found}
    print("\n" + report.splits(scores))


if __name__ == "__main__":
    typer.run(main)
