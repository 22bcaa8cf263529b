"""Mesh files: STL, OBJ and PLY through trimesh, or one clear error."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import trimesh

FORMATS = (".stl", ".obj", ".ply")
MOST_BYTES = 150_000_000
"""Larger files are refused: the finest scans of a foot have a million triangles, 50 MB of STL."""

_HEADER = 1 << 16  # bytes of a PLY file in which its header must end


def read_mesh(path: str | Path) -> trimesh.Trimesh:
    """The triangles of a mesh file, all its objects together, as they are: see `check_mesh`.

    Raises:
        OSError: no such file, not a file, or it cannot be read.
        ValueError: not STL, OBJ or PLY, too large, or damaged.
    """
    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(f"{path}: a folder, expected a mesh file (STL, OBJ or PLY)")
    size = path.stat().st_size
    kind = path.suffix.lower()
    if kind not in FORMATS:
        raise ValueError(f"{path}: expected a name that ends in {', '.join(FORMATS)}")
    if size == 0:
        raise ValueError(f"{path}: the file is empty")
    if size > MOST_BYTES:
        raise ValueError(
            f"{path}: {size / 1e6:.0f} MB, at most {MOST_BYTES / 1e6:.0f} MB are read; "
            "export the foot alone with fewer triangles, or as binary STL"
        )
    if kind == ".ply":
        _check_ply(path, size)
    elif kind == ".stl":
        _check_stl(path, size)

    import trimesh  # half a second, which those who read no mesh need not wait

    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"), path.open("rb") as stream:
            warnings.simplefilter("ignore")
            # Unprocessed, so that damage is seen and no time is lost on merging vertices.
            return trimesh.load_mesh(stream, file_type=kind[1:], process=False, skip_materials=True)
    # trimesh raises whatever its parsing of a damaged file runs into, of no common base
    except Exception as error:
        reason = f"{type(error).__name__}: {error}".splitlines()[0][:200]
        raise ValueError(
            f"{path}: cannot be read as {kind[1:].upper()}; is it truncated, or another format? "
            f"({reason})"
        ) from error


def check_mesh(mesh: trimesh.Trimesh, source: str) -> None:
    """Refuse meshes without a usable surface.

    Raises:
        ValueError: no faces, faces of vertices that do not exist, NaN or huge coordinates.
    """
    vertices, faces = np.asarray(mesh.vertices), np.asarray(mesh.faces)
    if len(faces) == 0:
        raise ValueError(f"{source}: holds no triangles; a point cloud must be meshed first")
    if faces.ndim != 2 or faces.shape[1] != 3 or faces.min() < 0 or faces.max() >= len(vertices):
        raise ValueError(
            f"{source}: its faces name vertices that do not exist ({len(vertices)} vertices); "
            "is the file truncated?"
        )
    # Squares and products of anything beyond would overflow, and no unit needs it.
    bad = ~(np.abs(vertices) < 1e12).all(axis=1)
    if bad[faces].any():
        raise ValueError(
            f"{source}: {bad.sum()} of {len(vertices)} vertices are NaN, infinite or beyond 1e12; "
            "the file is damaged"
        )


def _check_stl(path: Path, size: int) -> None:
    """A binary STL is 84 bytes and 50 a triangle; trimesh takes any other for a text."""
    with path.open("rb") as stream:
        head = stream.read(84)
        binary = b"\0" in head or b"\0" in stream.read(1024)
    count = int.from_bytes(head[80:84], "little")
    if binary and size != 84 + 50 * count:
        raise ValueError(
            f"{path}: its header says {count} triangles, which take {84 + 50 * count} bytes, "
            f"but it has {size}; is it truncated?"
        )


def _check_ply(path: Path, size: int) -> None:
    """Refuse a header that claims more than the file can hold, before memory is taken for it."""
    with path.open("rb") as stream:
        head, end, _ = stream.read(_HEADER).partition(b"end_header")
    if not head.startswith(b"ply") or not end:
        raise ValueError(f"{path}: not PLY, whose header goes from 'ply' to 'end_header'")
    for name, count in re.findall(rb"element\s+(\S+)\s+(\S+)", head):
        # An element takes two bytes at least, also as text: a digit and a line's end.
        if not count.isdigit() or int(count[:20]) > size / 2:
            raise ValueError(
                f"{path}: its header says {count.decode('latin-1')[:40]} "
                f"{name.decode('latin-1')[:40]} elements, more than its {size} bytes can hold; "
                "is it truncated?"
            )
