"""What scanners and users do to a foot: poses, units, mirrors, cuts, holes and noise.

Meshes stand on z = 0 in mm, toes along y.
"""

from collections.abc import Callable

import numpy as np
import trimesh

SCALES = {"mm": 1.0, "cm": 0.1, "m": 0.001}

Change = Callable[[trimesh.Trimesh], trimesh.Trimesh]


def thrown(mesh: trimesh.Trimesh, rng: np.random.Generator) -> tuple[trimesh.Trimesh, bool]:
    """In a random rigid pose and one of the units, mirrored or not; and whether it is mirrored."""
    mirrored = bool(rng.random() < 0.5)
    pose = trimesh.transformations.random_rotation_matrix(rng.random(3))
    pose[:3, 3] = rng.normal(0, 500, 3)
    if mirrored:
        pose = pose @ np.diag([-1.0, 1.0, 1.0, 1.0])
    scale = SCALES[str(rng.choice(list(SCALES)))]
    return mesh.copy().apply_transform(pose).apply_scale(scale), mirrored


def part(mesh: trimesh.Trimesh, faces: np.ndarray) -> trimesh.Trimesh:
    mesh = mesh.copy()
    mesh.update_faces(faces)
    return mesh


def cut(height_mm: float) -> Change:
    """All that stands higher is gone."""
    return lambda mesh: part(mesh, mesh.triangles[:, :, 2].max(axis=1) < height_mm)


def hole(mesh: trimesh.Trimesh) -> trimesh.Trimesh:
    """A hole of 40 mm in the middle of the sole."""
    away = np.linalg.norm((mesh.triangles_center - mesh.bounds.mean(axis=0))[:, :2], axis=1)
    return part(mesh, (away > 20) | (mesh.face_normals[:, 2] > 0))


def looking_down(degrees: float) -> Change:
    """The sole alone: faces that look down by more than so much."""
    down = -np.sin(np.radians(degrees))
    return lambda mesh: part(mesh, mesh.face_normals[:, 2] < down)


def low(mesh: trimesh.Trimesh) -> trimesh.Trimesh:
    """The sole alone: faces that look down below 20 mm."""
    below = mesh.triangles_center[:, 2] < 20
    return part(mesh, below & (mesh.face_normals[:, 2] < 0))


def noisy(mesh: trimesh.Trimesh) -> trimesh.Trimesh:
    """0.5 mm of noise on each vertex."""
    mesh = mesh.copy()
    rng = np.random.default_rng(0)
    mesh.vertices = mesh.vertices + rng.normal(0, 0.5, mesh.vertices.shape)
    return mesh


def fine_and_noisy(mesh: trimesh.Trimesh) -> trimesh.Trimesh:
    return noisy(mesh.subdivide().subdivide())


def stray(mesh: trimesh.Trimesh) -> trimesh.Trimesh:
    """Ten vertices 30 mm off."""
    mesh = mesh.copy()
    rng = np.random.default_rng(0)
    where = rng.choice(len(mesh.vertices), 10, replace=False)
    off = rng.standard_normal((10, 3))
    vertices = np.array(mesh.vertices)
    vertices[where] += 30 * off / np.linalg.norm(off, axis=1, keepdims=True)
    mesh.vertices = vertices
    return mesh


def legged(mesh: trimesh.Trimesh) -> trimesh.Trimesh:
    """The ankle's cut pulled up to 250 mm."""
    mesh = mesh.copy()
    top = mesh.bounds[1, 2]
    at_top = mesh.vertices[:, 2] > top - 0.1
    mesh.vertices = mesh.vertices + np.outer(at_top, [0, 0, 250 - top])
    return mesh


CHANGES: dict[str, Change] = {
    "cut at 85 mm": cut(85),
    "cut at 70 mm": cut(70),
    "cut at 50 mm": cut(50),
    "a hole of 40 mm in the sole": hole,
    "the sole alone: all that looks down": looking_down(0),
    "the sole alone: what looks down below 20 mm": low,
    "the sole alone: what looks down by 30 degrees or more": looking_down(30),
    "0.5 mm of noise on each vertex": noisy,
    "the same on 16 times as many triangles": fine_and_noisy,
    "ten vertices 30 mm off": stray,
    "the ankle's cut pulled up to 250 mm": legged,
}
