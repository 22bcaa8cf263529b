from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
import torch
from walkers import GRID, walkers

import recon
from recon import Layout, Linear, MeanMap, onnx_export
from recon.unet import UNetReconstructor

LAYOUT = Layout(((0.2, 0.5), (0.7, 0.3)))


@pytest.mark.parametrize("geometry", [False, True])
@pytest.mark.parametrize("kind", [Linear, UNetReconstructor])
def test_the_graph_computes_what_predict_does(
    kind: type[Linear | UNetReconstructor], geometry: bool, tmp_path: Path
) -> None:
    cohort = walkers(people=3, geometry=geometry)
    model = UNetReconstructor(steps=1, batch=2) if kind is UNetReconstructor else Linear()
    model.fit(cohort)
    if isinstance(model, UNetReconstructor):  # weights by which every part of it matters
        torch.manual_seed(0)
        for weight in model.net_.parameters():
            torch.nn.init.normal_(weight, std=0.2)
    path = tmp_path / "model.onnx"
    recon.export_onnx(model, LAYOUT, path)
    assert list(tmp_path.iterdir()) == [path]
    onnx.checker.check_model(onnx.load(path), full_check=True)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    for frames in (1, 7):  # neither is the number of frames that the graph was traced with
        read = np.random.default_rng(0).uniform(0, 100, (frames, 2)).astype(np.float32)
        feet = None if cohort.geometry is None else cohort.geometry[:frames]
        given = {"readings": read, "geometry": feet}
        (maps,) = session.run(None, {i.name: given[i.name] for i in session.get_inputs()})
        expected = model.predict(read, LAYOUT, feet)
        assert np.abs(maps - expected).max() <= 1e-4 * expected.max()
    about = session.get_modelmeta().custom_metadata_map
    assert about["sites"] == "[[0.2, 0.5], [0.7, 0.3]]"
    assert f'"shape": [{GRID.shape[0]}, {GRID.shape[1]}]' in about["grid"]


def test_a_missing_extra_names_the_command(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(onnx_export, "find_spec", lambda name: None)
    model = Linear().fit(walkers(people=2))
    with pytest.raises(ValueError, match=r"pip install 'insole-placement\[onnx\]'"):
        recon.export_onnx(model, LAYOUT, tmp_path / "model.onnx")


def test_what_cannot_be_exported_is_named(tmp_path: Path) -> None:
    cohort = walkers(people=2)
    with pytest.raises(ValueError, match="got MeanMap"):
        recon.export_onnx(MeanMap().fit(cohort), LAYOUT, tmp_path / "m.onnx")  # type: ignore[arg-type]
    model = UNetReconstructor(steps=1, batch=2).fit(cohort, LAYOUT)
    with pytest.raises(ValueError, match="cannot serve another"):
        recon.export_onnx(model, Layout(((0.5, 0.5),)), tmp_path / "m.onnx")
