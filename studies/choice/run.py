"""Of layouts that score nearly alike, which should a search take? See README.md."""

import json
from collections.abc import Mapping
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import pandas as pd
import typer
from joblib import Parallel, delayed

from placement.allowed import Place
from placement.explore import explore
from placement.front import Pair
from placement.journal import Journal
from placement.judging import closed_form, scorer, without_sensors
from placement.networks import fit_and_score, tasks
from placement.room import prepared
from placement.scoring import errors_of, relative_of
from placement.selection import select
from placement.settings import Settings
from placement.shortlist import distinct
from placement.split import Split
from placement.workers import Workers
from recon import Cohort, Layout, Sensor
from recon.demo import demo_cohort
from recon.files import replacing_file
from recon.kernel import Kernel
from recon.linear import Linear
from recon.validate import Score

RULES = {
    "linear": "the linear score's best",
    "kernel": "the kernel's best",
    "surely": "the kernel's best where surely better, else the linear score's",
    "hindsight": "the best on the untouched people",
}

ERRORS = ("nrmse", "vgrf_error", "cop_error_cm")


def chosen(candidates: list[tuple[Layout, dict[str, Pair]]], mean_map: Pair) -> dict[str, int]:
    """Which of the candidates of one count, the linear score's best first, each rule takes."""
    layouts = [layout for layout, _ in candidates]

    def lowest(which: str) -> int:
        base = getattr(mean_map, which)
        return int(
            np.argmin([relative_of(getattr(x["kernel"], which), base) for _, x in candidates])
        )

    surely = select(candidates, "kernel", mean_map, layouts[:1])[0].layout
    return {
        "linear": 0,
        "kernel": lowest("search"),
        "surely": layouts.index(surely),
        "hindsight": lowest("untouched"),
    }


def run_split(cohort: Cohort, aside: list[str], settings: Settings) -> list[dict[str, Any]]:
    """What each rule takes of each sensor count, and its errors on the people kept aside."""
    split = Split.without(cohort, aside, settings)
    sensor = Sensor(settings.sensor_mm)
    rules = prepared(
        Place(settings.constraints, split.pixels, cohort.grid, sensor), settings.max_sensors
    )
    journal = Journal()
    explored, _ = explore(split, rules.uv, sensor, settings, lambda *_: None, journal, rules)
    shortlist = [x for group in distinct(explored, split.people, settings.shortlist) for x in group]
    mean_map = without_sensors(split, settings)
    linear = closed_form(Linear, split, shortlist, scorer(settings))
    rows = fit_and_score(tasks(split), shortlist, Kernel(), Workers(1), lambda *_: None)
    kernel = [Pair(Score.pooled(row[:-1]), row[-1]) for row in rows]
    judged = [
        (layout, {"linear": a, "kernel": b})
        for layout, a, b in zip(shortlist, linear, kernel, strict=True)
    ]
    found = []
    for sensors, group in groupby(judged, key=lambda x: len(x[0])):
        candidates = list(group)
        for rule, number in chosen(candidates, mean_map).items():
            layout, scores = candidates[number]
            untouched = scores["kernel"].untouched
            found.append(
                {
                    "aside": " ".join(aside),
                    "sensors": sensors,
                    "rule": rule,
                    "layout": layout.sites,
                    "search": relative_of(scores["kernel"].search, mean_map.search),
                    "untouched": relative_of(untouched, mean_map.untouched),
                    **dict(zip(ERRORS, errors_of(untouched), strict=True)),
                }
            )
    return found


def draws(cohort: Cohort, people: int, splits: int, seed: int) -> list[list[str]]:
    """Different groups to keep aside, so that so many people are left to search on."""
    rng, found = np.random.default_rng(seed), dict[tuple[str, ...], None]()
    for _ in range(100 * splits):
        if len(found) < splits:
            order = rng.permutation(cohort.subjects)
            found.setdefault(tuple(sorted(order[people:].tolist())))
    return [list(group) for group in found]


def table(rows: pd.DataFrame) -> str:
    """How much higher the untouched relative error by each rule is than by the linear score."""
    error = rows.pivot(index=["sensors", "aside"], columns="rule", values="untouched")
    higher = 100 * (error[list(RULES)].div(error["linear"], axis=0) - 1)
    counts = higher.groupby("sensors")
    lines = [["% against the linear score's best", *(str(sensors) for sensors, _ in counts)]]
    lines.append(["---"] * len(lines[0]))
    for rule in list(RULES)[1:]:
        columns = [group[rule] for _, group in counts]
        cells = [f"{x.mean():+.1f} ({(x < 0).sum()} / {(x > 0).sum()})" for x in columns]
        lines.append([RULES[rule], *cells])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def kept(path: Path, made_with: Mapping[str, Any], *arguments: Any) -> list[dict[str, Any]]:
    """The rows of a split; computed and written where they are not yet."""
    if path.exists():
        stored = json.loads(path.read_text())
        if stored["made_with"] != made_with:
            raise typer.BadParameter(
                f"--out: {path} holds results of another release, other settings or people"
            )
        return list(stored["rows"])
    rows = run_split(*arguments)
    with replacing_file(path) as new:
        new.write_text(json.dumps({"made_with": made_with, "rows": rows}))
    print(f"{path.name} done", flush=True)
    return rows


def main(
    cohort: Annotated[Path | None, typer.Argument(help="Imported cohort; default demo.")] = None,
    people: Annotated[int, typer.Option(min=2, help="Searched on; others are untouched.")] = 5,
    splits: Annotated[int, typer.Option(min=1, help="Ways to keep the others aside.")] = 20,
    sensors: Annotated[int, typer.Option(min=1, help="At most.")] = 8,
    jobs: Annotated[int, typer.Option(min=1, help="Processes.")] = 2,
    seed: int = 0,
    out: Annotated[Path, typer.Option(help="A new folder for each cohort.")] = Path("runs/choice"),
) -> None:
    """Results go to OUT split by split; what is there is not computed again."""
    everybody = demo_cohort() if cohort is None else Cohort.load(cohort)
    if people >= len(everybody.subjects):
        raise typer.BadParameter(f"--people: less than the cohort's {len(everybody.subjects)}")
    settings = Settings(max_sensors=sensors, folds=min(5, people), jobs=1, seed=seed)
    release = version("insole-placement")
    made_with = {
        "release": release,
        "cohort": everybody.fingerprint,
        "sensors": sensors,
        "seed": seed,
    }
    out.mkdir(parents=True, exist_ok=True)
    rows = Parallel(n_jobs=jobs)(
        delayed(kept)(out / f"{people} people, {i}.json", made_with, everybody, aside, settings)
        for i, aside in enumerate(draws(everybody, people, splits, seed))
    )
    frame = pd.DataFrame([row for part in rows for row in part])
    print(f"\n{people} people searched on, {len(rows)} splits\n\n{table(frame)}")


if __name__ == "__main__":
    typer.run(main)
