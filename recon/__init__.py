"""Reconstruct whole plantar pressure maps from a foot's geometry and a few sensors.

A tour of the values: a `Recording` holds frames as an instrument wrote them. Registered to the
`FootGrid`, a stance of one foot becomes a `Sample`, and many people a `Cohort`. A `Layout` says
where sensors sit; `readings` is what they read. Reconstructors (`MeanMap`, `Linear` here, the
CBAM U-Net in `recon.unet`) turn readings back into maps, `recon.gait` compares them with the
truth, and `recon.validate` does so by cross-validation into a `Score`. `recon.importing` makes a
cohort of recorded files, `recon.simulate` one of simulated people. `save` and `load` keep a fitted
reconstructor in a file, `export_onnx` exports one. These three and the networks import torch;
`import recon` does not.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from recon.cohort import Cohort, Sample
from recon.grid import FootGrid
from recon.landmarks import LANDMARKS, PUBLISHED
from recon.layout import Layout, Sensor, readings
from recon.linear import Linear, MeanMap
from recon.recording import Recording

if TYPE_CHECKING:
    from recon.model_file import load, save
    from recon.onnx_export import export_onnx

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
    "export_onnx",
    "load",
    "readings",
    "save",
]


def __getattr__(name: str) -> Any:
    """What needs torch, which takes seconds to import, is imported when it is first used."""
    if name in ("load", "save"):
        return getattr(import_module("recon.model_file"), name)
    if name == "export_onnx":
        return import_module("recon.onnx_export").export_onnx
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
