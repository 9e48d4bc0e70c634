"""``planner catalog refresh``: next month's edition from this month's and price lists that were downloaded."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from planner.cli.inputs import json_option
from planner.cli.parameters import FILE, FOLDER
from planner.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from planner.catalog.refresh import PriceList


@click.command("refresh", epilog="Example: planner catalog refresh --skypilot aws=vms.csv --litellm prices.json -o catalogs/2026-12")
@click.option("--base", type=FOLDER, help="The edition to start from; default: the newest.")
@click.option("--skypilot", multiple=True, metavar="PROVIDER=CSV", help="A CSV of SkyPilot's catalogue. May be repeated.")
@click.option("--litellm", type=FILE, metavar="JSON", help="LiteLLM's price list.")
@click.option("--accept", multiple=True, metavar="ID", help="An offer or token price that may move as far as it does. May be repeated.")
@click.option("--as-of", metavar="DATE", help="When the lists were downloaded, as YYYY-MM-DD; default: today.")
@click.option("-o", "--output", type=FOLDER, required=True, metavar="DIR", help="The new edition's folder, named for its month.")
@json_option
def command(base: str | None, skypilot: tuple[str, ...], litellm: str | None, output: str, as_json: bool, **asked: Any) -> int:
    """Write a new edition with the prices of the lists; everything else stays as it is.

    A price that crosses zero or moves more than tenfold keeps its old value and waits for a person: exit code 8, until it is
    accepted or the list is put right.
    """
    if not skypilot and litellm is None:
        raise UsageError("no price list was named", where="planner catalog refresh", hint="--skypilot aws=vms.csv, or --litellm prices.json")
    from planner.catalog import load_catalog
    from planner.catalog.check import check_catalog
    from planner.catalog.refresh import refresh_edition
    from planner.cli.import_prices import date_of

    facts, as_of = load_catalog(base), date_of(asked["as_of"])
    lists = [_skypilot(pair, facts, as_of) for pair in skypilot] + ([_litellm(litellm, facts, as_of)] if litellm else [])
    found = refresh_edition(base or facts.edition, Path(output), lists, asked["accept"])
    findings = [one for one in check_catalog(load_catalog(output)) if one.severity == "error"]
    code = ExitCode.INVALID if findings else ExitCode.GATE_FAILED if found.held else ExitCode.DONE
    if as_json:
        from planner.cli.outcome import document, write_json

        write_json(document(code, written=output, **asdict(found), findings=[asdict(one) for one in findings]))
        return code
    from planner.cli.console import show
    from planner.report.refreshed import refreshed_view

    show(lambda width: refreshed_view(output, found, findings))
    return code


def _skypilot(pair: str, facts: Any, as_of: str) -> PriceList:
    from planner.catalog.refresh import PriceList
    from planner.documents import read_csv
    from planner.documents.limits import MAX_LISTED_CELLS
    from planner.imports.price_lists import SKYPILOT_COLUMNS, skypilot_prices

    provider, sign, file = pair.partition("=")
    if not sign or not file:
        raise UsageError(f"{pair!r} names no file of a provider", where="--skypilot", hint="--skypilot aws=vms.csv")
    overlay = skypilot_prices(read_csv(file, SKYPILOT_COLUMNS, MAX_LISTED_CELLS), provider, facts, as_of).overlay
    known = [{**_place(facts.offers[one["offer"]]), **one} for one in overlay["prices"]]
    return PriceList(f"skypilot-catalogue-{provider}-{as_of}", f"SkyPilot catalogue, {provider}", as_of, offers=[*known, *overlay["offers"]])


def _place(offer: Any) -> dict[str, Any]:
    return {"provider": offer.provider, "region": offer.region, "zone": offer.zone, "instance_type": offer.instance_type}


def _litellm(file: str, facts: Any, as_of: str) -> PriceList:
    from planner.catalog.refresh import PriceList
    from planner.documents import read
    from planner.imports.price_lists import litellm_prices

    rows = litellm_prices(read(file).data, facts, as_of, file).overlay["api_prices"]
    return PriceList(f"litellm-prices-{as_of}", "LiteLLM model prices", as_of, api_prices=rows)
