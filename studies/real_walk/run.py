"""Does a searched layout hold on people it never saw, and does it beat the cheap rivals?

The people are dealt into groups, and the whole search is repeated with each group kept aside, so
that every person is untouched once in each repeat. See README.md.
"""

from pathlib import Path
from typing import Annotated, cast

import numpy as np
import typer
from qr import qr_layout

from placement.front import Front
from placement.gains import Change, difference
from placement.scoring import relative_of
from placement.search import search
from placement.settings import Fidelity, Settings
from placement.split import Split
from recon import PUBLISHED, Cohort, Sensor, gait
from recon.footprint import insole_pixels
from recon.validate import Score, training_people

FORMS = {"nrmse": ".4f", "vgrf_accuracy": ".1f", "peak_accuracy": ".1f", "cop_error_cm": ".2f"}


def split_keeping(cohort: Cohort, untouched: tuple[str, ...]) -> Split:
    """Leave-one-out folds among everybody else."""
    people = cohort.subset(training_people(cohort, untouched))
    folds = tuple((name,) for name in people.subjects)
    return Split(people, cohort.subset(untouched), folds, insole_pixels(people))


def run_group(cohort: Cohort, untouched: tuple[str, ...], settings: Settings) -> Front:
    split = split_keeping(cohort, untouched)
    sensor = Sensor(settings.sensor_mm)
    rivals = {f"QR {k}": qr_layout(split, k, sensor) for k in (2, 4)}
    return search(cohort, settings, split=split, references={**PUBLISHED, **rivals})


def scores(front: Front, reconstructor: str) -> dict[str, Score]:
    """Untouched scores by name; the front's best of a count is "ours k"."""
    found = {"mean map": front.mean_map.untouched}
    for entry in front.members:
        found.setdefault(f"ours {len(entry.layout)}", entry.scores[reconstructor].untouched)
    for entry in front.references:
        found[entry.name] = entry.scores[reconstructor].untouched
    return found


def averaged(repeats: list[Score]) -> Score:
    """Mean of each person's values over repeats of the study."""
    values = {m: np.mean([x.values[m] for x in repeats], axis=0) for m in gait.METRICS}
    return Score(repeats[0].subjects, {m: tuple(map(float, x)) for m, x in values.items()})


def cell(score: Score, metric: str) -> str:
    low, high = score.interval(metric)
    form = FORMS[metric]
    return f"{score.mean(metric):{form}} ({low:{form}}–{high:{form}})"


def change(found: Change, form: str) -> str:
    return f"{found.mean:+{form}} ({found.low:+{form}} to {found.high:+{form}})"


def table(heading: str, rows: dict[str, list[str]]) -> str:
    columns = [heading, "relative error", *gait.METRICS]
    lines = [columns, ["---"] * len(columns), *([name, *cells] for name, cells in rows.items())]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main(
    cohort: Path,
    fidelity: Annotated[str, typer.Option(help="As of a search.")] = "ensemble",
    groups: Annotated[int, typer.Option(min=2)] = 3,
    repeats: Annotated[int, typer.Option(min=1, help="Each deals people into other groups.")] = 1,
    seed: int = 0,
) -> None:
    people = Cohort.load(cohort)
    settings = Settings(seed=seed, fidelity=cast(Fidelity, fidelity))
    fronts = []
    for repeat in range(repeats):
        order = np.random.default_rng(seed + repeat).permutation(people.subjects)
        parts = [tuple(sorted(part.tolist())) for part in np.array_split(order, groups)]
        fronts.append([run_group(people, part, settings) for part in parts])
    for reconstructor in dict.fromkeys((fidelity, "linear")):
        found = [[scores(front, reconstructor) for front in repeat] for repeat in fronts]
        every = [part for repeat in found for part in repeat]
        means = {
            name: averaged([Score.pooled([part[name] for part in repeat]) for repeat in found])
            for name in every[0]
            if all(name in part for part in every)
        }
        mean_map = means["mean map"]
        rows = {
            name: [
                f"{relative_of(score, mean_map):.3f}",
                *(cell(score, metric) for metric in gait.METRICS),
            ]
            for name, score in means.items()
        }
        differences = {}
        for ours, theirs in (("ours 2", "published 2"), ("ours 2", "QR 2"), ("ours 4", "QR 4")):
            if ours in means:
                both = difference(means[theirs], means[ours], mean_map)
                differences[f"{ours} − {theirs}"] = [
                    change(both.relative, ".3f"),
                    *(change(both.metrics[metric], FORMS[metric]) for metric in gait.METRICS),
                ]
        times = "" if repeats == 1 else f", {repeats} times each"
        print(f"\n{reconstructor} reconstructor, {len(people.subjects)} untouched people{times}\n")
        print(table("layout", rows), table("paired difference", differences), sep="\n\n")


if __name__ == "__main__":
    typer.run(main)
