"""Files that are not what they seem: each is refused in one line that names it."""

import struct
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import trimesh
from feet import foot_mesh

from recon.mesh import MOST_BYTES, read_mesh
from recon.scan import read_scan

EACH = 135  # malformed files of each of 15 kinds


@pytest.fixture(scope="module")
def good() -> dict[str, bytes]:
    """A coarse foot in each format, by a name that tells how."""
    mesh = foot_mesh(detail=12)
    return {
        "binary.stl": mesh.export(file_type="stl"),
        "text.stl": mesh.export(file_type="stl_ascii").encode(),
        "text.obj": mesh.export(file_type="obj").encode(),
        "binary.ply": mesh.export(file_type="ply"),
        "text.ply": mesh.export(file_type="ply", encoding="ascii"),
    }


def numbers(data: bytes, value: bytes, rng: np.random.Generator) -> bytes:
    """Text in which a tenth of the coordinates are something else."""
    lines = data.split(b"\n")
    for i in rng.choice(len(lines), len(lines) // 10, replace=False):
        lines[i] = b" ".join(
            value if word.count(b".") == 1 and rng.random() < 0.5 else word
            for word in lines[i].split(b" ")
        )
    return b"\n".join(lines)


def malformed(good: dict[str, bytes], rng: np.random.Generator) -> Iterator[tuple[str, bytes]]:
    """(name, content), one of each kind."""
    stl, obj, ply = good["binary.stl"], good["text.obj"], good["binary.ply"]
    any_name = str(rng.choice(list(good)))
    noise = rng.integers(0, 256, rng.integers(1, 3000), dtype=np.uint8).tobytes()
    huge = int(rng.integers(10**6, 2**32))

    yield "cut.stl", stl[: rng.integers(1, len(stl))]
    yield "cut.ply", ply[: rng.integers(1, len(ply))]
    yield "cut_text.stl", good["text.stl"][: -int(rng.integers(12, len(good["text.stl"])))]
    yield "cut.obj", obj[: rng.integers(1, obj.index(b"\nf "))]
    yield any_name, noise
    yield any_name, b""
    shuffled = np.frombuffer(good[any_name], np.uint8).copy()
    rng.shuffle(shuffled)
    yield any_name, shuffled.tobytes()
    payload = np.frombuffer(stl, np.uint8).copy()
    rng.shuffle(payload[84:])
    yield "payload.stl", payload.tobytes()
    text = str(rng.choice(["text.obj", "text.ply", "text.stl"]))
    yield text, good[text].decode().encode(str(rng.choice(["utf-16", "utf-32"])))
    yield text, numbers(good[text], bytes(rng.choice([b"nan", b"inf", b"1e300", b"-1e39"])), rng)
    coordinates = np.frombuffer(stl[84:], np.uint8).reshape(-1, 50).copy()
    worst = np.float32(rng.choice([np.nan, np.inf, 1e38])).tobytes()
    coordinates[rng.integers(len(coordinates)), 12:16] = list(worst)
    yield "worst.stl", stl[:84] + coordinates.tobytes()
    yield "claim.stl", stl[:80] + struct.pack("<I", huge) + stl[84:]
    count = ply.split(b"element vertex ")[1].split(b"\n")[0]
    kind = rng.choice([b"vertex", b"face"])
    yield "claim.ply", ply.replace(b"element vertex " + count, b"element vertex %d" % huge)
    yield "claim_text.ply", good["text.ply"].replace(b"element " + kind, b"element %s 9" % kind)
    yield f"foot.{rng.choice(['txt', 'step', 'png', 'stl.gz', 'obj~'])}", stl


def refused(path: Path) -> str:
    """The message with which a file is refused, in the time and form it must be."""
    start = time.perf_counter()
    with pytest.raises((ValueError, OSError)) as caught:
        read_scan(path)
    assert time.perf_counter() - start < 5
    message = str(caught.value)
    assert str(path) in message
    assert "\n" not in message and len(message) < 500 + len(str(path))
    return message


def test_two_thousand_malformed_files(good: dict[str, bytes], tmp_path: Path) -> None:
    resource = pytest.importorskip("resource")
    start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    rng = np.random.default_rng(0)
    tried = 0
    for _ in range(EACH):
        for name, content in malformed(good, rng):
            path = tmp_path / name
            path.write_bytes(content)
            refused(path)
            tried += 1
    assert tried >= 2000
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - start
    assert grown * (1 if sys.platform == "darwin" else 1024) < 1e9


@pytest.mark.parametrize("name", ["binary.stl", "text.stl", "text.obj", "binary.ply", "text.ply"])
def test_flipped_bytes_never_surprise(name: str, good: dict[str, bytes], tmp_path: Path) -> None:
    """Some such files still are meshes; reading them either works or says why not."""
    rng = np.random.default_rng(1)
    data = np.frombuffer(good[name], np.uint8)
    path = tmp_path / name
    for _ in range(40):
        flipped = data.copy()
        where = rng.integers(0, rng.choice([300, len(data)]), rng.integers(1, 30))
        flipped[where] = rng.integers(0, 256, len(where), dtype=np.uint8)
        path.write_bytes(flipped.tobytes())
        try:
            read_mesh(path)
        except (ValueError, OSError) as error:
            assert str(path) in str(error)


def test_a_gigabyte_is_refused_unread(tmp_path: Path) -> None:
    for name in ("huge.stl", "huge.obj", "huge.ply"):
        with (tmp_path / name).open("wb") as stream:
            stream.truncate(MOST_BYTES * 7)  # sparse
        assert "at most 150 MB" in refused(tmp_path / name)


def test_a_header_without_end_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "header.ply"
    path.write_bytes(b"ply\nformat ascii 1.0\n" + b"comment " * 10**7)
    assert "end_header" in refused(path)


def test_folders_and_missing_files(tmp_path: Path) -> None:
    (tmp_path / "folder.stl").mkdir()
    assert "a folder" in refused(tmp_path / "folder.stl")
    assert "No such file" in refused(tmp_path / "missing.stl")


def test_a_point_cloud_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cloud.ply"
    path.write_bytes(trimesh.PointCloud(foot_mesh().vertices).export(file_type="ply"))
    assert "no triangles" in refused(path)


def test_faces_of_missing_vertices_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "faces.obj"
    path.write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\nf 1 2 900000\n")
    refused(path)
