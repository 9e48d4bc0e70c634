"""``planner import``: other tools' inputs become problems, their price lists overlays."""

from __future__ import annotations

import click

from planner.cli.lazy import LazyGroup


@click.group(
    "import",
    cls=LazyGroup,
    package="planner.cli",
    commands={
        "melange": ("import_melange", "Mélange's configuration: GPU costs, throughputs and a workload distribution."),
        "skypilot": ("import_skypilot", "A CSV of SkyPilot's catalogue as an overlay of prices."),
        "litellm": ("import_litellm", "LiteLLM's price list as an overlay of token prices."),
    },
    epilog="Example: planner import melange config.json -o problem.json",
)
def command() -> None:
    """Turn another tool's input into a problem of this one, or its price list into an overlay."""
