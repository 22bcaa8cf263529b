"""simulate, import and inspect, as a user types them."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from command import fails, succeeds


def test_simulate_writes_a_cohort_that_search_takes(tmp_path: Path) -> None:
    output = succeeds(f"simulate --out {tmp_path / 'c'} --people 4 --steps 1 --frames 6")
    assert "4 SIMULATED people, 8 stances" in output
    succeeds(
        f"search --cohort {tmp_path / 'c'} --out {tmp_path / 'r'} --fidelity linear "
        "--max-sensors 1 --folds 2"
    )


def test_from_scans_and_recordings_to_pictures_of_every_foot(tmp_path: Path) -> None:
    """simulate -> files -> import -> inspect, as a user with a lab's folder goes."""
    lab, cohort = tmp_path / "lab", tmp_path / "cohort"
    succeeds(f"simulate --out {lab} --people 2 --steps 2 --recordings")
    (lab / "sim000" / "left" / "broken.asf").write_text("?")
    shutil.copy(lab / "sim000" / "scan_left.stl", lab / "sim001" / "scan_right.stl")
    (lab / "notes.bin").write_text("?")
    output = succeeds(f"import {lab} --out {cohort}")
    assert "sim000 left" in output
    assert "broken.asf" in output
    assert "are the sides swapped?" in " ".join(output.split())  # a left foot named right
    assert "warning: sim001/scan_right.stl: is named right" in output  # before the table
    assert "no usable scan" in " ".join(output.split())
    assert "left alone: notes.bin" in " ".join(output.split())
    assert "6 stances" in output
    assert "8 stances" in succeeds(f"import {lab} --out {cohort} --no-scans --overwrite")
    assert "holds the recordings" in fails(f"import {lab} --out {lab} --overwrite")
    (lab / "manifest.csv").write_text(
        "file,subject,side,units\n"
        "sim000/scan_left.stl,a,left,mm\n"
        "sim000/left/0.json,a,left,\n"
        "sim000/scan_right.stl,a,right,miles\n"
        "sim000/right/0.json,a,right,\n"
    )
    output = succeeds(f"import {lab} --out {tmp_path / 'stated'}")
    assert "1 stance of" in output
    assert "units must be one of m, cm, mm, found 'miles'" in " ".join(output.split())
    output = succeeds(f"inspect {cohort}")
    assert "footprint length" in output
    assert "body weights" in output
    pages = sorted((tmp_path / "cohort-feet").glob("[!.]*"))
    assert [page.name for page in pages] == ["feet-01.png"]
    assert "--overwrite" in fails(f"inspect {cohort}")
    assert "no such cohort" in fails(f"inspect {tmp_path / 'none'}")


def test_import_tells_what_it_took_and_what_not(tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py", reason="reading HDF5 needs the extra hdf5")
    rows, columns = np.indices((63, 33))
    foot = 100 * np.exp(-(((rows - 31) / 18) ** 2 + ((columns - 16) / 6) ** 2))
    load = np.sin(np.linspace(0, np.pi, 42))[1:-1]
    with h5py.File(tmp_path / "subj000.h5", "w") as file:
        for number in range(3):
            file[f"img{number:03d}"] = foot[:, :, None] * load
        file["img003"] = np.zeros((63, 33, 40))
    output = succeeds(f"import {tmp_path} --out {tmp_path / 'cohort'}")
    assert "1 person, 3 stances" in output
    assert "no load in any frame" in output
    assert "Assumed of jiku files, which do not say: cells of 5.08 x 5.08 mm" in output
    assert len(walkers_of(tmp_path / "cohort")) == 3
    (tmp_path / "subj000.h5").write_bytes(b"\x89HDF\r\n\x1a\n")
    assert "no usable step" in fails(f"import {tmp_path} --out {tmp_path / 'other'}")
    assert not (tmp_path / "other").exists()


def walkers_of(folder: Path) -> list[str]:
    return [row["trial"] for row in json.loads((folder / "cohort.json").read_text())["samples"]]


def test_import_tells_of_load_beside_the_foot(real_data: Path, tmp_path: Path) -> None:
    """Two columns of the F-Scan walk's right sheet leak."""
    output = succeeds(f"import {real_data / 'fscan'} --out {tmp_path / 'cohort'}")
    assert "Up to 2.4 % of a foot's load lies off the grid" in output
