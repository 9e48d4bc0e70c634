"""``planner scaling``: what size of model a compute budget buys."""

from __future__ import annotations

import click

from planner.cli.inputs import catalog_options, json_option
from planner.cli.parameters import Number
from planner.errors import ExitCode


@click.command("scaling", epilog="Example: planner scaling 1e23")
@click.argument("flop", type=Number("FLOP", 1e12, 1e32, what="FLOP, such as 1e23"))
@json_option
@catalog_options
def command(flop: float, as_json: bool, catalog: str | None, overlay: str | None) -> int:
    """Say what model on how many tokens FLOP of training buy, by the relations of Chinchilla and of Kaplan."""
    from dataclasses import asdict

    from planner.catalog import load_catalog
    from planner.perf.scaling import scaling_constants, sizes

    found = sizes(flop, scaling_constants(load_catalog(catalog, overlay).costs))
    if as_json:
        from planner.cli.outcome import document, write_json

        write_json(document(ExitCode.DONE, flop=flop, sizes=[asdict(one) for one in found]))
        return ExitCode.DONE
    from planner.cli.console import show
    from planner.report.claims import sizes_view

    show(lambda width: sizes_view(flop, found))
    return ExitCode.DONE
