"""What is compared between recorded and simulated people: plain functions of a cohort."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from recon import PUBLISHED, Cohort, FootGrid, Layout, Linear, gait
from recon.footprint import insole_pixels, mean_peak
from recon.validate import cross_validate, score

Floats = NDArray[np.float64]

COMPONENTS = (1, 2, 4, 8, 16)
LOADED = 0.02  # of a stance's peak: where there is contact


def regions(grid: FootGrid) -> dict[str, NDArray[np.bool_]]:
    """Pixels of heel, midfoot, forefoot, hallux and lesser toes."""
    u, v = np.moveaxis(grid.centres(), -1, 0)
    toes = u > np.interp(v, [0, 0.25, 0.5, 0.75, 1], [0.80, 0.83, 0.82, 0.78, 0.70])
    return {
        "heel": u < 0.33,
        "midfoot": (u >= 0.33) & (u < 0.55),
        "forefoot": (u >= 0.55) & ~toes,
        "hallux": toes & (v < 0.38),
        "lesser toes": toes & (v >= 0.38),
    }


def cumulative_variance(cohort: Cohort) -> Floats:
    """Share of the variance of all frames, as they are, about their mean, in the first components.

    Frames of all people are pooled; only a common factor would cancel, and none is applied.
    """
    frames = cohort.pressure.reshape(-1, np.prod(cohort.grid.shape)).astype(float)
    frames -= frames.mean(axis=0)
    variance = np.linalg.eigvalsh(frames.T @ frames)[::-1]
    return np.cumsum(variance)[np.array(COMPONENTS) - 1] / variance.sum()


def peak_maps(cohort: Cohort) -> Floats:
    """(people, rows, columns): each person's mean over stances of the maximum over time."""
    peaks = cohort.pressure.max(axis=1)
    people = range(len(cohort.subjects))
    return np.array([peaks[cohort.subject_index == i].mean(axis=0) for i in people])


def between_people(cohort: Cohort) -> tuple[float, float]:
    """Mean and lowest correlation of two people's mean peak maps."""
    maps = peak_maps(cohort)
    pairs = np.corrcoef(maps.reshape(len(maps), -1))[np.triu_indices(len(maps), 1)]
    return float(pairs.mean()), float(pairs.min())


def within_foot(cohort: Cohort) -> float:
    """Mean correlation of the peak maps of two steps of one foot."""
    feet = [(s.subject, s.side) for s in cohort.samples]
    peaks = cohort.pressure.max(axis=1).reshape(len(feet), -1)
    found = []
    for foot in sorted(set(feet)):
        mine = peaks[[other == foot for other in feet]]
        found.append(np.corrcoef(mine)[np.triu_indices(len(mine), 1)].mean())
    return float(np.mean(found))


def impulse_shares(cohort: Cohort) -> dict[str, float]:
    """Share of the impulse that each region carries, mean over stances."""
    whole = gait.total_load(cohort.pressure).sum(axis=-1)
    return {
        name: float(np.mean(gait.total_load(cohort.pressure * mask).sum(axis=-1) / whole))
        for name, mask in regions(cohort.grid).items()
    }


def regional_peaks(cohort: Cohort) -> dict[str, Floats]:
    """(stances,) highest pressure in each region."""
    return {
        name: cohort.pressure[..., mask].max(axis=(1, 2))
        for name, mask in regions(cohort.grid).items()
    }


def humps(cohort: Cohort) -> Floats:
    """(stances, 3): first hump, valley and second hump of the force over its stance mean."""
    load = gait.total_load(cohort.pressure)
    load /= load.mean(axis=1, keepdims=True)
    half = load.shape[1] // 2
    first, second = load[:, :half].argmax(axis=1), half + load[:, half:].argmax(axis=1)
    valley = [row[a : b + 1].min() for row, a, b in zip(load, first, second, strict=True)]
    index = np.arange(len(load))
    return np.column_stack([load[index, first], valley, load[index, second]])


def cop_path(cohort: Cohort, shares: tuple[float, ...] = (0.1, 0.25, 0.5, 0.75, 0.9)) -> Floats:
    """(len(shares), 2): mean u, v of the centre of pressure at shares of the stance."""
    mm = gait.centre_of_pressure(cohort.pressure, cohort.mm_per_pixel)
    rows = cohort.grid.shape[0]
    column = mm[..., 0] / cohort.mm_per_pixel[:, None, 1] - 0.5
    row = rows - mm[..., 1] / cohort.mm_per_pixel[:, None, 0] - 0.5
    uv = cohort.grid.uv(np.stack([row, column], axis=-1)).mean(axis=0)
    time = (np.arange(len(uv)) + 0.5) / len(uv)
    return np.column_stack([np.interp(shares, time, uv[:, i]) for i in range(2)])


