"""Is our search better than what else one would use? See README.md."""

from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import report
import typer
from keep import claim
from methods import METHODS
from search_scores import search_scores, summary
from task import Task
from untouched_scores import SHOWN, untouched_scores

from placement.settings import Settings
from recon import Cohort
from recon.demo import demo_cohort
from recon.validate import make_folds

COUNTS = tuple(range(1, 17))
FINEST = {
    "ours, screened": [2, 4],
    "ours": [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16],
    "PySensors QR": [4, 16],
    "PySensors GQR": [4],
    "published": [2, 16],
}
"""Counts for which the search's default reconstructor, which takes seconds, is trained."""

SCREENED = ("ours, screened",)
"""Left out of the first protocol: not made for the linear score."""

SLOW = ("pymoo subset GA", "Optuna NSGA-II")
"""Left out of the second protocol: minutes for each person, for the score that ours minimises."""


def main(
    cohort: Annotated[Path | None, typer.Argument(help="Imported cohort; default demo.")] = None,
    folds: Annotated[int, typer.Option(help="Of the first protocol; 0: one a person.")] = 0,
    nested: Annotated[bool, typer.Option(help="Also the second protocol.")] = True,
    outer: Annotated[int, typer.Option(help="Folds left out in turn; 0: one person.")] = 0,
    people: Annotated[int, typer.Option(help="Of the demo cohort.")] = 35,
    methods: Annotated[str, typer.Option(help="Separated by semicolons.")] = ";".join(METHODS),
    jobs: Annotated[int, typer.Option(min=1)] = 2,
    seed: int = 0,
    out: Annotated[Path, typer.Option(help="A new one for each cohort and seed.")] = Path(
        "runs/peers"
    ),
) -> None:
    """Results go to OUT one by one; what is there is not computed again."""
    names = methods.split(";")
    if unknown := set(names) - set(METHODS):
        raise typer.BadParameter(f"--methods: no {', '.join(sorted(unknown))} in methods.py")
    if "ours" not in names:
        raise typer.BadParameter("--methods must name ours, which the others are compared with")
    data = demo_cohort(people) if cohort is None else Cohort.load(cohort)
    out.mkdir(parents=True, exist_ok=True)
    settings = Settings(max_sensors=max(COUNTS), seed=seed)
    everybody = len(data.subjects)
    folds, outer = folds or everybody, outer or everybody
    made_with = {"cohort": data.fingerprint, "seed": seed, "folds": folds, "outer": outer}
    claim(
        out / "made_with.json",
        {"release": version("insole-placement"), **made_with, "counts": COUNTS, "finest": FINEST},
    )
    task = Task.of(data, make_folds(data.subjects, folds, seed), settings)
    found = search_scores(task, [x for x in names if x not in SCREENED], COUNTS, out)
    text = [
        report.searched(found),
        summary(found).to_markdown(floatfmt=(".0f", ".1f", ".0f", ".4f")),
    ]
    kind = "simulated" if data.simulated else "real"
    report.draw(found, f"{everybody} {kind} people, {len(task.sites)} sites", out / "peers.png")
    if nested:
        tests = make_folds(data.subjects, outer, seed)
        quick = [name for name in names if name not in SLOW]
        frame = untouched_scores(data, tests, quick, COUNTS, FINEST, out, jobs, seed)
        frame.to_csv(out / "untouched.csv", index=False)
        text.append(report.untouched(frame, SHOWN))
        text.append(report.generalised(frame, "kernel"))
        text += [
            report.matching(frame, by).to_markdown(index=False) for by in ("ensemble", "kernel")
        ]
        text.append(report.claims(frame))
    (out / "tables.md").write_text("\n\n".join(text) + "\n")
    print("\n\n".join(text))


if __name__ == "__main__":
    typer.run(main)
