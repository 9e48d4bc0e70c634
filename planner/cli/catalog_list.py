"""``planner catalog list``: tables of an edition, or the rows of one table."""

from __future__ import annotations

from typing import Any

import click

from planner.cli.inputs import catalog_options, json_option
from planner.errors import ExitCode


@click.command("list", epilog="Example: planner catalog list offers --match 'aws:*'")
@click.argument("table", required=False)
@click.option("--match", default="*", metavar="PATTERN", help="Only ids that match; * and ? stand for any text.")
@json_option
@click.option("--csv", "as_csv", is_flag=True, help="Print comma-separated values.")
@catalog_options
def command(table: str | None, match: str, as_json: bool, as_csv: bool, catalog: str | None, overlay: str | None) -> int:
    """List the tables of an edition with how well founded they are, or the rows of TABLE."""
    from planner.catalog import load_catalog

    facts = load_catalog(catalog, overlay)
    if table is None:
        from planner.catalog.provenance import summaries

        rows = [
            {"table": one.table, "rows": one.rows, **dict(one.kinds), "oldest": one.oldest, "newest": one.newest}
            for one in summaries(facts)
        ]
    else:
        from planner.catalog.browse import list_rows

        rows = list_rows(facts, table, match)
    return _write(rows, facts.edition, table, as_json, as_csv)


def _write(rows: list[dict[str, Any]], edition: str, table: str | None, as_json: bool, as_csv: bool) -> int:
    from planner.report.rows import columns_of, csv_text, rows_view

    if as_json:
        from planner.cli.outcome import document, write_json

        write_json(document(ExitCode.DONE, edition=edition, table=table, rows=rows))
    elif as_csv:
        from planner.cli.streams import write_result

        write_result(csv_text(columns_of(rows), rows))
    else:
        from planner.cli.console import show

        show(lambda width: rows_view(f"Catalogue {edition}{f', {table}' if table else ''}", rows, width))
    return ExitCode.DONE
