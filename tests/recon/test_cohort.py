import io
import json
import shutil
import zipfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from walkers import walkers

from recon import Cohort
from recon.files import check_output, replacing_file


@pytest.mark.parametrize("geometry", [False, True])
def test_a_saved_cohort_comes_back_equal(tmp_path: Path, geometry: bool) -> None:
    cohort = walkers(people=3, geometry=geometry)
    cohort.save(tmp_path / "c")
    back = Cohort.load(tmp_path / "c")
    assert back.grid == cohort.grid
    assert back.provenance == cohort.provenance
    assert [s.name for s in back.samples] == [s.name for s in cohort.samples]
    np.testing.assert_array_equal(back.pressure, cohort.pressure)
    np.testing.assert_array_equal(back.mm_per_pixel, cohort.mm_per_pixel)
    assert (back.geometry is None) == (not geometry)
    if geometry:
        np.testing.assert_array_equal(back.geometry, cohort.geometry)


def test_an_occupied_folder_is_left_alone(tmp_path: Path, cohort: Cohort) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    for overwrite in (False, True):  # whatever is asked, what others wrote stays
        with pytest.raises(FileExistsError, match="did not write"):
            cohort.save(tmp_path, overwrite=overwrite)
    assert [p.name for p in tmp_path.iterdir()] == ["notes.txt"]
    cohort.save(tmp_path / "own")
    with pytest.raises(FileExistsError, match="--overwrite"):
        cohort.save(tmp_path / "own")
    cohort.save(tmp_path / "own", overwrite=True)


def test_a_folder_that_cannot_be_made_is_refused_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OSError, match="file"):
        check_output(tmp_path / "file" / "runs" / "first", overwrite=False)
    with pytest.raises(NotADirectoryError, match="in the way"):
        check_output(tmp_path / "file", overwrite=True)


def test_a_check_leaves_nothing_behind(tmp_path: Path) -> None:
    check_output(tmp_path / "runs" / "first", overwrite=False)
    assert not list(tmp_path.iterdir())


def test_two_writers_of_one_file_do_not_meet(tmp_path: Path) -> None:
    path, plain = tmp_path / "file", tmp_path / "plain"
    plain.touch()
    with replacing_file(path) as first:
        first.write_text("first")
        with replacing_file(path) as second:
            second.write_text("second")
        assert path.read_text() == "second"
    assert path.read_text() == "first"
    assert sorted(tmp_path.iterdir()) == [path, plain]
    assert path.stat().st_mode == plain.stat().st_mode


