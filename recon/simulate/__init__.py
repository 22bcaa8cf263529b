"""Simulated people with known truth, in kPa, mm and N.

`people` draws bodies, `sole` their anatomy, `gait` how they walk; `contact` turns load into
pressure, and `walk` puts these together. `mesh` makes a whole foot of a sole, to be scanned, and
`plate` records the steps. `cohort` imports that in memory, `folder` writes it as files.
docs/simulation.md has the equations and their sources, `studies/simulator_realism` how far the
people stand from real ones.
"""

from recon.simulate.cohort import MODEL, simulate
from recon.simulate.people import Person, draw_people

__all__ = ["MODEL", "Person", "draw_people", "simulate"]
