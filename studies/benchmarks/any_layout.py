"""How fast the network for any layout trains its folds and then scores layouts. See README.md.

On a CPU, processes of one thread each; on a GPU, one process.
"""

import time
from typing import Annotated

import numpy as np
import torch
import typer
from joblib import Parallel, delayed, parallel_config

from placement.networks import Task, fold_tasks
from recon import Cohort, Layout, Sensor, readings
from recon.demo import demo_cohort
from recon.descent import torch_device
from recon.footprint import insole_pixels
from recon.unet import UNetReconstructor
from recon.validate import make_folds

FRAMES = 1000


def trained(task: Task, size: str, device: str) -> UNetReconstructor:
    torch.set_num_threads(1)
    return UNetReconstructor(size, device=device).fit(task.train, sensor=Sensor())


def layouts(cohort: Cohort, count: int) -> list[Layout]:
    """Random ones of four sensors."""
    rng = np.random.default_rng(0)
    sites = cohort.grid.uv(np.argwhere(insole_pixels(cohort)))
    return [Layout(tuple(map(tuple, rng.choice(sites, 4, replace=False)))) for _ in range(count)]


def scoring(model: UNetReconstructor, cohort: Cohort, some: list[Layout]) -> None:
    """Reconstruct the same frames from each layout; what a layout needs first is counted in."""
    torch.set_num_threads(1)
    frames = cohort.pressure.reshape(-1, *cohort.grid.shape)[:FRAMES]
    feet = None
    if cohort.geometry is not None:
        feet = np.repeat(cohort.geometry, cohort.pressure.shape[1], axis=0)[:FRAMES]
    for layout in some:
        model.predict(readings(frames, layout, cohort.grid), layout, feet)


def main(
    size: Annotated[str, typer.Option(help="light or full")] = "light",
    device: Annotated[str, typer.Option(help="cpu, cuda or auto")] = "auto",
    jobs: Annotated[int, typer.Option(min=1, help="Processes, on a CPU.")] = 2,
    count: Annotated[int, typer.Option(min=1, help="Layouts that each process scores.")] = 20,
) -> None:
    on = torch_device(device)
    jobs = jobs if on == "cpu" else 1
    cohort = demo_cohort()
    tasks = fold_tasks(cohort, make_folds(cohort.subjects, 5, 0), insole_pixels(cohort))
    with parallel_config("loky", inner_max_num_threads=1):
        parallel = Parallel(n_jobs=jobs, max_nbytes=None)
        parallel(delayed(time.sleep)(0.1) for _ in range(jobs))  # processes start
        start = time.perf_counter()
        models = parallel(delayed(trained)(task, size, device) for task in tasks)
        spent = time.perf_counter() - start
        samples = len(tasks) * models[0].steps * models[0].batch
        print(f"{size} on {on}, {jobs} processes: 5 folds trained in {spent:.0f} s, ", end="")
        print(f"{samples / spent:.0f} samples a second")
        for some in (layouts(cohort, 2), layouts(cohort, count)):  # the first to warm up
            start = time.perf_counter()
            parallel(delayed(scoring)(models[0], cohort, some) for _ in range(jobs))
            rate = jobs * len(some) / (time.perf_counter() - start)
    print(f"{rate:.1f} layouts of 4 sensors a second over {FRAMES} frames, ", end="")
    print(f"{FRAMES * rate:.0f} frames a second")


if __name__ == "__main__":
    typer.run(main)
