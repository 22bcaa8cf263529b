"""Small recordings in every format, written from a known truth."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from recon.readers import Track, neutral
from recon.recording import Recording, Side

PITCH_MM = (5.0, 5.0)


def truth(frames: int = 6, rows: int = 12, columns: int = 7, seed: int = 0) -> np.ndarray:
    """(T, rows, columns) of whole kPa, no two rows or columns alike, the first column empty."""
    rng = np.random.default_rng(seed)
    pressure = rng.integers(0, 400, (frames, rows, columns)) * (rng.random((rows, columns)) < 0.7)
    pressure[:, :, 0] = 0
    pressure[:, 0, 1] = 1 + np.arange(frames)
    return pressure.astype(np.float32)


def outline(rows: int, columns: int) -> np.ndarray:
    """(rows, columns) of the cells that an insole has: all but two corners."""
    cells = np.ones((rows, columns), bool)
    cells[0, -1] = cells[-1, 0] = False
    return cells


def write_tekscan(
    path: Path, pressure: np.ndarray, *, units: str = "KPa", separator: str = ",", facts: str = ""
) -> Path:
    """With the cells of `outline`."""
    _, rows, columns = pressure.shape
    cells = outline(rows, columns)
    decimal = "," if separator == ";" else "."
    lines = [
        "DATA_TYPE MOVIE",
        "VERSION Tekscan Pressure Measurement System 6.33",
        f"ROWS {rows}",
        f"COLS {columns}",
        "ROW_SPACING 5.08 mm",
        "COL_SPACING 0,254 cm",
        "SECONDS_PER_FRAME 0.032",
        *([facts] if facts else []),
        f"UNITS {units}",
        "MIRROR_ROW 0",
        "ASCII_DATA @@",
    ]
    for number, frame in enumerate(pressure, 1):
        lines += ["", f"Frame {number}"]
        for values, exist in zip(frame, cells, strict=True):
            texts = (f"{v:g}".replace(".", decimal) for v in values)
            lines.append(separator.join(t if e else "B" for t, e in zip(texts, exist, strict=True)))
    path.write_text("\r\n".join([*lines, "@@", ""]), encoding="latin-1", newline="")
    return path


def write_medilogic(path: Path, pressure: np.ndarray) -> Path:
    """On rows 32 to 43 and columns 3 to 9 of the plate, 100 Hz."""
    _, rows, columns = pressure.shape
    numbers = 64 * (31 + np.arange(rows))[:, None] + 3 + np.arange(columns)
    summary = ";".join(["0"] * pressure[0].size)
    lines = ["Sensor-Nummer;" + ";".join(map(str, numbers.ravel()))]
    lines += [f"{name};{summary}" for name in ("Minimum", "Maximum", "20%-Durchschnitt")]
    for number, frame in enumerate(pressure):
        values = ";".join(f"{v:.4g}".replace(".", ",") for v in frame.ravel())
        lines.append(f"78,{number:02d}0;{values}")
    path.write_text("\n".join(lines) + "\n")
    return path


def write_study_plate(path: Path, first: np.ndarray, second: np.ndarray) -> Path:
    """Of two feet, each (T, 64, 48): turned to lie along the 64 columns, heel at column 1."""
    lines = [f"header {number}" for number in range(1, 24)]
    for number, feet in enumerate(zip(first, second, strict=True), 1):
        lines += [f"Frame {number}", ""]
        lying = np.concatenate([foot[::-1].T for foot in feet])
        for row, values in enumerate(lying, 1):
            lines.append(f"{row} " + " ".join(str(int(v)) for v in values))
    path.write_text("\n".join(lines) + "\n")
    return path


def write_emed(
    path: Path,
    pressure: np.ndarray,
    *,
    tabs: bool = True,
    header: str = "Sensor size: 0.500 x 0.500 cm\nTime/picture: 20.00 ms",
    split: int | None = None,
    force_scale: float = 1.0,
) -> Path:
    """From row 31 and column 21 of the plate; blank where nothing is loaded.

    Args:
        tabs: between the fields; or else they are 8 characters wide.
        split: the column from which on a picture goes on on a second page.
        force_scale: of the printed forces, to make them wrong.
    """
    page = 0
    text = ""
    parts = [slice(None)] if split is None else [slice(None, split), slice(split, None)]
    pictures = [(f"{n}   Time: {20 * n} ms", frame) for n, frame in enumerate(pressure, 1)]
    for name, frame in [*pictures, ("MVP", pressure.mean(axis=0)), ("MPP", pressure.max(axis=0))]:
        for part in parts:
            page += 1
            own = frame[:, part]
            columns = 21 + np.arange(frame.shape[1])[part]
            force = own * 0.0025 * 10 * force_scale  # kPa on 25 mm2
            table = [["row", *map(str, columns), "Force"]]
            for number, (values, forces) in enumerate(zip(own, force, strict=True), 31):
                cells = [f"{v:g}" if v else " " for v in values]
                table.append([str(number), *cells, f"{forces.sum():.2f}"])
            table.append(["Force", *(f"{f:.2f}" for f in force.sum(0)), f"{force.sum():.2f}"])
            text += f"emed data     ASCII list      Page {page}\n{header}\n\nPict-No.: {name}\n\n"
            for line in table:
                text += ("\t".join(line) if tabs else "".join(f"{f:>8}" for f in line)) + "\n"
            text += "\f\n"
    path.write_text(text)
    return path


def write_jiku(path: Path, steps: dict[str, np.ndarray]) -> Path:
    """Steps of (T, rows, columns), toes first, as (heel to toe, mediolateral, time)."""
    import h5py

    with h5py.File(path, "w") as file:
        for key, step in steps.items():
            file[key] = np.moveaxis(step[:, ::-1], 0, -1).astype(np.uint16)
    return path


def write_neutral(path: Path, pressure: np.ndarray, side: Side | None = "left") -> Path:
    cells = outline(*pressure.shape[1:])
    recording = Recording(pressure * cells, PITCH_MM, 100.0, "kPa", path.name, cells)
    neutral.write(path, Track(recording, subject="anna", side=side))
    return path


WRITERS: dict[str, Callable[[Path], Path]] = {
    "tekscan": lambda folder: write_tekscan(folder / "walk.asf", truth()),
    "medilogic": lambda folder: write_medilogic(folder / "plate.csv", truth()),
    "study-plate": lambda folder: write_study_plate(
        folder / "two.txt", truth(1, 64, 48), truth(1, 64, 48, seed=1)
    ),
    "emed": lambda folder: write_emed(folder / "step.lst", truth()),
    "jiku": lambda folder: write_jiku(
        folder / "subj000.h5", {"img000": truth(), "img001": truth(seed=1)}
    ),
    "neutral": lambda folder: write_neutral(folder / "walk.json", truth()),
}
"""For each format a small file, written into a folder."""
