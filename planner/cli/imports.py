"""``planner import``: other tools' inputs become problems."""

from __future__ import annotations

import click

from planner.cli.lazy import LazyGroup


@click.group(
    "import",
    cls=LazyGroup,
    package="planner.cli",
    commands={"melange": ("import_melange", "Mélange's configuration: GPU costs, throughputs and a workload distribution.")},
    epilog="Example: planner import melange config.json -o problem.json",
)
def command() -> None:
    """Turn another tool's input into a problem of this one."""
