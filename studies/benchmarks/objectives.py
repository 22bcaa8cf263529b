"""How many layouts of four sensors a second each objective takes, on one thread. See README.md."""

import time

import numpy as np

from placement.basis import Assumptions, Basis
from placement.objectives import OBJECTIVES, measured
from placement.settings import Settings
from placement.sites import candidate_sites
from placement.split import Split
from recon import Sensor
from recon.demo import demo_cohort

SENSORS = 4
LAYOUTS = {"peak": 64, "shift": 64}


def main() -> None:
    split = Split.of(demo_cohort(), Settings())
    sites = candidate_sites(split.pixels, split.people.grid)
    assumed = Assumptions(wire_price=0.1)
    basis = Basis(split.people, sites, Sensor(), split.folds, split.pixels, assumed)
    rng = np.random.default_rng(0)
    print("| objective | layouts a second | set up, s |\n|---|---|---|")
    for name, objective in OBJECTIVES.items():
        count = LAYOUTS.get(name, 1024)
        sets = rng.random((count + 1, len(sites))).argpartition(SENSORS, axis=1)[:, :SENSORS]
        start = time.process_time()
        score = measured([objective], basis)
        score(sets[:1])
        ready = time.process_time()
        score(sets[1:])
        speed = count / max(time.process_time() - ready, 1e-9)
        print(f"| {name} | {speed:,.0f} | {ready - start:.1f} |", flush=True)


if __name__ == "__main__":
    main()
