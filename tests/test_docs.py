"""The complete examples in the documentation run as they stand."""

import re
from pathlib import Path

import pytest
from walkers import walkers

ROOT = Path(__file__).parents[1]
PLUGINS = ROOT / "docs" / "plugins.md"
EXAMPLES = re.findall(r"```python\n(.*?)```", PLUGINS.read_text(), re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES, ids=["network", "regressor"])
def test_an_example_runs(example: str, capsys: pytest.CaptureFixture[str]) -> None:
    if "sklearn" in example:
        pytest.importorskip("sklearn")
    exec(compile(example, str(PLUGINS), "exec"), {"__name__": "example"})
    assert float(capsys.readouterr().out) > 0


@pytest.mark.parametrize("name", ["README.md", "docs/reconstructors.md"])
def test_the_examples_run_one_after_the_other(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    walkers(people=4, geometry=True).save(tmp_path / "cohort")
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / name).read_text(), flags=re.DOTALL)
    assert blocks
    code = "\n".join(blocks).replace("steps=700", "steps=5")
    exec(compile(code, name, "exec"), {"__name__": "example"})
