"""How fast the network trains and predicts on a CPU. See README.md."""

import os
import time
from collections.abc import Callable
from typing import Annotated

import numpy as np
import torch
import typer

from recon import Cohort, FootGrid, Layout, Sample
from recon.ensemble import Ensemble
from recon.kernel import Kernel
from recon.live import Wearer
from recon.modes import ModeNetwork
from recon.reconstructor import Reconstructor
from recon.unet import UNetReconstructor

FRAMES = 1000
LAYOUT = Layout(((0.12, 0.38), (0.69, 0.58), (0.75, 0.2), (0.9, 0.2)))


def noise(geometry: bool) -> Cohort:
    """Speed does not depend on what the maps show: 6 people, both feet, 20 frames each."""
    rng = np.random.default_rng(0)
    grid = FootGrid()
    return Cohort(
        tuple(
            Sample(
                f"p{person}",
                side,
                "0",
                rng.uniform(0, 100, (20, *grid.shape)).astype(np.float32),
                (5.0, 5.0),
                0.7,
                "kPa",
                rng.random(grid.shape).astype(np.float32) if geometry else None,
            )
            for person in range(6)
            for side in ("left", "right")
        ),
        grid,
    )


def median(job: Callable[[], object], times: int) -> tuple[float, float]:
    """Median and least of the seconds that a job takes."""
    job()
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        job()
        seconds.append(time.perf_counter() - start)
    return float(np.median(seconds)), min(seconds)


def measure(size: str, geometry: bool, threads: int) -> None:
    torch.set_num_threads(threads)
    cohort = noise(geometry)
    few, many = (UNetReconstructor(size, steps=steps) for steps in (5, 45))
    short, long = (median(lambda model=model: model.fit(cohort), 3)[0] for model in (few, many))
    # The difference leaves out what comes before the first step.
    print(f"  training: {1e3 * (long - short) / 40 / many.batch:.2f} ms a sample")
    predicting(few, None if cohort.geometry is None else cohort.geometry)


def predicting(model: Reconstructor, feet: np.ndarray | None) -> None:
    """One frame and many, of one foot and of all."""
    read = np.random.default_rng(1).uniform(0, 100, (FRAMES, len(LAYOUT)))
    foot = None if feet is None else feet[0]
    wearer = Wearer(model, LAYOUT, foot)
    for name, job in (
        ("predict", lambda: model.predict(read[:1], LAYOUT, foot)),
        ("Wearer.predict", lambda: wearer.predict(read[0])),
    ):
        middle, least = median(job, 100)
        print(f"  one frame, {name}: {1e3 * middle:.2f} ms, least {1e3 * least:.2f} ms")
    batches = {"of one foot": foot}
    if feet is not None:
        batches["of twelve feet"] = np.repeat(feet, FRAMES // len(feet) + 1, axis=0)[:FRAMES]
    for name, images in batches.items():
        middle, least = median(lambda images=images: model.predict(read, LAYOUT, images), 9)
        speeds = f"{FRAMES / middle:.0f} a second, most {FRAMES / least:.0f}"
        print(f"  {FRAMES} frames {name}: {speeds}")


def others(threads: int) -> None:
    """The kernel, and its ensemble with mode networks."""
    torch.set_num_threads(threads)
    cohort = noise(geometry=True)
    for name, model in {
        "kernel": Kernel(),
        "kernel + mode network": Ensemble([Kernel(), ModeNetwork()]),
    }.items():
        start = time.perf_counter()
        model.fit(cohort, LAYOUT)
        print(f"{name}, {threads} threads: fitted in {time.perf_counter() - start:.2f} s")
        predicting(model, cohort.geometry)


def main(
    size: Annotated[str, typer.Option(help="light or full")] = "light",
    threads: Annotated[list[int] | None, typer.Option(help="of torch, one run each")] = None,
) -> None:
    for count in threads or [1, 2]:
        for geometry in (False, True):
            print(f"{size}, {count} threads, {'with' if geometry else 'no'} geometry")
            measure(size, geometry, count)
        others(count)
    if hasattr(os, "getloadavg"):
        print(f"load of the machine: {os.getloadavg()[0]:.2f}")


if __name__ == "__main__":
    typer.run(main)
