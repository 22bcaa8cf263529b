"""Simulated people: feet, gait and contact pressure with known truth, in kPa, mm and N.

A tour: `draw_people` draws each `Person`, `feet` gives a person two `Foot`s. A foot has a `Sole`
(sole.py), whose bodies a `Manner` of walking (gait.py) loads; the elastic contact of each with
the floor (contact.py) makes pressure of it (walk.py). `foot_mesh` is what a scanner would see of
a foot (foot.py), `record` what a `Plate` would read of a step (instrument.py). `write_people`
writes both as the files of a lab (folder.py); `simulate` is the cohort that their import gives
(cohort.py), `walk` the same steps placed by their truth (truth.py). Equations, sources and how
far it can be believed: docs/simulation.md and studies/simulator_realism.
"""

from recon.simulate.cohort import MODEL, simulate
from recon.simulate.folder import write_people
from recon.simulate.foot import foot_mesh
from recon.simulate.gait import vertical_force
from recon.simulate.instrument import Plate, Recorded, record
from recon.simulate.people import GRAVITY, Person, draw_people
from recon.simulate.truth import points, walk
from recon.simulate.walk import Foot, feet

__all__ = [
    "GRAVITY",
    "MODEL",
    "Foot",
    "Person",
    "Plate",
    "Recorded",
    "draw_people",
    "feet",
    "foot_mesh",
    "points",
    "record",
    "simulate",
    "vertical_force",
    "walk",
    "write_people",
]
