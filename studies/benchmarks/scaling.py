"""How the cost of the linear score grows with sites, sensors, frames and people. See README.md.

One is changed at a time from 28 people of the demo cohort, 538 sites and four sensors; seconds of
processor time on one thread.
"""

import time
from collections.abc import Callable
from dataclasses import fields, replace
from typing import TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from placement.reconstructors import reconstructor
from placement.scoring import LinearScorer
from placement.settings import Settings
from placement.sites import candidate_sites
from placement.split import Split
from recon import PUBLISHED, Cohort, Layout, Sensor
from recon.demo import demo_cohort
from recon.validate import make_folds

T = TypeVar("T")


def busy(job: Callable[[], T]) -> tuple[T, float]:
    start = time.process_time()
    result = job()
    return result, time.process_time() - start


def measured(what: str, people: Cohort, sites: NDArray, outline: NDArray, sensors: int) -> None:
    """Print one row."""
    folds = make_folds(people.subjects, 5, 0)
    scorer, setup = busy(lambda: LinearScorer(people, sites, Sensor(), folds, outline))
    layouts = np.random.default_rng(0).random((1024, len(sites))).argpartition(sensors, axis=1)
    _, spent = busy(lambda: scorer.errors(layouts[:, :sensors]))
    parts = [getattr(fold, x.name) for fold in scorer._folds for x in fields(fold)]
    megabytes = sum(part.nbytes for part in parts if isinstance(part, np.ndarray)) / 1e6
    frames = np.prod(people.pressure.shape[:2])
    print(
        f"| {what} | {len(sites)} | {sensors} | {frames:,} | {len(people.subjects)} | "
        f"{setup:.1f} | {megabytes:,.0f} | {1024 / spent:,.0f} |",
        flush=True,
    )


def fitted(people: Cohort, sensors: int) -> None:
    """Print a row of what one fit of each reconstructor takes."""
    layout = Layout(PUBLISHED["published 16"].sites[:sensors])
    found = [
        busy(lambda name=name: reconstructor(name, Settings()).fit(people, layout))[1]
        for name in ("kernel", "ensemble")
    ]
    cells = " | ".join(f"{seconds:.1f}" for seconds in found)
    frames = np.prod(people.pressure.shape[:2])
    print(f"| {sensors} | {frames:,} | {len(people.subjects)} | {cells} |", flush=True)


def finer(sites: NDArray, count: int) -> NDArray:
    """So many sites, the given ones moved a little again and again."""
    rng = np.random.default_rng(0)
    picked = sites[rng.permutation(np.arange(count) % len(sites))]
    return np.clip(picked + rng.normal(0, 0.005, picked.shape), 0.01, 0.99)


def copies(people: Cohort, times: int) -> Cohort:
    """So many times as many people; the copies walk alike."""
    samples = [
        replace(sample, subject=f"{sample.subject}-{i}")
        for i in range(times)
        for sample in people.samples
    ]
    return replace(people, samples=tuple(samples))


def thinned(people: Cohort, step: int) -> Cohort:
    samples = [replace(x, pressure=x.pressure[::step]) for x in people.samples]
    return replace(people, samples=tuple(samples))


def main() -> None:
    split = Split.of(demo_cohort(), Settings())
    people, outline = split.people, split.pixels
    sites = candidate_sites(outline, people.grid)
    print("| changed | sites | sensors | frames | people | set up, s | moments, MB | layouts/s |")
    print("|---|---|---|---|---|---|---|---|")
    measured("nothing", people, sites, outline, 4)
    for count in (125, 250, 1000, 2000):
        chosen = (
            sites[:: len(sites) // count][:count] if count < len(sites) else finer(sites, count)
        )
        measured("sites", people, chosen, outline, 4)
    for sensors in (1, 2, 8, 16):
        measured("sensors", people, sites, outline, sensors)
    for step in (4, 2):
        measured("frames", thinned(people, step), sites, outline, 4)
    for some in (7, 14):
        measured("people", people.subset(people.subjects[:some]), sites, outline, 4)
    for times in (2, 4):
        measured("people", copies(people, times), sites, outline, 4)
    print("\n| sensors | frames | people | kernel, s | ensemble, s |\n|---|---|---|---|---|")
    torch.set_num_threads(1)
    for some, sensors in ((people.subset(people.subjects[:7]), 4), (people, 4), (people, 16)):
        fitted(some, sensors)
    fitted(copies(people, 4), 4)


if __name__ == "__main__":
    main()
