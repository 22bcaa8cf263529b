"""Thousands of malformed files: each reader answers with a `Track` or a `Problem`, soon.

A reader may find a mutation harmless. It must never raise, hang or take a gigabyte.
"""

from __future__ import annotations

import json
import time
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from recording_files import WRITERS

from recon.readers import FORMATS, Problem, Track, reader_for
from recon.readers.text import MOST_CELLS

resource = pytest.importorskip("resource", reason="memory is measured on Unix only")
h5py = pytest.importorskip("h5py", reason="reading HDF5 needs the extra hdf5")

FILES = 2000
"""Malformed files per reader."""

LONGEST_S = 5.0
MOST_MB = 1000

WORDS = [
    b"nan", b"NaN", b"inf", b"-1", b"-7,5", b"1e999", b"1e39", b"9" * 400, b"0x10", b"B", b"",
    b"@@", b";", b",,", b"\t", b"\x00", b"\xff\xfe", b"\xe2\x80\xa8", b"Frame 1", b"Pict-No.: 3",
    b"Force",
    b"99999999999999999999", b"0", b"-0", b"1_000", b"true", b"[]", b"{}", b"\n", b"\f", b'"',
]  # fmt: skip


def truncate(data: bytes, rng: np.random.Generator) -> bytes:
    return data[: rng.integers(len(data))]


def flip(data: bytes, rng: np.random.Generator) -> bytes:
    changed = np.frombuffer(data, np.uint8).copy()
    at = rng.integers(len(changed), size=rng.integers(1, 9))
    changed[at] = rng.integers(256, size=len(at))
    return changed.tobytes()


def cut(data: bytes, rng: np.random.Generator) -> bytes:
    start, stop = np.sort(rng.integers(len(data), size=2))
    return data[:start] + data[stop:]


def repeat(data: bytes, rng: np.random.Generator) -> bytes:
    start, stop = np.sort(rng.integers(len(data), size=2))
    return data[:stop] + data[start:]


def shuffle_lines(data: bytes, rng: np.random.Generator) -> bytes:
    lines = data.split(b"\n")
    few = rng.choice(len(lines), size=min(len(lines), int(rng.integers(2, 8))), replace=False)
    for one, other in zip(few, rng.permutation(few), strict=True):
        lines[one], lines[other] = lines[other], lines[one]
    return b"\n".join(lines)


def shuffle_bytes(data: bytes, rng: np.random.Generator) -> bytes:
    start = int(rng.integers(len(data)))
    some = np.frombuffer(data[start : start + 200], np.uint8)
    return data[:start] + rng.permutation(some).tobytes() + data[start + 200 :]


def encode(data: bytes, rng: np.random.Generator) -> bytes:
    encoding = ["utf-16", "utf-8-sig", "utf-32", "cp037"][rng.integers(4)]
    return data.decode("latin-1").encode(encoding, errors="replace")


def replace_word(data: bytes, rng: np.random.Generator) -> bytes:
    """A number or word by one that does not belong there; in the header as often as below it."""
    near = int(rng.integers(min(400, len(data)) if rng.random() < 0.5 else len(data)))
    ends = [i for i in range(near, min(near + 60, len(data))) if data[i] in b" ,;\t\n:"]
    if len(ends) < 2:
        return flip(data, rng)
    return data[: ends[0] + 1] + WORDS[rng.integers(len(WORDS))] + data[ends[1] :]


def insert_word(data: bytes, rng: np.random.Generator) -> bytes:
    at = int(rng.integers(len(data)))
    return data[:at] + WORDS[rng.integers(len(WORDS))] * int(rng.integers(1, 50)) + data[at:]


MUTATIONS: list[Callable[[bytes, np.random.Generator], bytes]] = [
    truncate, flip, cut, repeat, shuffle_lines, shuffle_bytes, encode, replace_word, replace_word,
    insert_word,
]  # fmt: skip


def outcome(format: str, path: Path) -> str:
    """ "track" or "problem"; asserts what must hold of either, and of the time."""
    began = time.perf_counter()
    FORMATS[format].recognises(path)
    found = list(FORMATS[format].read(path))
    assert time.perf_counter() - began < LONGEST_S
    assert found
    for one in found:
        if isinstance(one, Problem):
            assert one.name.startswith((path.name, path.stem))
            assert one.reason
            assert "\n" not in one.reason
            assert len(one.reason) < 500
        else:
            assert isinstance(one, Track)
            assert np.isfinite(one.recording.frames).all()
    return "problem" if any(isinstance(one, Problem) for one in found) else "track"


