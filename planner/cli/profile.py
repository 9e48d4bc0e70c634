"""``planner profile``: own measurements as input, and which ones to make."""

from __future__ import annotations

import click

from planner.cli.lazy import LazyGroup


@click.group(
    "profile",
    cls=LazyGroup,
    package="planner.cli",
    commands={
        "import": ("profile_import", "Read benchmark results into a problem, and show what they change."),
        "plan": ("profile_plan", "Which few measurements would tighten a plan most."),
    },
    epilog="Example: planner profile import results.json --problem problem.json --accelerator H100 -o measured.json",
)
def command() -> None:
    """Correct predictions with own measurements, and find out which are worth making."""
