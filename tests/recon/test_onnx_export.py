from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from walkers import GRID, walkers

import recon
from recon import Layout, Linear, MeanMap, onnx_export
from recon.ensemble import Ensemble
from recon.kernel import Kernel
from recon.modes import ModeNetwork
from recon.personal import personalise
from recon.reconstructor import Reconstructor
from recon.study import Preset, StudyUNet
from recon.unet import UNetReconstructor

LAYOUT = Layout(((0.2, 0.5), (0.7, 0.3)))


PRESET = Preset((8, 16), (32, 20), 4, epochs=1, learning_rate=2e-3, halve_every=1)


def modes() -> ModeNetwork:
    return ModeNetwork(2, steps=20, batch=16, copies=1)


def drawn(net: torch.nn.Module) -> None:
    """Weights by which every part of a network matters."""
    torch.manual_seed(0)
    for weight in net.parameters():
        torch.nn.init.normal_(weight, std=0.2)


KINDS: dict[str, Callable[[], Reconstructor]] = {
    "linear": Linear,
    "kernel": lambda: Kernel(centres=40),
    "mode network": modes,
    "network": lambda: UNetReconstructor(steps=1, batch=2),
    "study": lambda: StudyUNet(PRESET),
    "study, landmarks": lambda: StudyUNet(PRESET, inputs="landmarks"),
    "ensemble": lambda: Ensemble([Kernel(centres=40), modes(), Linear()]),
}


@pytest.mark.parametrize(
    ("kind", "geometry"),
    [(kind, kind in ("study", "ensemble")) for kind in KINDS]
    + [(kind, True) for kind in ("kernel", "mode network", "network")],
)
def test_the_graph_computes_what_predict_does(kind: str, geometry: bool, tmp_path: Path) -> None:
    cohort = walkers(people=3, geometry=geometry)
    model = KINDS[kind]().fit(cohort, LAYOUT)
    if isinstance(model, UNetReconstructor):
        drawn(model.net_)
    if isinstance(model, StudyUNet):
        drawn(model.model_.net)
    path = tmp_path / "model.onnx"
    recon.export_onnx(model, LAYOUT, path)
    assert list(tmp_path.iterdir()) == [path]
    onnx.checker.check_model(onnx.load(path), full_check=True)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    for frames in (1, 7):  # neither is the number of frames that the graph was traced with
        read = np.random.default_rng(0).uniform(-5, 100, (frames, 2)).astype(np.float32)
        feet = None if cohort.geometry is None else cohort.geometry[:frames]
        given = {"readings": read, "geometry": feet}
        (maps,) = session.run(None, {i.name: given[i.name] for i in session.get_inputs()})
        expected = model.predict(read, LAYOUT, feet)
        assert np.abs(maps - expected).max() <= 1e-4 * expected.max()
    about = session.get_modelmeta().custom_metadata_map
    assert about["sites"] == "[[0.2, 0.5], [0.7, 0.3]]"
    assert f'"shape": [{GRID.shape[0]}, {GRID.shape[1]}]' in about["grid"]


def test_a_calibrated_graph_computes_what_predict_does(tmp_path: Path) -> None:
    cohort = walkers(people=4, geometry=True)
    wearer = cohort.subset(cohort.subjects[:1])
    base = KINDS["ensemble"]().fit(cohort.subset(cohort.subjects[1:]), LAYOUT)
    model = personalise(base, wearer)
    recon.export_onnx(model, LAYOUT, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(
        tmp_path / "model.onnx", providers=["CPUExecutionProvider"]
    )
    read = np.random.default_rng(0).uniform(-5, 100, (7, 2)).astype(np.float32)
    assert wearer.geometry is not None
    feet = np.repeat(wearer.geometry[:1], 7, axis=0)
    (maps,) = session.run(None, {"readings": read, "geometry": feet})
    expected = model.predict(read, LAYOUT, feet)
    assert np.abs(maps - expected).max() <= 1e-4 * expected.max()
    assert np.abs(expected - base.predict(read, LAYOUT, feet)).max() > 1e-2 * expected.max()


def test_a_missing_extra_names_the_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(onnx_export, "find_spec", lambda name: None)
    model = Linear().fit(walkers(people=2))
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'insole-placement\[onnx\]'"):
        recon.export_onnx(model, LAYOUT, tmp_path / "model.onnx")


def test_what_cannot_be_exported_is_named(tmp_path: Path) -> None:
    cohort = walkers(people=2)
    with pytest.raises(ValueError, match="got MeanMap"):
        recon.export_onnx(MeanMap().fit(cohort), LAYOUT, tmp_path / "m.onnx")
    for kind in ("network", "study, landmarks"):
        with pytest.raises(ValueError, match="cannot serve another"):
            model = KINDS[kind]().fit(cohort, LAYOUT)
            recon.export_onnx(model, Layout(((0.5, 0.5),)), tmp_path / "m.onnx")
    for memory in (Kernel(memory=True), Ensemble([ModeNetwork(memory=True)])):
        with pytest.raises(ValueError, match="memory does not export"):
            recon.export_onnx(memory.fit(cohort), LAYOUT, tmp_path / "m.onnx")
    for unfitted in (kind() for kind in KINDS.values()):
        with pytest.raises(ValueError, match="is not fitted yet"):
            recon.export_onnx(unfitted, LAYOUT, tmp_path / "m.onnx")
