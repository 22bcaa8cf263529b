"""What a second process and a Dask cluster of two save, on fits of kernel and mode networks.

Run it with nothing else on the machine. See docs/scaling.md.
"""

import time

from placement import networks
from placement.reconstructors import reconstructor
from placement.settings import Settings
from placement.split import Split
from placement.workers import Workers
from recon import PUBLISHED, Layout
from recon.demo import demo_cohort

LAYOUTS = {"kernel": 24, "ensemble": 2}


def main() -> None:
    from distributed import LocalCluster

    split = Split.of(demo_cohort(), Settings())
    tasks = networks.fold_tasks(split.people, split.folds, split.pixels)
    sites = PUBLISHED["published 16"].sites
    print("| fits of | workers | s | fits/s |\n|---|---|---|---|")
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster:
        several = {
            "1 process": Workers(1),
            "2 processes": Workers(2),
            "Dask, 2 workers": Workers(2, cluster.scheduler_address),
        }
        for name, count in LAYOUTS.items():
            layouts = [Layout(sites[i % 13 : i % 13 + 3 + i // 13]) for i in range(count)]
            for label, workers in several.items():
                for warm in (True, False):  # the first pass starts processes and imports torch
                    some = layouts[:1] if warm else layouts
                    start = time.perf_counter()
                    model = reconstructor(name, Settings())
                    networks.fit_and_score(tasks, some, model, workers, lambda done, total: None)
                spent = time.perf_counter() - start
                fits = len(layouts) * len(tasks)
                print(f"| {name} | {label} | {spent:.1f} | {fits / spent:.2f} |", flush=True)


if __name__ == "__main__":
    main()
