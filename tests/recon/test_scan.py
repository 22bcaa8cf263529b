from pathlib import Path

import numpy as np
import pytest
import trimesh
from feet import foot_mesh
from scipy import ndimage

from recon import FootGrid
from recon.scan import PITCH_MM, Scan, read_scan, scan_from_mesh

SIDES = ("left", "right")
SCALES = {"mm": 1.0, "cm": 0.1, "m": 0.001}


def moved(mesh: trimesh.Trimesh, seed: int) -> trimesh.Trimesh:
    rng = np.random.default_rng(seed)
    pose = trimesh.transformations.random_rotation_matrix(rng.random(3))
    pose[:3, 3] = rng.normal(0, 2 * mesh.scale, 3)
    return mesh.copy().apply_transform(pose)


def mirrored(mesh: trimesh.Trimesh) -> trimesh.Trimesh:
    return mesh.copy().apply_transform(np.diag([-1.0, 1.0, 1.0, 1.0]))


def part(mesh: trimesh.Trimesh, faces: np.ndarray) -> trimesh.Trimesh:
    mesh = mesh.copy()
    mesh.update_faces(faces)
    return mesh


def shell(mesh: trimesh.Trimesh) -> trimesh.Trimesh:
    return part(mesh, mesh.face_normals[:, 2] < 0)


def with_hole(mesh: trimesh.Trimesh) -> trimesh.Trimesh:
    """A hole of 40 mm in the sole, through which the back of the foot is seen."""
    gap = np.linalg.norm((mesh.triangles_center - mesh.bounds.mean(axis=0))[:, :2], axis=1)
    return part(mesh, (gap > 20 * mesh.extents.max() / 270) | (mesh.face_normals[:, 2] > 0))


def cut_low(mesh: trimesh.Trimesh) -> trimesh.Trimesh:
    """Cut at half the height: what stands above is pressed flat."""
    mesh = mesh.copy()
    top = mesh.bounds[:, 2].mean()
    mesh.vertices = np.minimum(mesh.vertices, [np.inf, np.inf, top])
    return mesh


def with_leg(mesh: trimesh.Trimesh) -> trimesh.Trimesh:
    """Its cut pulled up to twice the height."""
    mesh = mesh.copy()
    top = mesh.vertices[:, 2] > mesh.bounds[1, 2] - 0.001 * mesh.extents[2]
    mesh.vertices = mesh.vertices + np.outer(top, [0, 0, mesh.extents[2]])
    return mesh


def noisy(mesh: trimesh.Trimesh) -> trimesh.Trimesh:
    """0.5 mm of noise on each vertex, and ten vertices far off."""
    mesh = mesh.copy()
    rng = np.random.default_rng(0)
    mm = mesh.extents.max() / 270
    noise = rng.normal(0, 0.5 * mm, mesh.vertices.shape)
    stray = rng.choice(len(noise), 10, replace=False)
    noise[stray] = rng.normal(0, 20 * mm, (10, 3))
    mesh.vertices = mesh.vertices + noise
    return mesh


def triangle(z: float) -> trimesh.Trimesh:
    return trimesh.Trimesh([[0, 0, 0], [1, 0, z], [2, 0, 0]], [[0, 1, 2]], process=False)


@pytest.fixture(scope="module")
def foot() -> trimesh.Trimesh:
    return foot_mesh()


@pytest.fixture(scope="module")
def scan(foot: trimesh.Trimesh) -> Scan:
    return scan_from_mesh(foot, "foot")


def real(real_data: Path, side: str) -> trimesh.Trimesh:
    return trimesh.load_mesh(real_data / "scans" / f"{side}_foot.stl")


# --- a foot whose truth is known ---------------------------------------------------------------


def test_a_foot_is_measured(scan: Scan) -> None:
    assert scan.side == "right"
    assert scan.length_mm == pytest.approx(260, abs=1)
    assert scan.width_mm == pytest.approx(93, abs=1.5)
    assert scan.height_mm.shape == (scan.length_mm / PITCH_MM, scan.width_mm / PITCH_MM)
    assert scan.height_mm.dtype == np.float32
    assert np.nanmin(scan.height_mm) == 0
    assert np.isfinite(scan.height_mm).mean() > 0.7


