"""How far could the choice of four places go, whoever makes it? See README.md.

The layouts that the methods chose, each without one person, are judged on all of them, and the best
moved about by these very errors, as no honest search can. It is a descent: no proof of the least.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import pandas as pd
import typer
from keep import kept

from placement.allowed import Place
from placement.networks import Task, fit_and_score
from placement.room import prepared
from placement.screen import descended
from placement.settings import Settings
from placement.workers import Workers
from recon import Cohort, Layout, Sensor
from recon.footprint import insole_pixels
from recon.kernel import Kernel
from recon.validate import Score, training_people

SENSORS = 4
METRICS = {"nrmse": 0.03, "cop_error_cm": 0.15}
"""How much lower than by PySensors' QR each is wanted."""

NEAR_MM = 11.5
"""A move of the descent goes no farther: some twenty pixels around."""


def main(
    cohort: Annotated[Path, typer.Argument(help="That of the study.")],
    out: Annotated[Path, typer.Option(help="Its results, of both protocols.")],
    starts: Annotated[int, typer.Option(min=1, help="Layouts to start from.")] = 3,
    most: Annotated[int, typer.Option(help="Layouts tried from each.")] = 1000,
    jobs: Annotated[int, typer.Option(min=1)] = 2,
) -> None:
    """Results go to OUT one by one; what is there is not computed again."""
    people = Cohort.load(cohort)
    if json.loads((out / "made_with.json").read_text())["cohort"] != people.fingerprint:
        raise typer.BadParameter(f"--out: {out} holds results of other people than {cohort}")
    frame = pd.read_csv(out / "untouched.csv").query("by == 'kernel' and sensors == @SENSORS")
    peer = frame[frame["method"] == "PySensors QR"][list(METRICS)].mean()
    tasks = []
    for name in people.subjects:
        train = people.subset(training_people(people, [name]))
        tasks.append(Task(train, people.subset([name]), insole_pixels(train)))

    def errors(layouts: Sequence[Layout]) -> Mapping[Layout, tuple[float, ...]]:
        """First what is to be lowered, 1 where both targets are just met; then the errors."""
        rows = fit_and_score(tasks, layouts, Kernel(), Workers(jobs), lambda done, total: None)
        scores = [Score.pooled(row) for row in rows]
        values = [[score.mean(name) for name in METRICS] for score in scores]
        share = [
            [v / (peer[m] * (1 - less)) for v, (m, less) in zip(row, METRICS.items(), strict=True)]
            for row in values
        ]
        return {x: (max(s), *v) for x, s, v in zip(layouts, share, values, strict=True)}

    settings = Settings()
    place = Place(settings.constraints, insole_pixels(people), people.grid, Sensor())
    rules = prepared(place, SENSORS)
    allowed = {(round(u, 4), round(v, 4)) for u, v in rules.uv.tolist()}
    files = [json.loads(path.read_text()) for path in sorted(out.glob("chosen * *.json"))]
    of_count = [file[str(SENSORS)] for file in files if str(SENSORS) in file]
    chosen = {Layout(tuple((u, v) for u, v in sites)) for sites in of_count}
    kept_to = sorted((x for x in chosen if allowed.issuperset(x.sites)), key=lambda x: x.sites)
    first = errors(kept_to)
    ranked = sorted(kept_to, key=lambda layout: first[layout][0])
    rows = [("best as chosen", *first[ranked[0]])]
    for number, start in enumerate(ranked[:starts], 1):

        def descend(start: Layout = start) -> list[float]:
            return list(errors([end := descended(start, errors, rules, most, 0, NEAR_MM)])[end])

        of = [version("insole-placement"), start.sites, peer.to_dict(), NEAR_MM, most]
        name = hashlib.sha256(json.dumps(of).encode()).hexdigest()[:12]
        rows.append((f"moved from {number}", *kept(out / f"hindsight {name}.json", descend)))
        print(rows[-1], flush=True)
    table = pd.DataFrame(rows, columns=["layout", "reached", *METRICS])
    for name in METRICS:
        table[f"{name} lower by, %"] = 100 * (1 - table[name] / peer[name])
    table.to_csv(out / "hindsight.csv", index=False)
    print(
        table.drop(columns="reached").to_markdown(
            index=False, floatfmt=("", ".4f", ".3f", ".1f", ".1f")
        )
    )


if __name__ == "__main__":
    typer.run(main)