@pytest.fixture(autouse=True)
def little_memory() -> Iterator[None]:
    """No reader may ask for a gigabyte more; where one does, it fails instead of the machine."""
    statm = Path("/proc/self/statm")
    if not statm.exists():  # not Linux
        yield
        return
    held = int(statm.read_text().split()[0]) * resource.getpagesize()
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (held + MOST_MB * 1_000_000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


@pytest.mark.parametrize("format", WRITERS)
def test_malformed_files(format: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(list(format.encode()))
    path = WRITERS[format](tmp_path)
    assert outcome(format, path) == "track"
    # Of the neutral form, either of its two files is spoilt.
    files = [path, path.with_suffix(".npz")] if format == "neutral" else [path]
    good = {file: file.read_bytes() for file in files}
    counted: Counter[str] = Counter()
    for number in range(FILES):
        spoilt = files[number % len(files)]
        data = MUTATIONS[rng.integers(len(MUTATIONS))](good[spoilt], rng)
        if rng.random() < 0.2:
            data = MUTATIONS[rng.integers(len(MUTATIONS))](data or b"\n", rng)
        for file in files:
            file.unlink()  # a file written over is flushed to the disk, which takes its time
            file.write_bytes(data if file == spoilt else good[file])
        counted[outcome(format, path)] += 1
    assert counted.total() == FILES
    assert counted["problem"] > 0.3 * FILES


@pytest.mark.parametrize("format", WRITERS)
@pytest.mark.parametrize("content", [b"", b"\n", b"\x00" * 1000, b"{", b"1;" * 500_000])
def test_files_of_something_else(format: str, content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "walk.json"
    path.write_bytes(content)
    assert outcome(format, path) == "problem"


@pytest.mark.parametrize("format", WRITERS)
def test_no_file_at_all(format: str, tmp_path: Path) -> None:
    assert outcome(format, tmp_path) == "problem"
    assert outcome(format, tmp_path / "missing") == "problem"


@pytest.mark.parametrize("format", WRITERS)
def test_a_gigabyte_of_header(format: str, tmp_path: Path) -> None:
    """One that begins like a recording and goes on with an endless line."""
    path = WRITERS[format](tmp_path)
    for keep in (40, 400):
        with path.open("r+b") as stream:
            stream.truncate(keep)
            stream.truncate(1 << 30)  # sparse
        assert outcome(format, path) == "problem"
        reader_for(path)


@pytest.mark.parametrize("format", ["tekscan", "medilogic", "study-plate", "emed"])
def test_an_endless_line(format: str, tmp_path: Path) -> None:
    path = WRITERS[format](tmp_path)
    data = path.read_bytes()
    for keep in (20, len(data) // 2, len(data)):
        for endless in (b"1,", b"1;", b"1\t", b"1 ", b"x"):
            path.write_bytes(data[:keep] + endless * 2_000_000)
            outcome(format, path)


def test_hdf5_that_claims_much(tmp_path: Path) -> None:
    path = tmp_path / "subj000.h5"
    with h5py.File(path, "w") as file:
        for number, shape in enumerate([(10**6,) * 3, (63, 33, 10**9), (1000, 1000, 49)]):
            file.create_dataset(f"img{number:03d}", shape, "f8", chunks=(10, 10, 10))
        file["img003"] = h5py.ExternalLink("missing.h5", "/img000")
        file["img004"] = h5py.SoftLink("/img004")
        file.create_group("img005")
        file["img006"] = np.array([[[b"text"]]])
        for number in range(7, 20):
            shape = (100, 100, MOST_CELLS // 10_000)
            file.create_dataset(f"img{number:03d}", shape, "u1", chunks=(100, 100, 500))
    found = [type(one) for one in FORMATS["jiku"].read(path)]
    assert found.count(Track) < 7
    assert found.count(Track) + found.count(Problem) == 20


@pytest.mark.parametrize(
    ("shape", "descr"),
    [
        ((10**6, 10**4, 10**4), "<f8"),
        ((10**4, 100, 100), "<f8"),
        ((10**5, 1, 1), "|S20000"),
        ((5, 4, 3), "|O"),
        ((-5, 4, 3), "<f4"),
        ((5, 4), "<f4"),
        ((5, 4, 3), "<c16"),
        ((5, 4, 3), "<M8[s]"),
    ],
)
def test_an_npz_that_claims_much(shape: tuple[int, ...], descr: str, tmp_path: Path) -> None:
    """Also where hundreds of megabytes of zeros are really there, packed."""
    path = WRITERS["neutral"](tmp_path)
    header = str({"descr": descr, "fortran_order": False, "shape": shape}).encode()
    start = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header
    with (
        zipfile.ZipFile(path.with_suffix(".npz"), "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("frames.npy", "w") as stream,
    ):
        stream.write(start)
        for _ in range(400):
            stream.write(bytes(1_000_000))
    assert outcome("neutral", path) == "problem"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("version", 2), ("version", "1"), ("units", "psi"), ("units", ["kPa"]), ("pitch_mm", 5),
        ("pitch_mm", [5, -5]), ("pitch_mm", [5, None]), ("rate_hz", float("nan")),
        ("rate_hz", True), ("rate_hz", 10**400), ("side", "both"), ("side", {}), ("subject", 7),
        ("subject", ""), ("format", "other"),
    ],
)  # fmt: skip
def test_each_key_of_the_neutral_form(key: str, value: object, tmp_path: Path) -> None:
    path = WRITERS["neutral"](tmp_path)
    facts = json.loads(path.read_text())
    path.write_text(json.dumps(facts | {key: value}))
    (found,) = FORMATS["neutral"].read(path)
    assert isinstance(found, Problem)
    assert key in found.reason
