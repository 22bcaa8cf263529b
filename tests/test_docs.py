"""The complete examples in the documentation run as they stand."""

import re
from pathlib import Path

import pytest

PLUGINS = Path(__file__).parents[1] / "docs" / "plugins.md"
EXAMPLES = re.findall(r"```python\n(.*?)```", PLUGINS.read_text(), re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES, ids=["network", "regressor"])
def test_an_example_runs(example: str, capsys: pytest.CaptureFixture[str]) -> None:
    if "sklearn" in example:
        pytest.importorskip("sklearn")
    exec(compile(example, str(PLUGINS), "exec"), {"__name__": "example"})
    assert float(capsys.readouterr().out) > 0
