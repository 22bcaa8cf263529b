import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
import pytest
import torch
from walkers import walkers

import recon
from recon import Cohort, Layout, Linear, MeanMap, tensor_file
from recon.ensemble import Ensemble
from recon.kernel import Kernel
from recon.model_file import FORMAT, VERSION, Storable
from recon.modes import ModeNetwork
from recon.personal import personalise
from recon.plugin import RegressorReconstructor
from recon.study import Inputs, Preset, StudyUNet
from recon.unet import UNetReconstructor
from recon.validate import reconstruct

LAYOUT = Layout(((0.2, 0.5), (0.7, 0.3)))
MAKE: list[Callable[[], Storable]] = [
    MeanMap,
    lambda: Linear(ridge=0.1),
    lambda: Kernel(centres=20),
    lambda: UNetReconstructor(steps=3, batch=4),
]


@pytest.mark.parametrize("make", MAKE)
@pytest.mark.parametrize("layout", [None, LAYOUT])
def test_what_is_loaded_predicts_the_same(
    make: Callable[[], Storable], layout: Layout | None, tmp_path: Path
) -> None:
    cohort = walkers(people=3, geometry=True)
    model = make().fit(cohort, layout)
    recon.save(model, tmp_path / "model.pt")
    loaded = recon.load(tmp_path / "model.pt")
    assert type(loaded) is type(model)
    np.testing.assert_array_equal(
        reconstruct(loaded, cohort, LAYOUT), reconstruct(model, cohort, LAYOUT)
    )
    assert [p.name for p in tmp_path.iterdir()] == ["model.pt"]


@pytest.mark.parametrize("inputs", ["both", "landmarks"])
def test_the_studys_network_is_kept_with_its_preset(inputs: Inputs, tmp_path: Path) -> None:
    cohort = walkers(people=3, geometry=True)
    preset = Preset((8, 16), (32, 20), 4, epochs=2, learning_rate=2e-3, halve_every=1, batch=16)
    model = StudyUNet(preset, inputs=inputs).fit(cohort, LAYOUT)
    recon.save(model, tmp_path / "model.pt")
    loaded = recon.load(tmp_path / "model.pt")
    assert isinstance(loaded, StudyUNet)
    assert loaded.preset == preset
    np.testing.assert_array_equal(
        reconstruct(loaded, cohort, LAYOUT), reconstruct(model, cohort, LAYOUT)
    )


def test_a_network_keeps_its_layout_and_settings(cohort: Cohort, tmp_path: Path) -> None:
    model = UNetReconstructor(steps=2, batch=4, seed=3).fit(cohort, LAYOUT)
    recon.save(model, tmp_path / "model.pt")
    loaded = recon.load(tmp_path / "model.pt")
    assert isinstance(loaded, UNetReconstructor)
    assert (loaded.layout_, loaded.grid_, loaded.seed) == (LAYOUT, cohort.grid, 3)
    assert not loaded.net_.training


def test_what_is_made_of_others_is_kept_with_them(tmp_path: Path) -> None:
    cohort = walkers(people=3, geometry=True)
    me = cohort.subset(cohort.subjects[:1])
    network = ModeNetwork(2, steps=5, batch=8, copies=1)
    model = personalise(Ensemble([Kernel(centres=20), network]).fit(cohort, LAYOUT), me)
    recon.save(model, tmp_path / "model.pt")
    loaded = recon.load(tmp_path / "model.pt")
    np.testing.assert_array_equal(
        reconstruct(loaded, cohort, LAYOUT), reconstruct(model, cohort, LAYOUT)
    )
    with pytest.raises(ValueError, match="another layout"):
        reconstruct(loaded, cohort, Layout(((0.5, 0.5),)))
    with pytest.raises(ValueError, match="once it has a layout"):
        recon.save(ModeNetwork().fit(cohort), tmp_path / "any.pt")


@pytest.fixture
def stored(cohort: Cohort, tmp_path: Path) -> Path:
    path = tmp_path / "model.pt"
    recon.save(UNetReconstructor(steps=1, batch=2).fit(cohort), path)
    return path


