"""``planner import skypilot`` and ``planner import litellm``: other tools' price lists as private overlays."""

from __future__ import annotations

import datetime
import json
from typing import Any

import click

from planner.cli.output import refuse_output
from planner.cli.parameters import FILE, FOLDER
from planner.cli.streams import say
from planner.errors import ExitCode, UsageError

OUTPUT = click.option("-o", "--output", type=FILE, metavar="FILE", help="Write to a file instead of standard output.")
CATALOG = click.option("--catalog", type=FOLDER, metavar="DIR", help="The edition that the overlay is laid over; default: the newest.")
AS_OF = click.option("--as-of", metavar="DATE", help="When the prices were read, as YYYY-MM-DD; default: today.")


@click.command("skypilot", epilog="Example: planner import skypilot vms.csv --provider aws -o overlay.json")
@click.argument("file", type=FILE)
@click.option("--provider", required=True, metavar="NAME", help="Whose prices they are, as in the catalogue: aws, gcp, azure, lambda …")
@OUTPUT
@CATALOG
@AS_OF
def skypilot(file: str, provider: str, output: str | None, catalog: str | None, as_of: str | None) -> int:
    """Turn a CSV of SkyPilot's catalogue (InstanceType, AcceleratorName, Price, SpotPrice, Region …) into an overlay.

    Of the zones of a region the cheapest price is taken; a price of nothing is unknown.
    """
    refuse_output(output, (file,))
    from planner.catalog import load_catalog
    from planner.documents import read_csv
    from planner.documents.limits import MAX_LISTED_CELLS
    from planner.imports.price_lists import SKYPILOT_COLUMNS, skypilot_prices

    facts = load_catalog(catalog)
    providers = {row.provider for row in facts.regions.values()}
    if provider not in providers:
        from planner.documents.near import did_you_mean

        raise UsageError(f'the catalogue has no provider "{provider}"{did_you_mean(provider, sorted(providers))}', where="--provider")
    return _written(skypilot_prices(read_csv(file, SKYPILOT_COLUMNS, MAX_LISTED_CELLS), provider, facts, date_of(as_of)), output)


@click.command("litellm", epilog="Example: planner import litellm model_prices_and_context_window.json -o overlay.json")
@click.argument("file", type=FILE)
@OUTPUT
@CATALOG
@AS_OF
def litellm(file: str, output: str | None, catalog: str | None, as_of: str | None) -> int:
    """Turn LiteLLM's price list into an overlay of token prices."""
    refuse_output(output, (file,))
    from planner.catalog import load_catalog
    from planner.documents import read
    from planner.imports.price_lists import litellm_prices

    return _written(litellm_prices(read(file).data, load_catalog(catalog), date_of(as_of), file), output)


def date_of(text: str | None) -> str:
    """A date as it is written in the catalogue; today where none is said."""
    try:
        return (datetime.date.today() if text is None else datetime.date.fromisoformat(text)).isoformat()
    except ValueError:
        raise UsageError(f"{text!r} is no date", where="--as-of", hint="--as-of 2026-12-01") from None


def _written(found: Any, output: str | None) -> int:
    from planner.cli.outcome import write_json_text
    from planner.documents import write_atomic

    for reason, count in sorted(found.left_out.items(), key=lambda one: (-one[1], one[0])):
        say(f"note: {count:,} left out: {reason}")
    say(f"note: {found.rows:,} offers")
    text = json.dumps(found.overlay, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    if output is None:
        write_json_text(text)
    else:
        write_atomic(output, text)
    return ExitCode.DONE
