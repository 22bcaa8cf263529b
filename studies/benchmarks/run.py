"""How long the steps before a search take, and how much memory. See README.md."""

import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

JOBS = {
    "scan of about 480,000 triangles, binary STL": """
from recon.simulate import draw_people, feet, foot_mesh
mesh = foot_mesh(feet(draw_people(1)[0])[1])
while len(mesh.faces) < 4e5:
    mesh = mesh.subdivide()
mesh.export(path / "scan.stl")
from recon.scan import read_scan
read_scan(path / "scan.stl")
start = time.perf_counter()
read_scan(path / "scan.stl")
""",
    "35 simulated people (scanned, recorded, registered)": """
from recon.simulate import simulate
start = time.perf_counter()
simulate(35)
""",
    "linear search on 35 simulated people, 4 sensors": """
from placement.search import search
from placement.settings import Settings
from recon.demo import demo_cohort
cohort = demo_cohort()
start = time.perf_counter()
search(cohort, Settings(fidelity="linear"))
""",
    "import of SpeedPP2DS (7 people, 420 steps)": """
from recon.importing import import_recordings
start = time.perf_counter()
import_recordings(real)
""",
}
FRAME = """
import resource, sys, time
from pathlib import Path
path, real = Path(sys.argv[1]), Path(sys.argv[2])
{job}
print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def main(
    speedpp2ds: Annotated[Path | None, typer.Option(help="Folder of SpeedPP2DS.")] = None,
) -> None:
    for name, job in JOBS.items():
        if "SpeedPP2DS" in name and speedpp2ds is None:
            continue
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, "-c", FRAME.format(job=job), folder, str(speedpp2ds)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
        seconds, megabytes = map(float, done.stdout.split())
        print(f"{name}: {seconds:.1f} s, {megabytes:.0f} MB", flush=True)
    load = Path("/proc/loadavg")
    if load.exists():
        print(f"load of the machine: {load.read_text().split()[0]}")
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"in all {children.ru_utime + children.ru_stime:.0f} s of CPU")


if __name__ == "__main__":
    typer.run(main)
