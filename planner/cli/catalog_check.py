"""``planner catalog check``: what a schema cannot see in an edition."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from planner.cli.inputs import catalog_options, json_option
from planner.cli.parameters import FOLDER
from planner.errors import ExitCode

if TYPE_CHECKING:
    from planner.catalog.catalog import Catalog


@click.command("check", epilog="Example: planner catalog check catalogs/2026-11 --strict")
@click.argument("edition", type=FOLDER, required=False)
@json_option
@catalog_options
@click.option("--strict", is_flag=True, help="Exit 3 for warnings too.")
@click.option("-v", "--verbose", is_flag=True, help="Also notes.")
def command(
    edition: str | None, as_json: bool, catalog: str | None, overlay: str | None, strict: bool, verbose: bool
) -> int:
    """Look for wrong units, outliers, gaps, weak foundations and old prices in EDITION (a folder or a name).

    Exit code 3: an error, or with --strict a warning.
    """
    from planner.catalog import load_catalog
    from planner.catalog.check import check_catalog
    from planner.cli.freshness import say_old_prices, today

    facts = load_catalog(edition or catalog, overlay)
    findings = check_catalog(facts, today())
    say_old_prices(facts, every_price(facts), "of the catalogue")
    severe = {"error", "warning"} if strict else {"error"}
    code = ExitCode.INVALID if any(one.severity in severe for one in findings) else ExitCode.DONE
    if as_json:
        from planner.cli.outcome import document, write_json

        write_json(document(code, edition=facts.edition, findings=[asdict(one) for one in findings]))
    else:
        from planner.cli.console import show
        from planner.report.rows import findings_view

        show(lambda width: findings_view(facts.edition, findings, everything=verbose))
    return code


def every_price(catalog: Catalog) -> list[tuple[str, str]]:
    """(offer's id, kind of price) of all offers."""
    return [(key, "spot" if name == "spot_usd_per_hour" else "list") for key, offer in catalog.offers.items() for name in offer.prices]
