"""How many layouts a second the exact linear score takes, and how long all pairs. See README.md."""

import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from placement.exhaustive import exhaustive
from placement.scoring import LinearScorer
from placement.settings import Settings
from placement.sites import candidate_sites
from placement.split import Split
from recon import Cohort, Sensor
from recon.demo import demo_cohort

LAYOUTS = 4096


def seconds(job: Callable[[], object]) -> tuple[float, float]:
    """Wall time of a job, and what it took of all processors."""
    wall, busy = time.perf_counter(), time.process_time()
    job()
    return time.perf_counter() - wall, time.process_time() - busy


def main(
    cohort: Annotated[Path | None, typer.Option(help="Default: the demo cohort.")] = None,
    margin_mm: Annotated[float, typer.Option(help="0: every pixel of the insole.")] = 0,
    threads: Annotated[int, typer.Option()] = 1,
    components: Annotated[int | None, typer.Option(help="Of the targets; default all.")] = None,
) -> None:
    people = demo_cohort() if cohort is None else Cohort.load(cohort)
    split = Split.of(people, Settings())
    sites = candidate_sites(split.pixels, people.grid, margin_mm)
    frames = np.prod(split.people.pressure.shape[:2])
    print(
        f"{len(split.people.subjects)} people, {frames} frames, {len(split.folds)} folds, "
        f"{split.pixels.sum()} pixels, {len(sites)} sites, {threads} threads"
    )
    made: list[LinearScorer] = []

    def make() -> None:
        arguments = (split.people, sites, Sensor(), split.folds, split.pixels)
        made.append(LinearScorer(*arguments, components=components, threads=threads))

    wall, busy = seconds(make)
    print(f"setting up: {wall:.1f} s, {busy:.1f} s of processor")
    scorer = made[0]
    rng = np.random.default_rng(0)
    for count in (1, 2, 4, 8, 16):
        layouts = rng.random((LAYOUTS, len(sites))).argpartition(count, axis=1)[:, :count]
        wall, busy = seconds(lambda layouts=layouts: scorer.errors(layouts))
        speeds = f"{LAYOUTS / wall:,.0f} a second, {LAYOUTS / busy:,.0f} a second of processor"
        print(f"layouts of {count:2d} sensors: {speeds}")
    wall, busy = seconds(lambda: exhaustive(scorer.relative, np.arange(len(sites)), 2))
    pairs = len(sites) * (len(sites) - 1) // 2
    print(f"all {pairs:,} pairs: {wall:.1f} s, {busy:.1f} s of processor")
    print(f"memory at most: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    if (load := Path("/proc/loadavg")).exists():
        print(f"load of the machine: {load.read_text().split()[0]}")


if __name__ == "__main__":
    typer.run(main)
