"""Scores as Markdown tables."""

from collections.abc import Iterable, Mapping

import numpy as np
from localisation import SHARES

from recon import gait
from recon.resampling import interval_over_people
from recon.validate import Score

FORMS = {"nrmse": ".4f", "vgrf_accuracy": ".1f", "peak_accuracy": ".1f", "cop_error_cm": ".2f"}
HEADS = ["map NRMSE", "vGRF accuracy %", "peak accuracy %", "CoP error cm"]
WANG = {"published 2": ["", "95.5", "98.9", "1.3"], "published 16": ["", "97.1", "98.2", "0.8"]}
"""Wang et al., J Biomech 2026: 35 people of their own, 5 folds."""

PAIRS = [
    ("study, feature fusion", "study, landmarks only"),
    ("study, feature fusion", "study, geometry only"),
    ("study, feature fusion", "study, data fusion"),
    ("study, feature fusion", "linear"),
    ("our U-Net", "study, feature fusion"),
    ("kernel + mode network", "study, feature fusion"),
    ("kernel + mode network", "kernel + mode network, no scan"),
    ("kernel + mode network, mass known", "kernel + mode network"),
]
"""Whose difference is taken person by person."""

Scores = Mapping[tuple[str, str], Score]
"""By model and layout; the layout of a model that reads no landmark is "none"."""


def accuracy(scores: Scores, seconds: Mapping[tuple[str, str], float]) -> str:
    """Every model with every layout, the published figures below each layout."""
    rows = []
    for layout in dict.fromkeys(layout for _, layout in scores):
        for (model, of), score in scores.items():
            if of == layout:
                cells = [_cell(score, metric) for metric in gait.METRICS]
                rows.append([layout, model, *cells, f"{seconds[model, layout]:.0f}"])
        if layout in WANG:
            rows.append([layout, "*Wang et al. 2026*", *WANG[layout], ""])
    return _table(["landmarks", "model", *HEADS, "s a fold"], rows)


def differences(scores: Scores) -> str:
    """Pairs of models on the same people."""
    rows = []
    for layout in dict.fromkeys(layout for _, layout in scores):
        for ours, theirs in PAIRS:
            one = scores.get((ours, layout))
            other = scores.get((theirs, layout), scores.get((theirs, "none")))
            if one is not None and other is not None:
                cells = [_paired(one, other, metric) for metric in gait.METRICS]
                rows.append([layout, f"{ours} − {theirs}", *cells])
    return _table(["landmarks", "paired difference", *HEADS], rows)


def squares(scores: Scores) -> str:
    """What lies within the 4 x 4 cm squares about the landmarks."""
    rows = []
    for (model, layout), score in scores.items():
        shares = [_percent(score, key, ".0f") for key in SHARES]
        rows.append([layout, model, *shares, *(_percent(score, k) for k in ("inside", "outside"))])
    heads = [f"{name} inside, %" for name in SHARES]
    return _table(
        ["landmarks", "model", *heads, "error inside, % of peak", "error outside, % of peak"], rows
    )


def splits(scores: Mapping[tuple[str, str, str], Score]) -> str:
    """By layout, model and what folds keep together."""
    rows = []
    for layout in WANG:
        for (of, model, split), score in scores.items():
            if of == layout:
                cells = [_cell(score, metric) for metric in gait.METRICS]
                rows.append([layout, model, split, *cells])
        rows.append([layout, "*Wang et al. 2026*", "not stated", *WANG[layout]])
    return _table(["landmarks", "model", "kept together", *HEADS], rows)


def _cell(score: Score, metric: str) -> str:
    low, high = score.interval(metric)
    form = FORMS[metric]
    return f"{score.mean(metric):{form}} ({low:{form}}–{high:{form}})"


def _percent(score: Score, key: str, form: str = ".1f") -> str:
    low, high = (100 * bound for bound in score.interval(key))
    mean = f"{100 * score.mean(key):{form}}"
    return mean if np.isclose(low, high) else f"{mean} ({low:{form}}–{high:{form}})"


def _paired(ours: Score, theirs: Score, metric: str) -> str:
    """Mean difference over people and its 95 % bootstrap interval."""
    gap = np.subtract(ours.values[metric], theirs.values[metric])
    low, high = interval_over_people(lambda drawn: gap[drawn].mean(axis=-1), len(gap))
    form = "+" + FORMS[metric]
    return f"{gap.mean():{form}} ({low:{form}} to {high:{form}})"


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    heads = list(heads)
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"
