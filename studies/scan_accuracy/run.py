"""How well are a foot's size, side and sole found in a scan, and how fast? See README.md."""

import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, NamedTuple

import numpy as np
import trimesh
import typer
from changes import CHANGES, thrown
from timing import FORMATS, seconds, write_scans
from truth import miss

from recon.recording import SIDES, Side
from recon.scan import Scan, scan_from_mesh
from recon.simulate import draw_people, feet, foot_mesh

LENGTH_MM, WIDTH_MM, WITHIN_MM = 275.0, 109.0, 2.0  # of the real feet


class Found(NamedTuple):
    """A scan that was read without a hint, or why not, and the true side."""

    scan: Scan | str
    side: Side


def throw(mesh: trimesh.Trimesh, side: Side, rng: np.random.Generator) -> Found:
    changed, mirrored = thrown(mesh, rng)
    true: Side = SIDES[1 - SIDES.index(side)] if mirrored else side
    try:
        return Found(scan_from_mesh(changed, side), true)
    except ValueError as error:
        return Found(str(error), true)


def row(name: str, found: list[Found]) -> str:
    """Ranges of length and width, and how many have the right side and size."""
    scans = [(one.scan, one.side) for one in found if isinstance(one.scan, Scan)]
    length = np.array([scan.length_mm for scan, _ in scans])
    width = np.array([scan.width_mm for scan, _ in scans])
    sides = sum(scan.side == side for scan, side in scans)
    sized = (abs(length - LENGTH_MM) <= WITHIN_MM) & (abs(width - WIDTH_MM) <= WITHIN_MM)
    return f"| {name} | {len(found)} | {span(length)} | {span(width)} | {sized.sum()} | {sides} |"


def span(values: np.ndarray) -> str:
    return f"{values.min():.0f}-{values.max():.0f}" if len(values) else "none"


def real_feet(folder: Path) -> dict[Side, trimesh.Trimesh]:
    """The two scans in mm."""
    paths = {side: folder / f"{side}_foot.stl" for side in SIDES}
    if missing := [str(path) for path in paths.values() if not path.is_file()]:
        raise typer.BadParameter(f"--scans: no {' and no '.join(missing)}")
    meshes = {side: trimesh.load_mesh(path) for side, path in paths.items()}
    return {side: mesh.apply_scale(1000) for side, mesh in meshes.items()}


def real(folder: Path, poses: int, rng: np.random.Generator) -> Iterable[str]:
    meshes = real_feet(folder)
    yield "| mesh | scans | length mm | width mm | both within 2 mm | side right |"
    yield "|---|---|---|---|---|---|"
    for name, change, times in (
        ("as scanned", lambda mesh: mesh, 5 * poses),
        *((name, change, poses) for name, change in CHANGES.items()),
    ):
        changed = {side: change(mesh) for side, mesh in meshes.items()}
        yield row(name, [throw(changed[s], s, rng) for s in SIDES for _ in range(times)])


def simulated(people: int, rng: np.random.Generator) -> Iterable[str]:
    pairs = [
        (foot, throw(foot_mesh(foot), foot.side, rng))
        for person in draw_people(people)
        for foot in feet(person)
    ]
    scans = [(foot, one.scan) for foot, one in pairs if isinstance(one.scan, Scan)]
    misses = [miss(foot, scan) for foot, scan in scans]
    right = sum(isinstance(one.scan, Scan) and one.scan.side == one.side for _, one in pairs)
    off = np.abs(np.concatenate([one.height_mm for one in misses]))
    yield f"{len(pairs)} simulated feet, {len(scans)} of them read, the side of {right} right"
    for what in ("length_mm", "width_mm"):
        value = np.array([getattr(one, what) for one in misses])
        yield f"- {what}, scan minus truth: {value.mean():+.1f} ± {value.std():.1f}, " + (
            f"at most {abs(value).max():.1f}"
        )
    worst = max(np.abs(one.height_mm).mean() for one in misses)
    yield (
        f"- height_mm: mean error {off.mean():.2f} (worst foot {worst:.2f}), "
        f"median {np.median(off):.2f}, 95 % below {np.quantile(off, 0.95):.2f}"
    )


def times(sizes: tuple[int, ...]) -> Iterable[str]:
    yield "| seconds, triangles | " + " | ".join(FORMATS) + " |"
    yield "|---" * (1 + len(FORMATS)) + "|"
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            count = write_scans(Path(folder), size)
            cells = [f"{seconds(Path(folder) / name):.1f}" for name, _ in FORMATS.values()]
        yield f"| {count:,} | " + " | ".join(cells) + " |"


def main(
    scans: Annotated[Path | None, typer.Option(help="Folder of dupontgu/my-feet.")] = None,
    poses: Annotated[int, typer.Option(help="Of each foot and change; unchanged 5 times.")] = 10,
    people: Annotated[int, typer.Option(help="Simulated people, two feet each.")] = 20,
    seed: Annotated[int, typer.Option(help="Of all poses, units and mirrors.")] = 0,
) -> None:
    rng = np.random.default_rng(seed)
    tables = [simulated(people, rng), times((30_000, 120_000, 500_000))]
    if scans is not None:
        tables.insert(0, real(scans, poses, rng))
    for table in tables:
        for line in table:
            print(line, flush=True)
        print()


if __name__ == "__main__":
    typer.run(main)
