"""The program as a user types it."""

import sys

from typer.testing import CliRunner, Result

from placement.cli import app


def placement(command: str) -> Result:
    return CliRunner().invoke(app, command.split())


def process(command: str) -> list[str]:
    """What starts it in a process of its own; as in conftest.py, it does not mate in vain."""
    code = (
        "from placement import explore; explore.MATINGS = 1; from placement.cli import app; app()"
    )
    return [sys.executable, "-c", code, *command.split()]


def succeeds(command: str) -> str:
    result = placement(command)
    assert result.exit_code == 0, result.output
    return result.output


def fails(command: str) -> str:
    """Fails with one line that is no traceback, and returns it."""
    result = placement(command)
    assert result.exit_code == 1, result.output
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1
    return result.stderr
