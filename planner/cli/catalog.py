"""``planner catalog``: what the plans rest on."""

from __future__ import annotations

import click

from planner.cli.lazy import LazyGroup


@click.group(
    "catalog",
    cls=LazyGroup,
    package="planner.cli",
    commands={
        "list": ("catalog_list", "Tables of an edition, or the rows of one table."),
        "show": ("catalog_show", "Everything known of one row, with its source."),
        "check": ("catalog_check", "Wrong units, outliers, gaps and weak foundations."),
        "diff": ("catalog_diff", "What changed between two editions."),
        "refresh": ("catalog_refresh", "A new edition from an old one and price lists."),
        "refit": ("catalog_refit", "Fit the performance model to a table of measurements."),
    },
    epilog="Example: planner catalog list offers --match '*H100*'",
)
def command() -> None:
    """List, show, check and compare editions of the catalogue."""
