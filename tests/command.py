"""The program as a user types it."""

from typer.testing import CliRunner, Result

from placement.cli import app


def placement(command: str) -> Result:
    return CliRunner().invoke(app, command.split())


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