def cop_speed(cohort: Cohort) -> float:
    """Mean speed of the centre of pressure along the foot, in footprint lengths a stance."""
    mm = gait.centre_of_pressure(cohort.pressure, cohort.mm_per_pixel)[..., 1]
    length = cohort.mm_per_pixel[:, 0] / cohort.grid.pitch_mm * cohort.grid.foot_mm[0]
    frames = mm.shape[1]
    return float(np.mean((mm[:, -1] - mm[:, 0]) / length * frames / (frames - 1)))


def contact_area(cohort: Cohort) -> tuple[float, float]:
    """Area ever loaded: cm2, and as a share of the footprint's box; means over stances."""
    peak = cohort.pressure.max(axis=1)
    pixels = (peak > LOADED * peak.max(axis=(1, 2), keepdims=True)).sum(axis=(1, 2))
    area = pixels * np.prod(cohort.mm_per_pixel, axis=1) / 100
    box = np.prod(cohort.grid.foot_mm) / cohort.grid.pitch_mm**2
    return float(area.mean()), float(np.mean(pixels / box))


def transfer(simulated: Cohort, real: Cohort, seed: int = 0) -> dict[str, tuple[float, float]]:
    """NRMSE on real people of `Linear` trained on simulated people, and on other real people.

    Each cohort is divided by its mean pressure, since the scale of the recordings is unknown.
    Layouts: the published ones and four at random. Only the mean pressure of the real people is
    used beside their own readings.
    """
    source, target = _unit_mean(simulated), _unit_mean(real)
    pixels = insole_pixels(target)
    sites = target.grid.centres()[pixels]
    rng = np.random.default_rng(seed)
    layouts = dict(PUBLISHED)
    for count in (2, 4, 4, 8):
        chosen = sites[rng.choice(len(sites), count, replace=False)]
        layouts[f"random {count} ({len(layouts) - 1})"] = Layout(tuple(map(tuple, chosen)))
    folds = tuple((name,) for name in target.subjects)
    own = cross_validate(Linear, target, list(layouts.values()), folds, pixels)
    model = Linear().fit(source)
    return {
        name: (score(model, target, layout, pixels).mean("nrmse"), other.mean("nrmse"))
        for (name, layout), other in zip(layouts.items(), own, strict=True)
    }


def template_correlation(cohort: Cohort, left: Path, right: Path) -> float:
    """Correlation of the mean peak map with a template (heel at the top), box laid on box."""
    both = [np.loadtxt(right, delimiter=","), np.loadtxt(left, delimiter=",")[:, ::-1]]
    grid = cohort.grid
    u, v = np.moveaxis(grid.centres(), -1, 0)
    laid = []
    for one in both:
        rows = np.flatnonzero((one > LOADED * one.max()).any(axis=1))
        columns = np.flatnonzero((one > LOADED * one.max()).any(axis=0))
        row = rows[0] - 0.5 + u * (np.ptp(rows) + 1)
        column = columns[0] - 0.5 + v * (np.ptp(columns) + 1)
        laid.append(ndimage.map_coordinates(one, [row, column], order=1))
    return float(np.corrcoef(mean_peak(cohort).ravel(), np.mean(laid, axis=0).ravel())[0, 1])


def duration_slope(speed: Mapping[tuple[str, str], float], cohort: Cohort) -> Floats:
    """Stance in s at 1.25 m/s, and its change for each m/s, by a straight line.

    Args:
        speed: m/s of (subject, trial).
    """
    known = [s for s in cohort.samples if (s.subject, s.trial) in speed]
    fast = np.array([speed[s.subject, s.trial] for s in known])
    slope, level = np.polyfit(fast - 1.25, [s.stance_s for s in known], 1)
    return np.array([level, slope])


def _unit_mean(cohort: Cohort) -> Cohort:
    scale = float(cohort.pressure.mean(dtype=np.float64))
    samples = (
        replace(s, pressure=s.pressure / np.float32(scale), geometry=None, units="arbitrary")
        for s in cohort.samples
    )
    return replace(cohort, samples=tuple(samples))
