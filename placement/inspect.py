"""What a cohort holds, in numbers: one row per foot, summed up over people for the terminal."""

from __future__ import annotations

import numpy as np
import pandas as pd

from recon import gait
from recon.cohort import Cohort

GRAVITY = 9.81

MEASURES = {
    "length_mm": "footprint length (mm)",
    "width_mm": "footprint width (mm)",
    "stance_s": "stance duration (s)",
    "peak_kpa": "peak pressure (kPa)",
    "force_n": "highest vertical force (N)",
    "force_bw": "highest vertical force (body weights)",
    "area_cm2": "contact area (cm²)",
    "cop_mm": "CoP path length (mm)",
}
"""Column of `foot_table` -> what it is, in the order of the report."""

CONTACT_KPA = 10.0
"""A pixel counts as contact area from this peak on; in arbitrary units from 2 % of the highest."""


def foot_table(cohort: Cohort) -> pd.DataFrame:
    """Means over the steps of each foot: subject, side, steps and the columns of `MEASURES`.

    Measures that the cohort cannot know are left out: forces and kPa in arbitrary units, body
    weights without masses in the provenance.
    """
    size = cohort.mm_per_pixel
    peak = cohort.pressure.max(axis=1)
    highest = peak.max(axis=(1, 2))
    kpa = cohort.units == "kPa"
    least = CONTACT_KPA if kpa else 0.02 * highest[:, None, None]
    table = pd.DataFrame(
        {
            "subject": [sample.subject for sample in cohort.samples],
            "side": [sample.side for sample in cohort.samples],
            "length_mm": size[:, 0] / cohort.grid.pitch_mm * cohort.grid.foot_mm[0],
            "width_mm": size[:, 1] / cohort.grid.pitch_mm * cohort.grid.foot_mm[1],
            "stance_s": [sample.stance_s for sample in cohort.samples],
            "area_cm2": (peak > least).sum(axis=(1, 2)) * size.prod(axis=1) / 100,
            "cop_mm": cop_path_mm(cohort),
        }
    )
    if kpa:
        table["peak_kpa"] = highest
        table["force_n"] = gait.vertical_force(cohort.pressure, size).max(axis=1)
        masses = _masses(cohort)
        if masses.notna().any():
            table["force_bw"] = table["force_n"] / (table["subject"].map(masses) * GRAVITY)
    feet = table.groupby(["subject", "side"], sort=True)
    found = feet.mean()
    found.insert(0, "steps", feet.size())
    return found.reset_index()


def summary(cohort: Cohort) -> pd.DataFrame:
    """Mean, SD, lowest and highest foot of every measure: rows named as in `MEASURES`."""
    table = foot_table(cohort)
    known = [name for name in MEASURES if name in table and table[name].notna().any()]
    found = table[["steps", *known]].agg(["mean", "std", "min", "max"]).T
    return found.rename(index={"steps": "steps a foot", **MEASURES})


def cop_path_mm(cohort: Cohort) -> np.ndarray:
    """(n,) length of the path of the centre of pressure over the loaded frames, mm."""
    load = gait.total_load(cohort.pressure)
    counts = load >= gait.LOADED_SHARE * load.max(axis=1, keepdims=True)
    path = gait.centre_of_pressure(cohort.pressure, cohort.mm_per_pixel)
    stride = np.linalg.norm(np.diff(path, axis=1), axis=-1)
    return (stride * (counts[:, 1:] & counts[:, :-1])).sum(axis=1)


def _masses(cohort: Cohort) -> pd.Series:
    subjects = cohort.provenance.get("subjects", {})
    return pd.Series(
        {name: subjects.get(name, {}).get("mass_kg", np.nan) for name in cohort.subjects},
        dtype=float,
    )
