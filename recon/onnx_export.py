"""Export of a fitted reconstructor to ONNX, to run where there is no Python or torch."""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor, nn

from recon.files import replacing_file
from recon.layout import Layout
from recon.onnx_graphs import graph_of
from recon.reconstructor import Reconstructor

_NEEDS = ("onnx", "onnxscript")


def export_onnx(reconstructor: Reconstructor, layout: Layout, path: str | Path) -> None:
    """Write the reconstruction of one layout as an ONNX graph.

    Inputs are `readings` (n, k) float32, in the order of `layout.sites` and the units of the
    cohort, and, for one that was fitted with geometry and uses it, `geometry` (n, rows, columns)
    float32 in [0, 1]; the output is `maps` (n, rows, columns) float32, >= 0, in those units. n is
    free. The file's metadata hold `sites`, `diameter_mm` and `grid` as JSON.

    Raises:
        ValueError: a kind of reconstructor that has no graph, one with a memory or not fitted, a
            layout that it does not serve.
        ModuleNotFoundError: the extra `onnx` is not installed.
        OSError: the file cannot be written.
    """
    graph = graph_of(reconstructor, layout)
    if missing := [name for name in _NEEDS if find_spec(name) is None]:
        raise ModuleNotFoundError(
            f"ONNX export needs {' and '.join(missing)}: pip install 'insole-placement[onnx]'"
        )
    from recon.onnx_loop import TRANSLATIONS

    grid = graph.grid
    inputs = {"readings": torch.ones(2, len(layout))}
    if graph.looks:
        inputs["geometry"] = torch.ones(2, *grid.shape)
    about = {
        "sites": layout.sites,
        "diameter_mm": layout.sensor.diameter_mm,
        "grid": {"shape": grid.shape, "pitch_mm": grid.pitch_mm, "foot_mm": grid.foot_mm},
    }
    frames = torch.export.Dim("n")
    with _quiet():
        program = torch.onnx.export(
            _Exported(graph.module).eval(),
            tuple(inputs.values()),
            input_names=list(inputs),
            output_names=["maps"],
            dynamic_shapes=tuple({0: frames} for _ in inputs),
            dynamo=True,
            custom_translation_table=TRANSLATIONS,
            verbose=False,
        )
    assert program is not None
    program.model.metadata_props.update({key: json.dumps(value) for key, value in about.items()})
    with replacing_file(Path(path)) as partial:
        program.save(partial)


class _Exported(nn.Module):
    """Readings below 0 count as 0, as in `recon.reconstructor.check_readings`."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module

    def forward(self, readings: Tensor, geometry: Tensor | None = None) -> Tensor:
        maps: Tensor = self.module(readings.clamp(min=0), geometry)
        return maps


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep back what torch's exporter warns of: its own internals and packages not needed here."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
