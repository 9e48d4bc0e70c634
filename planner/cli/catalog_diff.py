"""``planner catalog diff``: what changed between two editions."""

from __future__ import annotations

from dataclasses import asdict

import click

from planner.cli.inputs import json_option
from planner.cli.parameters import FOLDER
from planner.errors import ExitCode


@click.command("diff", epilog="Example: planner catalog diff 2026-11 my-edition/")
@click.argument("before", type=FOLDER)
@click.argument("after", type=FOLDER)
@json_option
@click.option("-v", "--verbose", is_flag=True, help="Also rows where only source, date or note changed.")
def command(before: str, after: str, as_json: bool, verbose: bool) -> int:
    """Say what changed from edition BEFORE to edition AFTER, and which price moves want a look first.

    Exit code 8: a price crosses zero or moves more than tenfold, and waits for a person.
    """
    from planner.catalog import load_catalog
    from planner.catalog.diff import diff_catalogs

    old, new = load_catalog(before), load_catalog(after)
    changes = diff_catalogs(old, new)
    code = ExitCode.GATE_FAILED if any(one.hold_back for one in changes) else ExitCode.DONE
    if as_json:
        from planner.cli.outcome import document, write_json

        write_json(document(code, before=old.edition, after=new.edition, changes=[asdict(one) for one in changes]))
    else:
        from planner.cli.console import show
        from planner.report.rows import changes_view

        show(lambda width: changes_view(old.edition, new.edition, changes, everything=verbose))
    return code