def test_a_failed_write_leaves_nothing(
    tmp_path: Path, cohort: Cohort, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(*args: object, **kwargs: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(np, "savez_compressed", full_disk)
    with pytest.raises(OSError, match="space"):
        cohort.save(tmp_path / "c")
    assert list(tmp_path.iterdir()) == []


def test_damage_is_named(tmp_path: Path, cohort: Cohort) -> None:
    folder = tmp_path / "c"
    with pytest.raises(FileNotFoundError, match="no such cohort"):
        Cohort.load(folder)
    cohort.save(folder)
    archive = folder / "subject000.npz"
    archive.write_bytes(archive.read_bytes()[:200])
    with pytest.raises(ValueError, match=r"damaged cohort \(subject000.npz"):
        Cohort.load(folder)
    manifest = json.loads((folder / "cohort.json").read_text())
    (folder / "cohort.json").write_text(json.dumps(manifest | {"version": 99}))
    with pytest.raises(ValueError, match="version 99"):
        Cohort.load(folder)
    (folder / "cohort.json").unlink()
    with pytest.raises(FileNotFoundError, match="placement import"):
        Cohort.load(folder)


def archive(header: bytes, **changes: int) -> bytes:
    """An NPZ of one array with that header, and bytes of its table of contents changed."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as file:
        file.writestr("step0000.npy", b"\x93NUMPY\x01\x00" + header)
    content = bytearray(stream.getvalue())
    entry = content.index(b"PK\x01\x02")
    for place, value in changes.items():
        content[entry + {"flags": 8, "compression": 10, "packed": 22, "size": 26}[place]] = value
    return bytes(content)


@pytest.mark.parametrize(
    ("damaged", "reason"),
    [
        (archive(b"", flags=1), "encrypted"),
        (archive(b"", compression=99), "not supported"),
        (archive(b"\xff\xff", packed=1, size=1), "EOFError"),
        (archive(b"\x05\x00{'a':"), "EOF in"),
    ],
)
def test_every_damage_of_an_archive_is_named(
    tmp_path: Path, cohort: Cohort, damaged: bytes, reason: str
) -> None:
    """Also what its readers do not tell by a ValueError."""
    cohort.save(tmp_path / "c")
    (tmp_path / "c" / "subject000.npz").write_bytes(damaged)
    with pytest.raises(ValueError, match=rf"c: damaged cohort \(subject000.npz: .*{reason}"):
        Cohort.load(tmp_path / "c")


@pytest.mark.parametrize(
    ("place", "value"),
    [("mm_per_pixel", []), ("mm_per_pixel", 5.0), ("stance_s", None), ("file", 7)],
)
def test_damage_of_the_manifest_is_named(
    tmp_path: Path, cohort: Cohort, place: str, value: object
) -> None:
    cohort.save(tmp_path / "c")
    path = tmp_path / "c" / "cohort.json"
    manifest = json.loads(path.read_text())
    manifest["samples"][0][place] = value
    path.write_text(json.dumps(manifest))
    with pytest.raises(ValueError, match="c: damaged cohort"):
        Cohort.load(tmp_path / "c")
    path.write_text("[" * 100_000)
    with pytest.raises(ValueError, match="not a cohort manifest"):
        Cohort.load(tmp_path / "c")


@pytest.mark.parametrize("step", ["rename", "rmtree"])
def test_an_overwrite_that_is_interrupted_loses_neither(
    tmp_path: Path, cohort: Cohort, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """The old folder is there as long as the new one is not."""
    cohort.save(tmp_path / "c")
    done = {"rename": Path.rename, "rmtree": shutil.rmtree}[step]
    calls = []

    def stop(*args: Any, **kwargs: Any) -> object:
        calls.append(args)
        if len(calls) == 2:  # of rename: the new folder's; of rmtree: whatever is cleaned up
            raise KeyboardInterrupt
        return done(*args, **kwargs)

    monkeypatch.setattr(*(Path, "rename") if step == "rename" else (shutil, "rmtree"), stop)
    with suppress(KeyboardInterrupt):
        cohort.subset(["p01"]).save(tmp_path / "c", overwrite=True)
    monkeypatch.undo()
    assert Cohort.load(tmp_path / "c").subjects in (cohort.subjects, ("p01",))


def test_subset_keeps_whole_people(cohort: Cohort) -> None:
    part = cohort.subset(["p01", "p04"])
    assert part.subjects == ("p01", "p04")
    assert len(part.samples) == 6
    with pytest.raises(ValueError, match="nobody"):
        cohort.subset(["nobody"])
    with pytest.raises(ValueError, match="list of names, got the text 'p01'"):
        cohort.subset("p01")


def test_cohorts_and_samples_are_told_apart_by_what_they_are(cohort: Cohort) -> None:
    """Comparing all their arrays would be neither cheap nor a single truth."""
    again = Cohort(tuple(replace(sample) for sample in cohort.samples), cohort.grid)
    assert cohort == cohort and cohort != again
    assert len({cohort, again, *cohort.samples, *again.samples}) == 2 + 2 * len(cohort.samples)


def test_numbers_of_any_kind_are_kept_as_floats(tmp_path: Path, cohort: Cohort) -> None:
    first = cohort.samples[0]
    kinds = {"mm_per_pixel": np.array([5.0, 5.5]), "stance_s": np.float32(0.7)}
    plain = {"mm_per_pixel": (5.0, 5.5), "stance_s": float(np.float32(0.7))}
    made, known = (Cohort((replace(first, **what),), cohort.grid) for what in (kinds, plain))
    made.save(tmp_path / "c")
    assert made.fingerprint == known.fingerprint == Cohort.load(tmp_path / "c").fingerprint


def test_the_fingerprint_stays(cohort: Cohort) -> None:
    """By it a run knows its cohort again."""
    pressure = np.ones((2, *cohort.grid.shape))
    sample = replace(cohort.samples[0], pressure=pressure)
    assert Cohort((sample,), cohort.grid).fingerprint == "09afb97e5210dae5"


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"pressure": np.full((8, 16, 8), np.nan, np.float32)}, "finite"),
        ({"pressure": np.zeros((8, 16, 8), np.float32)}, "no load"),
        ({"pressure": np.full((8, 16, 8), -1, np.float32)}, ">= 0"),
        ({"geometry": np.full((16, 8), 2, np.float32)}, r"\[0, 1\]"),
        ({"pressure": np.zeros((0, 16, 8))}, r"\(T, rows, columns\), got \(0, 16, 8\)"),
        ({"side": "Left"}, "left or right, got 'Left'"),
        ({"mm_per_pixel": (5.0, 0.0)}, "mm_per_pixel must be above 0"),
        ({"mm_per_pixel": 5.0}, "mm_per_pixel must be two numbers, got 5.0"),
        ({"mm_per_pixel": (5, 5, 5)}, r"mm_per_pixel must be two numbers, got \(5, 5, 5\)"),
        ({"stance_s": float("nan")}, "stance_s must be above 0"),
        ({"units": "psi"}, "'kPa' or 'arbitrary', got 'psi'"),
    ],
)
def test_impossible_samples_are_refused(cohort: Cohort, change: dict, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        replace(cohort.samples[0], **change)


def test_pressures_of_any_kind_are_kept_as_float32(cohort: Cohort) -> None:
    first = cohort.samples[0]
    assert replace(first, pressure=first.pressure.astype(int)).pressure.dtype == np.float32
    assert replace(first, pressure=first.pressure.tolist()).pressure.dtype == np.float32


def test_pressures_in_any_order_are_kept_in_one(cohort: Cohort) -> None:
    """Else a cohort just simulated would score a little otherwise than the same one read."""
    sample = cohort.samples[0]
    turned = replace(sample, pressure=np.asfortranarray(sample.pressure))
    assert turned.pressure.flags.c_contiguous
    np.testing.assert_array_equal(turned.pressure, sample.pressure)


def test_samples_that_do_not_fit_together_are_refused(cohort: Cohort) -> None:
    first = cohort.samples[0]
    with pytest.raises(ValueError, match="share subject"):
        Cohort((first, first), cohort.grid)
    with pytest.raises(ValueError, match="units"):
        Cohort((first, replace(first, trial="x", units="arbitrary")), cohort.grid)
