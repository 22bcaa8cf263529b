"""Fitted reconstructors of one layout as torch modules, to be exported."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from functools import singledispatch

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from recon import kernel
from recon.ensemble import Ensemble
from recon.foot_shape import FootShapes
from recon.grid import FootGrid
from recon.kernel import Kernel
from recon.layout import Layout
from recon.linear import Affine, Linear
from recon.modes import ModeNet, ModeNetwork
from recon.one_layout import OneLayout
from recon.onnx_pressing import Pressing
from recon.personal import Correction, Personalised
from recon.reconstructor import Reconstructor, check_fitted
from recon.study import StudyUNet
from recon.unet import UNetReconstructor


@dataclass(frozen=True)
class Graph:
    """What `predict` computes for one layout.

    Args:
        module: readings (n, k), >= 0, and geometry (n, rows, columns) or None -> maps
            (n, rows, columns).
        grid: of the maps.
        looks: whether it needs the geometry.
    """

    module: nn.Module
    grid: FootGrid
    looks: bool


@singledispatch
def graph_of(reconstructor: Reconstructor, layout: Layout) -> Graph:
    """The graph of a fitted reconstructor of single frames.

    Raises:
        ValueError: a kind that has none, not fitted, with a memory, or another layout than served.
    """
    known = ", ".join(kind.__name__ for kind in graph_of.registry if kind is not object)
    raise ValueError(f"only {known} export to ONNX, got {type(reconstructor).__name__}")


@graph_of.register
def _(reconstructor: Linear, layout: Layout) -> Graph:
    check_fitted(reconstructor)
    grid = reconstructor.grid_
    module = _Linear(reconstructor.affine(layout), reconstructor.foot, grid.shape)
    return Graph(module, grid, looks=False)


@graph_of.register
def _(reconstructor: Kernel, layout: Layout) -> Graph:
    check_fitted(reconstructor)
    _check_no_memory(reconstructor)
    grid, shapes = reconstructor.grid_, reconstructor.shapes_
    module = _Kernel(reconstructor.solution(layout), shapes, grid.shape)
    return Graph(module, grid, looks=shapes.count > 0)


@graph_of.register
def _(reconstructor: ModeNetwork, layout: Layout) -> Graph:
    check_fitted(reconstructor)
    _check_no_memory(reconstructor)
    grid, shapes = reconstructor.grid_, reconstructor.shapes_
    module = _Modes(copy.deepcopy(reconstructor.one_layout(layout)), shapes, grid.shape)
    return Graph(module, grid, looks=shapes.count > 0)


@graph_of.register
def _(reconstructor: UNetReconstructor, layout: Layout) -> Graph:
    check_fitted(reconstructor)
    module = _Network(copy.deepcopy(reconstructor.one_layout(layout)).cpu())
    return Graph(module, reconstructor.grid_, reconstructor.geometry_)


@graph_of.register
def _(reconstructor: StudyUNet, layout: Layout) -> Graph:
    check_fitted(reconstructor)
    module = copy.deepcopy(reconstructor.one_layout(layout)).cpu()
    return Graph(module, reconstructor.grid_, module.looks)


@graph_of.register
def _(reconstructor: Ensemble, layout: Layout) -> Graph:
    members = [graph_of(member, layout) for member in reconstructor.members]
    return Graph(_Mean(members), members[0].grid, any(member.looks for member in members))


@graph_of.register
def _(reconstructor: Personalised, layout: Layout) -> Graph:
    base = graph_of(reconstructor.base, layout)
    return Graph(_Personal(base, reconstructor.correction(layout)), base.grid, base.looks)


def _check_no_memory(reconstructor: Kernel | ModeNetwork) -> None:
    if reconstructor.memory:
        raise ValueError(
            "a reconstructor with memory does not export to ONNX, whose graph sees single frames; "
            "use one without"
        )


class _Linear(nn.Module):
    weights: Tensor
    offset: Tensor

    def __init__(self, linear: Affine, foot: NDArray[np.bool_], shape: tuple[int, int]) -> None:
        super().__init__()
        self.register_buffer("weights", torch.from_numpy(linear.weights))
        self.register_buffer("offset", torch.from_numpy(linear.offset))
        self.pressing = Pressing(foot, shape)

    def forward(self, readings: Tensor, geometry: Tensor | None) -> Tensor:
        maps: Tensor = self.pressing(readings @ self.weights + self.offset)
        return maps


class _Shapes(nn.Module):
    """`FootShapes.features`: (n, rows, columns) -> (n, c), float64."""

    mean: Tensor
    axes: Tensor

    def __init__(self, shapes: FootShapes) -> None:
        super().__init__()
        self.register_buffer("mean", torch.from_numpy(shapes.mean.ravel()))
        self.register_buffer("axes", torch.from_numpy(shapes.axes).flatten(1))

    def forward(self, readings: Tensor, geometry: Tensor | None) -> Tensor:
        if geometry is None:
            return readings.new_zeros((readings.shape[0], 0), dtype=torch.float64)
        return (geometry.double().flatten(1) - self.mean) @ self.axes.T


class _Kernel(nn.Module):
    """`kernel.Solution.maps` for single frames, in float64 as there: large weights cancel."""

    centres: Tensor
    features: Tensor
    feet: Tensor
    weights: Tensor
    offset: Tensor

    def __init__(
        self, solution: kernel.Solution, shapes: FootShapes, shape: tuple[int, int]
    ) -> None:
        super().__init__()
        self.scale = solution.scale
        self.pressing = Pressing(solution.foot, shape, centre=False)
        self.shapes = _Shapes(shapes)
        values: dict[str, NDArray[np.float64]] = {
            "centres": solution.centres,
            "features": kernel.features(solution.centres, solution.sensors),
            "feet": solution.feet,
            "weights": solution.weights,
            "offset": solution.offset,
        }
        for name, value in values.items():
            self.register_buffer(name, torch.from_numpy(value))

    def forward(self, readings: Tensor, geometry: Tensor | None) -> Tensor:
        rows = readings.double() / self.scale
        likeness = _likeness(rows, self.features)
        feet_apart = _distance2(self.shapes(readings, geometry), self.feet)
        near = torch.exp(-feet_apart / (2 * kernel.FOOT_LENGTH**2))
        flat = kernel.CONSTANT + rows @ self.centres.T / rows.shape[1]
        across = flat + likeness * (1 - kernel.FOOT + kernel.FOOT * near)
        maps: Tensor = self.pressing((across @ self.weights + self.offset).float())
        return maps


def _load(rows: Tensor) -> Tensor:
    """`kernel.load_of`: (n, k) -> (n, 1)."""
    return rows.mean(1, keepdim=True) + kernel.FAINT


def _likeness(rows: Tensor, features: Tensor) -> Tensor:
    """`kernel.likeness` of rows (n, k) and of what `kernel.features` made of others: (n, m)."""
    load = _load(rows)
    own = torch.cat([rows / (load * rows.shape[1]), kernel.LOAD * load.log()], dim=1)
    return 1 / (1 + _distance2(own, features) / (2 * kernel.LENGTH**2))


def _distance2(a: Tensor, b: Tensor) -> Tensor:
    """(n, c) and (m, c) -> (n, m)."""
    squares = a.square().sum(1, keepdim=True) + b.square().sum(1)
    return (squares - 2 * a @ b.T).clamp(min=0)


class _Personal(nn.Module):
    """`Personalised.predict` for single frames."""

    features: Tensor
    loads: Tensor
    weights: Tensor

    def __init__(self, base: Graph, correction: Correction) -> None:
        super().__init__()
        self.base = base.module
        self.pressing = Pressing(correction.foot, base.grid.shape, centre=False)
        self.scale = correction.scale
        values = {
            "features": kernel.features(correction.rows, correction.sensors),
            "loads": kernel.load_of(correction.rows),
            "weights": correction.weights,
        }
        for name, value in values.items():
            self.register_buffer(name, torch.from_numpy(value))

    def forward(self, readings: Tensor, geometry: Tensor | None) -> Tensor:
        rows = readings.double() / self.scale
        covariance = _load(rows) * self.loads * (kernel.ALWAYS + _likeness(rows, self.features))
        correction = covariance.float() @ self.weights
        maps: Tensor = self.pressing(self.base(readings, geometry).flatten(1) + correction)
        return maps


class _Modes(nn.Module):
    def __init__(self, net: ModeNet, shapes: FootShapes, shape: tuple[int, int]) -> None:
        super().__init__()
        self.net = net
        self.shapes = _Shapes(shapes)
        self.pressing = Pressing(net.foot, shape)

    def forward(self, readings: Tensor, geometry: Tensor | None) -> Tensor:
        maps: Tensor = self.net(readings, self.shapes(readings, geometry).float())
        found: Tensor = self.pressing(maps)
        return found


class _Network(nn.Module):
    def __init__(self, served: OneLayout) -> None:
        super().__init__()
        self.served = served

    def forward(self, readings: Tensor, geometry: Tensor | None) -> Tensor:
        features = None if geometry is None else self.served.net.encode(geometry[:, None])
        maps: Tensor = self.served(readings, features)
        return maps


class _Mean(nn.Module):
    def __init__(self, members: list[Graph]) -> None:
        super().__init__()
        self.members = nn.ModuleList(member.module for member in members)
        self.looks = [member.looks for member in members]

    def forward(self, readings: Tensor, geometry: Tensor | None) -> Tensor:
        maps = [
            member(readings, geometry if looks else None)
            for member, looks in zip(self.members, self.looks, strict=True)
        ]
        return torch.stack(maps).mean(0)
