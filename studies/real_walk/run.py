"""Does a searched layout hold on people it never saw, and does it beat the cheap rivals?

Every person is untouched exactly once: the people are dealt into groups of at least two, and the
whole search is repeated with each group kept aside. See README.md.
"""

from pathlib import Path
from typing import Annotated, cast

import numpy as np
import typer
from qr import qr_layout
from scipy import stats

from placement.front import Front
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


def cell(score: Score, metric: str) -> str:
    low, high = score.interval(metric)
    form = FORMS[metric]
    return f"{score.mean(metric):{form}} ({low:{form}}–{high:{form}})"


def paired(ours: Score, theirs: Score, metric: str) -> str:
    """Mean difference over people and its 95 % bootstrap interval."""
    gap = np.subtract(ours.values[metric], theirs.values[metric])
    rng = np.random.default_rng(0)
    found = stats.bootstrap((gap,), np.mean, method="percentile", rng=rng).confidence_interval
    form = "+" + FORMS[metric]
    return f"{gap.mean():{form}} ({found.low:{form}} to {found.high:{form}})"


def main(
    cohort: Path,
    fidelity: Annotated[str, typer.Option(help="As of a search.")] = "ensemble",
    groups: Annotated[int, typer.Option(min=2)] = 3,
    seed: int = 0,
) -> None:
    people = Cohort.load(cohort)
    settings = Settings(seed=seed, fidelity=cast(Fidelity, fidelity))
    order = np.random.default_rng(seed).permutation(people.subjects)
    fronts = [
        run_group(people, tuple(sorted(part.tolist())), settings)
        for part in np.array_split(order, groups)
    ]
    for reconstructor in dict.fromkeys((fidelity, "linear")):
        parts = [scores(front, reconstructor) for front in fronts]
        names = [name for name in parts[0] if all(name in part for part in parts)]
        pooled = {name: Score.pooled([part[name] for part in parts]) for name in names}
        print(f"\n{reconstructor} reconstructor, {len(people.subjects)} untouched people\n")
        print("| layout | " + " | ".join(gait.METRICS) + " |")
        print("|---" * (1 + len(gait.METRICS)) + "|")
        for name, score in pooled.items():
            print(f"| {name} | " + " | ".join(cell(score, m) for m in gait.METRICS) + " |")
        print("\n| paired difference | " + " | ".join(gait.METRICS) + " |")
        print("|---" * (1 + len(gait.METRICS)) + "|")
        for ours, theirs in (("ours 2", "published 2"), ("ours 2", "QR 2"), ("ours 4", "QR 4")):
            if ours in pooled:
                row = [paired(pooled[ours], pooled[theirs], m) for m in gait.METRICS]
                print(f"| {ours} − {theirs} | " + " | ".join(row) + " |")


if __name__ == "__main__":
    typer.run(main)
