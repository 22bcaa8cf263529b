"""The time of one core that reading a scan takes."""

import subprocess
import sys
from pathlib import Path

import numpy as np

from recon.simulate import draw_people, feet, foot_mesh

FORMATS = {
    "binary STL": ("scan.stl", "stl"),
    "ASCII STL": ("text.stl", "stl_ascii"),
    "PLY": ("scan.ply", "ply"),
    "OBJ": ("scan.obj", "obj"),
}
READ = """
import sys, time
from recon.scan import read_scan
import trimesh  # loaded before the clock starts
def seconds():
    start = time.process_time()
    read_scan(sys.argv[1])
    return time.process_time() - start
print(min(seconds() for _ in range(2)))
"""


def write_scans(folder: Path, triangles: int) -> int:
    """One simulated foot in all formats, of at least 30,000 triangles; returns how many it has."""
    mesh = foot_mesh(feet(draw_people(1)[0])[1])
    while 4 * len(mesh.faces) <= triangles:
        mesh = mesh.subdivide()
    more = max(0, triangles - len(mesh.faces)) // 3  # a divided triangle makes four
    mesh = mesh.subdivide(face_index=np.arange(more)) if more else mesh
    for name, kind in FORMATS.values():
        mesh.export(folder / name, file_type=kind)
    return len(mesh.faces)


def seconds(path: Path) -> float:
    """CPU time, which other work on the machine disturbs little; the faster of two readings."""
    command = [sys.executable, "-c", READ, str(path)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
