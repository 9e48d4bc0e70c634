"""``planner catalog show``: everything known of one row, with its source."""

from __future__ import annotations

import click

from planner.cli.inputs import catalog_options, json_option
from planner.errors import ExitCode


@click.command("show", epilog="Example: planner catalog show H100-SXM")
@click.argument("name")
@click.option("--table", metavar="TABLE", help="Look only in this table.")
@json_option
@catalog_options
def command(name: str, table: str | None, as_json: bool, catalog: str | None, overlay: str | None) -> int:
    """Show every row called NAME (an id, or the name or alias of an accelerator or a model) with its source."""
    from planner.catalog import load_catalog
    from planner.catalog.browse import show_row
    from planner.cli.freshness import today

    facts = load_catalog(catalog, overlay)
    rows = show_row(facts, name, table, today())
    if as_json:
        from planner.cli.outcome import document, write_json

        write_json(document(ExitCode.DONE, edition=facts.edition, rows=rows))
    else:
        from planner.cli.console import show
        from planner.report.rows import details_view

        show(lambda width: details_view(rows))
    return ExitCode.DONE