def test_toes_are_at_the_top_and_the_arch_on_the_left(scan: Scan) -> None:
    rows, columns = scan.height_mm.shape
    widths = np.isfinite(scan.height_mm).sum(axis=1)
    assert widths[rows // 4] > widths[-rows // 4]
    arch = scan.height_mm[round(0.59 * rows)]  # 105 mm from the heel
    assert np.nanmax(arch[: columns // 3]) > 10
    assert np.nanmin(arch[2 * columns // 3 :]) < 0.5


def test_heights_are_those_of_the_surface(foot: trimesh.Trimesh, scan: Scan) -> None:
    sole = foot.triangles_center[foot.face_normals[:, 2] < -0.5]
    z = sole[(sole[:, 1] > 60) & (sole[:, 1] < 200), 2]
    # over an area that hardly depends on the turn by the long axis
    assert np.nanmedian(scan.height_mm[60:200]) == pytest.approx(np.median(z), abs=1)


@pytest.mark.parametrize("seed", range(3))
def test_pose_units_and_mirror_make_no_difference(
    seed: int, foot: trimesh.Trimesh, scan: Scan
) -> None:
    units = list(SCALES)[seed % 3]
    mesh = mirrored(foot) if seed % 2 else foot
    found = scan_from_mesh(moved(mesh, seed).apply_scale(SCALES[units]), "foot")
    assert found.side == SIDES[(seed + 1) % 2]
    assert found.length_mm == pytest.approx(scan.length_mm, abs=2)
    assert found.width_mm == pytest.approx(scan.width_mm, abs=2)
    assert found.box.length_mm == pytest.approx(scan.box.length_mm, abs=2)
    grid = FootGrid()
    assert np.abs(found.geometry(grid) - scan.geometry(grid)).mean() < 0.02


@pytest.mark.parametrize("change", [shell, with_hole, noisy])
def test_what_scanners_do_makes_little_difference(
    change, foot: trimesh.Trimesh, scan: Scan
) -> None:
    found = scan_from_mesh(moved(change(foot), 3), "foot")
    assert found.side == "right"
    assert found.length_mm == pytest.approx(scan.length_mm, abs=4)
    grid = FootGrid()
    assert np.abs(found.geometry(grid) - scan.geometry(grid)).mean() < 0.05


def test_the_outline_has_no_holes(foot: trimesh.Trimesh) -> None:
    height = scan_from_mesh(with_hole(foot), "foot").height_mm
    outside = np.isnan(np.pad(height, 1, constant_values=np.nan))
    _, count = ndimage.label(outside)
    assert count == 1
    assert np.nanmax(height) < 60


@pytest.mark.parametrize("length", [155.0, 340.0])
def test_small_and_large_feet(length: float) -> None:
    scan = scan_from_mesh(moved(foot_mesh(length), 1), "foot")
    assert scan.length_mm == pytest.approx(length, abs=2)
    assert scan.side == "right"


def test_contact_leaves_a_high_arch_open(scan: Scan) -> None:
    high = scan_from_mesh(foot_mesh(arch_mm=30), "foot")
    low = scan_from_mesh(foot_mesh(arch_mm=3), "foot")
    assert high.contact.sum() < scan.contact.sum() < low.contact.sum()
    assert high.contact.dtype == bool
    assert (high.height_mm[high.contact] < 5).all()


def test_the_box_is_that_of_the_contact(scan: Scan) -> None:
    (x, y), contact = scan.box.origin_mm, scan.contact
    row = len(contact) - 1 - round(y / PITCH_MM)
    assert contact[row].any() and not contact[row + 1 :].any()
    column = round(x / PITCH_MM)
    assert contact[:, column].any() and not contact[:, :column].any()
    assert scan.box.length_mm <= scan.length_mm and scan.box.width_mm <= scan.width_mm


def test_geometry_is_an_image_on_the_foot_grid(scan: Scan) -> None:
    grid = FootGrid()
    image = scan.geometry(grid)
    assert image.shape == grid.shape and image.dtype == np.float32
    assert image.min() == 0 and image.max() == 1
    u, v = np.moveaxis(grid.centres(), -1, 0)
    assert (image[(u < -0.03) | (u > 1.03)] == 0).all()
    assert image[np.hypot(u - 0.12, v - 0.4) < 0.05].min() > 0.95  # the heel is on the floor
    arch = image[(abs(u - 0.4) < 0.03) & (v > 0) & (v < 0.2)].mean()
    assert arch < image[(abs(u - 0.4) < 0.03) & (v > 0.5) & (v < 0.7)].mean() - 0.2


# --- overrides and refusals --------------------------------------------------------------------


def test_what_the_user_says_counts(foot: trimesh.Trimesh, scan: Scan) -> None:
    said = scan_from_mesh(foot, "foot", units="mm", side="left", up="+z", toes="-y")
    assert said.side == "left"
    turned = scan.height_mm[::-1]  # by half a turn, and mirrored as a left one
    rows = min(len(turned), len(said.height_mm))
    assert np.isfinite(turned).sum() == pytest.approx(np.isfinite(said.height_mm).sum(), rel=0.01)
    assert np.nansum(said.height_mm[: rows // 3]) == pytest.approx(
        np.nansum(turned[: rows // 3]), rel=0.1
    )


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"units": "m"}, "longest extent is .* m, expected 140 to 500 mm; .*units"),
        ({"toes": "+z"}, "toes is not along the foot"),
        ({"toes": "heel"}, r"toes must be one of \+x, .*'heel'"),
        ({"up": "z"}, r"up must be one of \+x, .*'z'"),
        ({"units": "inch"}, "units must be one of m, cm, mm, got 'inch'"),
        ({"side": "medial"}, "side must be one of left, right, got 'medial'"),
    ],
)
def test_wrong_hints_are_refused(wrong: dict, message: str, foot: trimesh.Trimesh) -> None:
    with pytest.raises(ValueError, match=message):
        scan_from_mesh(foot, "foot", **wrong)


@pytest.mark.parametrize(
    ("mesh", "message"),
    [
        (trimesh.Trimesh(), "no triangles"),
        (trimesh.creation.box((260, 260, 260)), "not a foot: "),
        (trimesh.creation.icosphere(3, 130), "not a foot: "),
        (trimesh.creation.box((270, 105, 60)), "fills .* of the box"),
        (trimesh.creation.box((300, 200, 5)), "times as wide as long"),
        (trimesh.creation.icosphere(3, 40), "longest extent is .* in m, cm or mm"),
        (trimesh.creation.box((300, 30, 30)), "times as wide as long"),
        (trimesh.creation.box((300, 5, 5)), "10 mm wide"),
        (triangle(0), "degenerate"),
        (triangle(np.nan), "NaN"),
        (triangle(1e30), "beyond 1e12"),
    ],
)
def test_what_is_no_foot_is_refused(mesh: trimesh.Trimesh, message: str) -> None:
    with pytest.raises(ValueError, match=f"^thing: .*{message}"):
        scan_from_mesh(mesh, "thing")


def test_a_side_that_cannot_be_told_is_asked_for() -> None:
    foot = foot_mesh()
    symmetric = trimesh.util.concatenate([foot, mirrored(foot).apply_translation([90, 0, 0])])
    with pytest.raises(ValueError, match=r"foot: left and right .* pass side"):
        scan_from_mesh(symmetric, "foot")
    assert scan_from_mesh(symmetric, "foot", side="left").side == "left"


# --- the real scans ----------------------------------------------------------------------------


@pytest.mark.parametrize("side", SIDES)
def test_real_scans(side: str, real_data: Path) -> None:
    scan = read_scan(real_data / "scans" / f"{side}_foot.stl")
    assert scan.side == side
    assert scan.length_mm == pytest.approx(275, abs=2)
    assert scan.width_mm == pytest.approx(109, abs=2)
    assert 0.93 < scan.box.length_mm / scan.length_mm < 0.98


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("seed", range(3))
def test_real_scans_moved_scaled_and_mirrored(side: str, seed: int, real_data: Path) -> None:
    mesh = real(real_data, side)
    if seed % 2:
        mesh = mirrored(mesh)
    mesh = moved(mesh, seed).apply_scale(list(SCALES.values())[seed % 3] * 1000)
    scan = scan_from_mesh(mesh, side)
    assert scan.side == (side if seed % 2 == 0 else SIDES[side == "left"])
    assert scan.length_mm == pytest.approx(275, abs=2)
    assert scan.width_mm == pytest.approx(109, abs=2)


@pytest.mark.parametrize("change", [shell, with_hole, noisy, with_leg, cut_low])
@pytest.mark.parametrize("side", SIDES)
def test_real_scans_changed(change, side: str, real_data: Path) -> None:
    scan = scan_from_mesh(moved(change(real(real_data, side)), 7), side)
    assert scan.side == side
    assert scan.length_mm == pytest.approx(275, abs=5)


# --- files -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["foot.stl", "foot.STL", "foot.obj", "foot.ply"])
def test_formats(name: str, foot: trimesh.Trimesh, scan: Scan, tmp_path: Path) -> None:
    path = tmp_path / name
    foot.export(path, file_type=path.suffix[1:].lower())
    read = read_scan(path)
    assert read.source == str(path)
    assert (read.side, read.length_mm) == ("right", scan.length_mm)
