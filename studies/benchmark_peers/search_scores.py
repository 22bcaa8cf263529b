"""Protocol A: each method knows everybody; its sets under the linear score that ours minimises."""

import time
from pathlib import Path

import numpy as np
import pandas as pd
from keep import kept
from methods import METHODS
from pymoo.indicators.hv import HV
from task import Task

REFERENCE = (17, 1)
"""Sensors and relative error that the hypervolume is measured from: worse than any layout's."""


def measure(task: Task, name: str, counts: tuple[int, ...]) -> list[dict]:
    """One row for each count that the method serves."""
    start, before = time.perf_counter(), task.evaluations
    sets = METHODS[name](task, counts)
    spent, scored = time.perf_counter() - start, task.evaluations - before
    rows = []
    for count, sites in sets.items():
        nrmse, force, cop = task.scorer.errors(np.array([sites]))[0]
        rows.append(
            {
                "method": name,
                "sensors": count,
                "relative": float(task.scorer.relative(np.array([sites]))[0]),
                "nrmse": float(nrmse),
                "vgrf": 100 - float(force),
                "cop": float(cop),
                "seconds": spent,
                "evaluations": scored,
                "sites": list(map(int, sites)),
            }
        )
    return rows


def search_scores(
    task: Task, methods: list[str], counts: tuple[int, ...], out: Path
) -> pd.DataFrame:
    """Rows of all methods; those of earlier runs are read from OUT."""
    rows = []
    for name in methods:
        rows += kept(out / f"search {name}.json", lambda name=name: measure(task, name, counts))
        print(f"searched: {name}", flush=True)
    return pd.DataFrame(rows)


def summary(frame: pd.DataFrame) -> pd.DataFrame:
    """Wall time, layouts scored and hypervolume of each method, over all counts."""
    found = []
    for name, rows in frame.groupby("method", sort=False):
        points = rows[["sensors", "relative"]].to_numpy(float) / REFERENCE
        found.append(
            {
                "method": name,
                "seconds": rows["seconds"].iloc[0],
                "layouts scored": int(rows["evaluations"].iloc[0]),
                "hypervolume": float(HV(ref_point=np.ones(2))(points)),
            }
        )
    return pd.DataFrame(found).set_index("method")
