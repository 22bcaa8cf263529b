"""The commands: each parses, calls one library function and prints."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated

import typer

from placement.cli import cohorts, evaluate, search, status
from placement.cli.shared import console

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        console.print(version("insole-placement"))
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print and exit.")
    ] = False,
) -> None:
    """Decide where to put a few pressure sensors in an insole."""


app.command()(search.search)
app.command()(search.resume)
app.command()(status.status)
app.command()(evaluate.evaluate)
app.command()(search.plot)
app.command()(cohorts.simulate)
app.command("import")(cohorts.import_)
app.command()(cohorts.inspect)
