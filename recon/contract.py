"""Does a reconstructor of one's own keep the contract of `recon.reconstructor`?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from recon.cohort import Cohort, Sample
from recon.grid import FootGrid
from recon.layout import Layout, readings
from recon.reconstructor import Reconstructor

LAYOUT = Layout(((0.15, 0.5), (0.7, 0.3), (0.8, 0.7)))
"""What is fitted and asked for."""

TOLERANCE = 1e-4
"""Of the highest pressure: differences that rounding explains."""

Maps = NDArray[np.float32]


def check_reconstructor(make: Callable[[], Reconstructor], cohort: Cohort | None = None) -> None:
    """Fit fresh reconstructors three times and try all that the search and a live loop rely on.

    Args:
        make: a fresh, unfitted reconstructor, the same each time.
        cohort: what to fit on; by default a tiny one with geometry.

    Raises:
        AssertionError: the first promise that is not kept, in words.
    """
    cohort = tiny_cohort() if cohort is None else cohort
    before = cohort.pressure.copy()
    model = make()
    _require(
        not getattr(model, "memory", False),
        "what looks back within a stance (memory) is not covered: here frames stand alone",
    )
    read, geometry = _frames(cohort)
    _check_refusal(model, read, geometry, "predict before fit", "check_fitted")
    _require(model.fit(cohort, LAYOUT) is model, "fit must return self")
    _require(np.array_equal(cohort.pressure, before), "fit changed the pressures of the cohort")
    _check_refusals(model, read, geometry)
    maps = _check_maps(model, cohort, read, geometry)
    _check_what_devices_give(model, read, geometry, maps)
    _check_frames_stand_alone(model, read, geometry, maps)
    again = make().fit(cohort, LAYOUT).predict(read, LAYOUT, geometry)
    _require(_close(again, maps), "two fits on the same cohort differ; seed what is random")
    # A power of two, so that not even rounding differs.
    scaled = make().fit(_times(cohort, 8), LAYOUT).predict(8 * read, LAYOUT, geometry)
    _require(
        _close(scaled / np.float32(8), maps),
        "with pressures and readings in another unit (all times 8) maps must be 8 times as high; "
        "scale by what fit saw, not by a constant",
    )


def _check_refusals(model: Reconstructor, read: Maps, geometry: Maps | None) -> None:
    spoilt = {"NaN": np.nan, "infinity": np.inf}
    wrong = {name: np.where(np.eye(*read.shape) > 0, bad, read) for name, bad in spoilt.items()}
    wrong["one column too few"] = read[:, :-1]
    wrong["one axis only"] = read[0]
    for name, bad_readings in wrong.items():
        _check_refusal(model, bad_readings, geometry, f"readings with {name}", "check_readings")


def _check_refusal(
    model: Reconstructor, read: Maps, geometry: Maps | None, what: str, check: str
) -> None:
    advice = f"call recon.reconstructor.{check} first"
    try:
        model.predict(read, LAYOUT, geometry)
    except ValueError:
        return
    except Exception as error:
        raise AssertionError(
            f"{what} must raise ValueError, not {type(error).__name__}: {advice}"
        ) from error
    raise AssertionError(f"{what} must raise ValueError: {advice}")


def _check_what_devices_give(
    model: Reconstructor, read: Maps, geometry: Maps | None, maps: Maps
) -> None:
    advice = "go on with what recon.reconstructor.check_readings returns"
    _require(
        _close(model.predict(read.tolist(), LAYOUT, geometry), maps),
        f"readings as lists must count like arrays: {advice}",
    )
    noisy = np.where(read < np.median(read), -read, read)
    expected = model.predict(np.maximum(noisy, 0), LAYOUT, geometry)
    _require(
        _close(model.predict(noisy, LAYOUT, geometry), expected, maps),
        f"readings below 0, an unloaded sensor's noise, must count as 0: {advice}",
    )


def _check_maps(model: Reconstructor, cohort: Cohort, read: Maps, geometry: Maps | None) -> Maps:
    own_read, own_geometry = read.copy(), None if geometry is None else geometry.copy()
    maps = model.predict(own_read, LAYOUT, own_geometry)
    _require(np.array_equal(own_read, read), "predict changed the readings that it was given")
    if geometry is not None and own_geometry is not None:
        same = np.array_equal(own_geometry, geometry)
        _require(same, "predict changed the geometry that it was given")
    _require(isinstance(maps, np.ndarray), f"maps must be a NumPy array, got {type(maps)}")
    expected = (len(read), *cohort.grid.shape)
    _require(maps.shape == expected, f"maps must be {expected}, got {maps.shape}")
    _require(maps.dtype == np.float32, f"maps must be float32, got {maps.dtype}")
    _require(bool(np.isfinite(maps).all()), "maps contain NaN or infinity")
    _require(maps.min() >= 0, f"pressures must be >= 0, got {maps.min():.3g}; cut maps at 0")
    ratio = float(maps.mean() / cohort.pressure.mean())
    _require(
        1 / 3 < ratio < 3,
        f"maps carry {ratio:.3g} times the load of the people that were fitted; are they in the "
        "units of the readings?",
    )
    kept = maps.copy()
    again = model.predict(read, LAYOUT, geometry)
    _require(
        _close(again, kept) and np.array_equal(maps, kept),
        "predict twice gives two answers; is dropout still on, or an output buffer reused?",
    )
    return kept


def _check_frames_stand_alone(
    model: Reconstructor, read: Maps, geometry: Maps | None, maps: Maps
) -> None:
    text = "a frame's map depends on the other frames given with it; is a BatchNorm in train mode?"
    turned = model.predict(read[::-1], LAYOUT, None if geometry is None else geometry[::-1])
    _require(_close(turned[::-1], maps), text)
    for i in (0, len(read) // 2):
        alone = None if geometry is None else geometry[i : i + 1]
        _require(_close(model.predict(read[i : i + 1], LAYOUT, alone)[0], maps[i], maps), text)
    if geometry is not None:
        repeated = np.repeat(geometry[:1], len(read), axis=0)
        one_foot = model.predict(read, LAYOUT, geometry[0])
        _require(
            _close(one_foot, model.predict(read, LAYOUT, repeated)),
            "a geometry (rows, columns) must count for all frames",
        )


def tiny_cohort(people: int = 4, frames: int = 8, seed: int = 0) -> Cohort:
    """Three blobs of load, one after the other, on feet whose geometry tells where they are."""
    rng = np.random.default_rng(seed)
    grid = FootGrid((16, 8), 5.0, (70.0, 30.0))
    times = (np.arange(frames) + 0.5) / frames
    samples = []
    for person in range(people):
        strength = rng.uniform(50, 150, 3)
        place = np.array([[0.2, 0.5], [0.7, 0.3], [0.75, 0.8]]) + rng.normal(0, 0.03, (3, 2))
        gap = (grid.centres()[None] - place[:, None, None]) / [0.15, 0.25]
        blobs = np.exp(-(gap**2).sum(axis=-1))
        for step in range(2):
            course = np.exp(-((times[:, None] - [0.2, 0.6, 0.75]) ** 2) / 0.05)
            course = course * strength * rng.uniform(0.8, 1.2, 3)
            pressure = np.einsum("tk,kij->tij", course, blobs).astype(np.float32)
            geometry = blobs.max(axis=0).astype(np.float32)
            samples.append(
                Sample(f"p{person}", "right", str(step), pressure, (5.0, 5.0), 0.7, "kPa", geometry)
            )
    return Cohort(tuple(samples), grid, {"kind": "simulated"})


def _frames(cohort: Cohort) -> tuple[Maps, Maps | None]:
    """Readings of at most 64 frames, and each one's geometry."""
    length = cohort.pressure.shape[1]
    read = readings(cohort.pressure, LAYOUT, cohort.grid).reshape(-1, len(LAYOUT))
    chosen = np.unique(np.linspace(0, len(read) - 1, 64).astype(int))
    geometry = None if cohort.geometry is None else cohort.geometry[chosen // length]
    return read[chosen], geometry


def _times(cohort: Cohort, factor: float) -> Cohort:
    samples = tuple(replace(s, pressure=s.pressure * np.float32(factor)) for s in cohort.samples)
    return Cohort(samples, cohort.grid, cohort.provenance)


def _close(found: Maps, expected: Maps, scale: Maps | None = None) -> bool:
    peak = float((expected if scale is None else scale).max())
    return found.shape == expected.shape and bool(
        np.abs(found - expected).max() <= TOLERANCE * peak
    )


def _require(kept: bool, text: str) -> None:
    if not kept:
        raise AssertionError(text)
