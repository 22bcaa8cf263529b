"""Do cheap scores rank layouts as retraining does? See README.md."""

import json
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import report
import typer
from judges import JUDGES, Judge, judge
from layouts import sixty

from placement.networks import fold_tasks
from placement.scoring import errors_of
from placement.settings import Settings
from recon import Cohort, MeanMap
from recon.demo import demo_cohort
from recon.files import replacing_file
from recon.footprint import insole_pixels
from recon.layout import Layout
from recon.validate import Score, cross_validate, make_folds


def read(path: Path) -> dict[str, Score]:
    return {k: Score.from_json(v) for k, v in json.loads(path.read_text()).items()}


def complete(
    path: Path, name: str, layouts: list[Layout], make: Callable[[], Judge]
) -> dict[str, Score]:
    """Score the layouts that are not in the file yet; each is kept as soon as it is done."""
    known = read(path) if path.exists() else {}
    if len(known) < len(layouts):
        score = make()  # may train networks
    for number, layout in enumerate(layouts):
        if str(number) not in known:
            known[str(number)] = score(layout)
            with replacing_file(path) as new:
                new.write_text(json.dumps({k: v.to_json() for k, v in known.items()}))
            print(f"{name}: {number + 1}/{len(layouts)}", flush=True)
    return known


def claim(path: Path, made_with: dict[str, Any]) -> None:
    """Let a folder hold scores made in one way only."""
    if path.exists() and json.loads(path.read_text()) != made_with:
        raise typer.BadParameter(
            f"--out: {path.parent} holds scores of another cohort or other settings, see "
            f"{path.name}; pass a new folder"
        )
    with replacing_file(path) as new:
        new.write_text(json.dumps(made_with, indent=1) + "\n")


def main(
    cohort: Annotated[Path | None, typer.Argument(help="Imported cohort; default demo.")] = None,
    folds: Annotated[int, typer.Option(min=2)] = 5,
    people: Annotated[int, typer.Option(min=2, help="Of the demo cohort.")] = 35,
    steps: Annotated[int, typer.Option(help="Of the any-layout U-Net.")] = 700,
    retrain_steps: Annotated[int, typer.Option(help="Of the retrained U-Net.")] = 120,
    jobs: Annotated[int, typer.Option(min=1, help="Processes.")] = 2,
    seed: int = 0,
    judges: Annotated[str, typer.Option(help="Names, separated by semicolons.")] = ";".join(JUDGES),
    out: Annotated[Path, typer.Option(help="A new folder for each cohort.")] = Path(
        "runs/fidelity"
    ),
) -> None:
    """Scores go to OUT one by one; what is there is not computed again."""
    data = demo_cohort(people) if cohort is None else Cohort.load(cohort)
    settings = Settings(
        max_sensors=16, steps=steps, retrain_steps=retrain_steps, jobs=jobs, seed=seed
    )
    parts = make_folds(data.subjects, folds, seed)
    pixels = insole_pixels(data)
    tasks = fold_tasks(data, parts, pixels)
    out.mkdir(parents=True, exist_ok=True)
    kept = {"folds": folds, "seed": seed, "steps": steps, "retrain_steps": retrain_steps}
    release = version("insole-placement")
    claim(out / "made_with.json", {"release": release, "cohort": data.fingerprint, **kept})
    sites = out / "layouts.json"
    if not sites.exists():
        with replacing_file(sites) as new:
            new.write_text(json.dumps([layout.sites for layout in sixty(data, seed)]))
    layouts = [Layout(tuple(map(tuple, uv))) for uv in json.loads(sites.read_text())]

    scores = {}
    for name in judges.split(";"):
        path = out / f"{name}.json"
        scores[name] = complete(path, name, layouts, partial(judge, name, tasks, settings, out))
    baseline = errors_of(cross_validate(MeanMap, data, layouts[:1], parts, pixels)[0])
    frame = report.table(scores, layouts, baseline)
    frame.to_csv(out / "scores.csv", index=False)
    text = "\n\n".join([report.ranks(frame), report.regrets(frame)])
    (out / "tables.md").write_text(text + "\n")
    report.draw(frame, out / "fidelity.png")
    print(text)


if __name__ == "__main__":
    typer.run(main)
