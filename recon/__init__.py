"""Reconstruct whole plantar pressure maps from a foot's geometry and a few sensors.

A tour of the values: a `Recording` holds frames as an instrument wrote them. Registered to the
`FootGrid`, a stance of one foot becomes a `Sample`, and many people a `Cohort`. A `Layout` says
where sensors sit; `readings` is what they read. Reconstructors (`MeanMap`, `Linear` here, the
CBAM U-Net in `recon.unet`, which alone needs torch) turn readings back into maps, `gait` compares
them with the truth, and `validate` does so by cross-validation into a `Score`.
"""

from recon.cohort import Cohort, Sample
from recon.grid import FootGrid
from recon.landmarks import LANDMARKS, PUBLISHED
from recon.layout import Layout, Sensor, readings
from recon.recording import Recording

__all__ = [
    "LANDMARKS",
    "PUBLISHED",
    "Cohort",
    "FootGrid",
    "Layout",
    "Recording",
    "Sample",
    "Sensor",
    "readings",
]
