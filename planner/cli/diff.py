"""``planner diff``: two plans side by side."""

from __future__ import annotations

import click

from planner.cli.bench import put
from planner.cli.inputs import catalog_options, json_option
from planner.cli.parameters import FILE
from planner.errors import CheckFailed, ExitCode


@click.command("diff", epilog="Example: planner diff last-week.json plan.json")
@click.argument("before", type=FILE)
@click.argument("after", type=FILE)
@json_option
@catalog_options
def command(before: str, after: str, as_json: bool, catalog: str | None, overlay: str | None) -> int:
    """Show what sets plan AFTER apart from plan BEFORE: cost and carbon by part, what moves, and why.

    Both plans are recomputed first: exit code 7 where one does not hold.
    """
    from planner.analysis.difference import difference
    from planner.catalog import load_catalog
    from planner.cli.verify import checked

    plans = []
    for path in (before, after):
        plan, certificate = checked(path, None, catalog, overlay)
        if not certificate.passed:
            failed = next(one for one in certificate.checks if not one.passed)
            raise CheckFailed(f"the plan does not pass the check: {failed.name}: {failed.detail or failed.where}", where=path, hint=f"planner verify {path}")
        plans.append(plan)
    found = difference(*plans, load_catalog(catalog or plans[1].inputs.catalog_edition, overlay))
    from planner.report.difference import difference_content, difference_view

    return put(ExitCode.DONE, lambda: difference_content(found), lambda width: difference_view(found, width), as_json=as_json)