def test_damaged_files_give_one_line_or_the_same_model(stored: Path, cohort: Cohort) -> None:
    """Whatever byte is changed or lost, a checksum or a check notices."""
    whole = stored.read_bytes()
    truth = reconstruct(recon.load(stored), cohort, LAYOUT)
    rng = np.random.default_rng(0)
    for _ in range(60):
        content = bytearray(whole)
        if rng.random() < 0.3:
            content = content[: rng.integers(len(content))]
        else:
            content[rng.integers(len(content))] ^= int(rng.integers(1, 256))
        stored.write_bytes(content)
        try:
            maps = reconstruct(recon.load(stored), cohort, LAYOUT)
        except ValueError as error:
            assert str(stored) in str(error) and "\n" not in str(error)
        else:  # a byte that nothing depends on, such as padding
            np.testing.assert_array_equal(maps, truth)


def test_foreign_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.pt"
    torch.save({"weight": torch.ones(3)}, path)
    with pytest.raises(ValueError, match=r"other\.pt: expected .* perhaps bare weights"):
        recon.load(path)
    torch.save(torch.nn.Linear(2, 2), path)  # a pickled object, which would run code
    with pytest.raises(ValueError, match="expected a file of format insole-model"):
        recon.load(path)
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        archive.writestr("archive/data.pkl", bytes(10**6))
    with pytest.raises(ValueError, match="another kind of ZIP"):
        recon.load(path)
    tensor_file.write(path, "insole-training", 1, {})
    with pytest.raises(ValueError, match="found insole-training"):
        recon.load(path)
    with pytest.raises(FileNotFoundError):
        recon.load(tmp_path / "none.pt")


def test_files_of_other_releases_and_incomplete_ones_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "new.pt"
    tensor_file.write(path, FORMAT, VERSION + 1, {})
    with pytest.raises(ValueError, match="another release"):
        recon.load(path)
    tensor_file.write(path, FORMAT, VERSION, {"kind": "Oracle", "state": {}})
    with pytest.raises(ValueError, match="kind 'Oracle'"):
        recon.load(path)
    tensor_file.write(path, FORMAT, VERSION, {"kind": "Linear", "state": {}})
    with pytest.raises(ValueError, match="damaged Linear"):
        recon.load(path)


def test_only_fitted_reconstructors_are_saved(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not fitted"):
        recon.save(Linear(), tmp_path / "model.pt")
    with pytest.raises(ValueError, match="got a str"):
        recon.save("model", tmp_path / "model.pt")  # type: ignore[arg-type]  # the mistake
    assert list(tmp_path.iterdir()) == []


def test_recon_alone_never_loads_torch() -> None:
    code = "import recon, sys; sys.exit('torch' in sys.modules or not callable(recon.load))"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_numbers_of_numpy_are_kept_as_plain_ones(cohort: Cohort, tmp_path: Path) -> None:
    for model in (Kernel(noise=np.float64(0.3), centres=20), Linear(ridge=np.float32(0.1))):
        recon.save(model.fit(cohort, LAYOUT), tmp_path / "model.pt")
        loaded = recon.load(tmp_path / "model.pt")
        np.testing.assert_array_equal(
            reconstruct(loaded, cohort, LAYOUT), reconstruct(model, cohort, LAYOUT)
        )


def test_what_could_not_be_loaded_is_not_saved(cohort: Cohort, tmp_path: Path) -> None:
    """A plugged-in model has no place in a file, not even inside another."""
    plugged = RegressorReconstructor(object())  # type: ignore[arg-type]  # the mistake
    with pytest.raises(ValueError, match="can be saved, got a RegressorReconstructor"):
        recon.save(Ensemble([Linear().fit(cohort), plugged]), tmp_path / "model.pt")
    assert list(tmp_path.iterdir()) == []


def test_what_was_trained_on_a_gpu_loads_without_one(cohort: Cohort, tmp_path: Path) -> None:
    model = UNetReconstructor(steps=1, batch=2, device="cpu").fit(cohort)
    model.device = "cuda"
    recon.save(model, tmp_path / "model.pt")
    loaded = recon.load(tmp_path / "model.pt")
    assert isinstance(loaded, UNetReconstructor) and loaded.device == "auto"
