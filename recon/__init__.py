"""Reconstruct whole plantar pressure maps from a foot's geometry and a few sensors.

A tour of the values: a `Recording` holds frames as an instrument wrote them. Registered to the
`FootGrid`, a stance of one foot becomes a `Sample`, and many people a `Cohort`. A `Layout` says
where sensors sit; `readings` is what they read. Reconstructors (`MeanMap`, `Linear` here, the
CBAM U-Net in `recon.unet`, which alone imports torch) turn readings back into maps, `recon.gait`
compares them with the truth, and `recon.validate` does so by cross-validation into a `Score`.
`recon.importing` makes a cohort of recorded files, `recon.simulate` one of simulated people.
"""

from recon.cohort import Cohort, Sample
from recon.grid import FootGrid
from recon.landmarks import LANDMARKS, PUBLISHED
from recon.layout import Layout, Sensor, readings
from recon.linear import Linear, MeanMap
from recon.recording import Recording

__all__ = [
    "LANDMARKS",
    "PUBLISHED",
    "Cohort",
    "FootGrid",
    "Layout",
    "Linear",
    "MeanMap",
    "Recording",
    "Sample",
    "Sensor",
    "readings",
]
