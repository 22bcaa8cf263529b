"""Export of a fitted reconstructor to ONNX, to run where there is no Python or torch."""

from __future__ import annotations

import copy
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
from recon.linear import Affine, Linear
from recon.one_layout import OneLayout
from recon.unet import UNetReconstructor

_NEEDS = ("onnx", "onnxscript")


def export_onnx(
    reconstructor: Linear | UNetReconstructor, layout: Layout, path: str | Path
) -> None:
    """Write the reconstruction of one layout as an ONNX graph.

    Inputs are `readings` (n, k) float32, in the order of `layout.sites` and the units of the
    cohort, and, for a network fitted with geometry, `geometry` (n, rows, columns) float32 in
    [0, 1]; the output is `maps` (n, rows, columns) float32, >= 0, in those units. n is free. The
    file's metadata hold `sites`, `diameter_mm` and `grid` as JSON.

    Raises:
        ValueError: another kind of reconstructor, a layout that the network does not serve, or
            the extra `onnx` is not installed.
        OSError: the file cannot be written.
    """
    if not isinstance(reconstructor, Linear | UNetReconstructor):
        raise ValueError(
            f"only Linear and UNetReconstructor export to ONNX, got {type(reconstructor).__name__}"
        )
    if missing := [name for name in _NEEDS if find_spec(name) is None]:
        raise ValueError(
            f"ONNX export needs {' and '.join(missing)}: pip install 'insole-placement[onnx]'"
        )
    grid = reconstructor.grid_
    inputs = {"readings": torch.ones(2, len(layout))}
    graph: nn.Module
    if isinstance(reconstructor, Linear):
        graph = _LinearGraph(reconstructor.affine(layout), grid.shape)
    else:
        graph = _NetworkGraph(copy.deepcopy(reconstructor.one_layout(layout)).cpu())
        if reconstructor.geometry_:
            inputs["geometry"] = torch.ones(2, *grid.shape)
    about = {
        "sites": layout.sites,
        "diameter_mm": layout.sensor.diameter_mm,
        "grid": {"shape": grid.shape, "pitch_mm": grid.pitch_mm, "foot_mm": grid.foot_mm},
    }
    frames = torch.export.Dim("n")
    with _quiet():
        program = torch.onnx.export(
            graph.eval(),
            tuple(inputs.values()),
            input_names=list(inputs),
            output_names=["maps"],
            dynamic_shapes=tuple({0: frames} for _ in inputs),
            dynamo=True,
            verbose=False,
        )
    assert program is not None
    program.model.metadata_props.update({key: json.dumps(value) for key, value in about.items()})
    with replacing_file(Path(path)) as partial:
        program.save(partial)


class _LinearGraph(nn.Module):
    weights: Tensor
    offset: Tensor

    def __init__(self, linear: Affine, shape: tuple[int, int]) -> None:
        super().__init__()
        self.register_buffer("weights", torch.from_numpy(linear.weights))
        self.register_buffer("offset", torch.from_numpy(linear.offset))
        self.shape = shape

    def forward(self, readings: Tensor) -> Tensor:
        maps = readings @ self.weights + self.offset
        return maps.clamp(min=0).reshape(-1, *self.shape)


class _NetworkGraph(nn.Module):
    def __init__(self, served: OneLayout) -> None:
        super().__init__()
        self.served = served

    def forward(self, readings: Tensor, geometry: Tensor | None = None) -> Tensor:
        net = self.served.net
        features = None if geometry is None else net.encode(geometry[:, None])
        maps: Tensor = self.served(readings, features)
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
