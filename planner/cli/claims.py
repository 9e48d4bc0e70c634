"""``planner claims``: figures that people quote, with their arithmetic."""

from __future__ import annotations

import click

from planner.cli.inputs import catalog_options, json_option
from planner.errors import ExitCode, UsageError


@click.command("claims", epilog="Example: planner claims gpt3-cost")
@click.argument("name", required=False)
@json_option
@catalog_options
def command(name: str | None, as_json: bool, catalog: str | None, overlay: str | None) -> int:
    """Work out widely quoted figures again from the catalogue's facts, all or the one called NAME."""
    from dataclasses import asdict

    from planner.analysis.claims import claims
    from planner.catalog import load_catalog

    found = [one for one in claims(load_catalog(catalog, overlay)) if name in (None, one.name)]
    if not found:
        raise UsageError(f"no claim is called {name!r}", hint="planner claims lists them all")
    if as_json:
        from planner.cli.outcome import document, write_json

        write_json(document(ExitCode.DONE, claims=[asdict(one) for one in found]))
        return ExitCode.DONE
    from planner.cli.console import show
    from planner.report.claims import claims_view

    show(lambda width: claims_view(found))
    return ExitCode.DONE
