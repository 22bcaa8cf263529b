"""Imports run one way, so that each part can be read and used without what stands above it."""

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LAYERS = [
    {
        "recon.grid",
        "recon.files",
        "recon.crosstalk",
        "recon.gait",
        "recon.nonnegative",
        "recon.recording",
        "recon.resampling",
        "recon.network",
    },
    {"recon.layout", "recon.stance", "recon.lay", "recon.sole", "recon.mesh"},
    {"recon.height"},
    {"recon.readers.text", "recon.readers.track", "recon.scan"},
    {"recon.readers"},
    {"recon.landmarks", "recon.register", "recon.folder"},
    {"recon.cohort", "recon.intake"},
    {"recon.footprint", "recon.reconstructor", "recon.feet", "recon.scan_intake"},
    {
        "recon.importing",
        "recon.simulate.people",
        "recon.simulate.contact",
        "recon.simulate.rotation",
    },
    {"recon.simulate.sole"},
    {"recon.simulate.gait"},
    {"recon.simulate.walk"},
    {"recon.simulate.foot", "recon.simulate.instrument", "recon.simulate.truth"},
    {"recon.simulate.cohort"},
    {"recon.simulate.folder"},
    {"recon.simulate"},
    {
        "recon.linear",
        "recon.history",
        "recon.demo",
        "recon.ensemble",
        "recon.augment",
        "recon.foot_shape",
        "recon.tensor_file",
        "recon.onnx_pressing",
        "recon.onnx_loop",
    },
    {"recon.kernel", "recon.checkpoint"},
    {"recon.training", "recon.descent", "recon.one_layout", "recon.study_network"},
    {"recon.personal", "recon.modes"},
    {"recon.unet", "recon.study"},
    {"recon.onnx_graphs"},
    {"recon.model_file", "recon.onnx_export", "recon.live", "recon.contract"},
    {"recon.plugin.frames"},
    {"recon.plugin.module", "recon.plugin.regressor"},
    {"recon.plugin"},
    {"recon.validate"},
    {"recon.uncertainty", "recon.calibration"},
    {"recon"},
    {"placement"},
    {
        "placement.areas",
        "placement.sites",
        "placement.moments",
        "placement.bound",
        "placement.wiring",
    },
    {"placement.swaps", "placement.zones", "placement.layout_file", "placement.disturbance"},
    {
        "placement.scoring",
        "placement.peak_scoring",
        "placement.exhaustive",
        "placement.constraints",
    },
    {
        "placement.optimality",
        "placement.constraints_file",
        "placement.allowed",
        "placement.shift_scoring",
    },
    {"placement.mend", "placement.inequalities", "placement.basis"},
    {"placement.objectives"},
    {"placement.problem", "placement.room"},
    {"placement.arguments"},
    {"placement.workers", "placement.journal"},
    {"placement.settings"},
    {
        "placement.reuse",
        "placement.split",
        "placement.front",
        "placement.reconstructors",
        "placement.shortlist",
    },
    {"placement.inspect", "placement.gains"},
    {
        "placement.networks",
        "placement.plots",
        "placement.report",
        "placement.contact_sheet",
        "placement.report_objectives",
        "placement.report_cohorts",
        "placement.report_runs",
        "placement.report_sites",
        "placement.run_folder",
        "placement.explore",
        "placement.nested",
        "placement.selection",
    },
    {
        "placement.judging",
        "placement.report_gains",
        "placement.screen",
        "placement.plots_objectives",
        "placement.plots_layouts",
    },
    {"placement.search", "placement.draw"},
    {"placement.evaluate", "placement.given", "placement.scores_file"},
    {"placement.cli.options", "placement.cli.objective_options", "placement.cli.shared"},
    {"placement.cli.told"},
    {
        "placement.cli.search",
        "placement.cli.status",
        "placement.cli.evaluate",
        "placement.cli.cohorts",
    },
    {"placement.cli"},
]
HEAVY = {"torch": "recon", "trimesh": "recon", "pymoo": "placement", "typer": "placement"}


@cache
def modules() -> dict[str, ast.Module]:
    found = {}
    for path in sorted([*ROOT.glob("recon/**/*.py"), *ROOT.glob("placement/**/*.py")]):
        name = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        found[name.removesuffix(".__init__")] = ast.parse(path.read_text())
    return found


def imports(tree: ast.Module) -> set[str]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def level(name: str) -> int:
    """The layer of a module, or of the package it lies in (recon.readers.* is one place)."""
    for depth, layer in enumerate(LAYERS):
        if name in layer or any(name.startswith(f"{m}.") for m in layer if m.count(".") == 1):
            return depth
    raise AssertionError(f"{name} has no place in the layers")


@pytest.mark.parametrize("name", modules())
def test_a_module_imports_only_from_below(name: str) -> None:
    known = modules()
    for target in imports(known[name]) & known.keys():
        same_package = target.rpartition(".")[0] == name or name.rpartition(".")[0] == target
        if target != name and not same_package:
            assert level(target) < level(name), f"{name} must not import {target}"


@pytest.mark.parametrize("name", modules())
def test_heavy_packages_stay_in_their_place(name: str) -> None:
    for used in {target.partition(".")[0] for target in imports(modules()[name])} & HEAVY.keys():
        assert name.startswith(HEAVY[used]) or name == "placement.networks"
    if name == "placement.search":
        assert "torch" not in imports(modules()[name])


def test_a_linear_search_never_loads_torch() -> None:
    code = "import placement.search, sys; sys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
