"""Price lists of other tools as private overlays: SkyPilot's catalogue CSV and LiteLLM's price JSON."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from planner.documents import CsvTable
from planner.errors import Fault, InvalidInput

SKYPILOT_COLUMNS = ("InstanceType", "AcceleratorName", "AcceleratorCount", "Price", "SpotPrice", "Region")
# No accelerator-hour is rented for more; a larger figure is a month's price or another currency.
_MOST_USD_PER_HOUR = 100.0
# No token price listed in 2026 is above 1,000 USD per million; a larger figure is per thousand tokens or another currency.
_MOST_USD_PER_MTOK = 1000.0


@dataclass(frozen=True)
class Imported:
    """An overlay as data, and how many rows were left out for which reason."""

    overlay: dict[str, Any]
    rows: int
    left_out: Mapping[str, int]


def skypilot_prices(table: CsvTable, provider: str, catalog: Any, as_of: str) -> Imported:
    """Offers of one provider: prices of known ones, new ones where region and accelerator are known.

    catalog  the edition that the overlay is laid over

    Raises InvalidInput for prices that are no numbers or cannot be per hour.
    """
    columns = {name: table.column(name) for name in table.columns}
    left_out: Counter[str] = Counter()
    offers: dict[str, dict[str, Any]] = {}
    faults: list[Fault] = []
    for at, line in enumerate(table.lines):
        row = {name: columns[name][at] for name in table.columns}
        found = _skypilot_row(row, provider, catalog, line, left_out, faults)
        if found is not None:
            _keep_cheapest(offers, found)
    if faults:
        raise InvalidInput(table.file, faults[:20])
    added, changed = [], []
    for key in sorted(offers):
        one = offers[key]
        prices = {name: one[name] for name in ("on_demand_usd_per_hour", "spot_usd_per_hour") if one.get(name) is not None}
        if key in catalog.offers:
            changed.append({"offer": key, **prices})
        else:
            added.append(one)
    overlay = {"schema_version": 1, "as_of": as_of, "note": f"prices of {provider} from a SkyPilot catalogue", "prices": changed, "offers": added}
    return Imported(overlay, len(offers), dict(left_out))


def _skypilot_row(
    row: Mapping[str, str], provider: str, catalog: Any, line: int, left_out: Counter[str], faults: list[Fault]
) -> dict[str, Any] | None:
    if not row["AcceleratorName"]:
        left_out["no accelerator"] += 1
        return None
    accelerator = catalog.accelerator(row["AcceleratorName"])
    if accelerator is None:
        left_out[f"accelerator {row['AcceleratorName']} is not in the catalogue"] += 1
        return None
    if catalog.region(f"{provider}:{row['Region']}") is None:
        left_out[f"region {row['Region']} is not in the catalogue"] += 1
        return None
    try:
        count = float(row["AcceleratorCount"])
        prices = {name: _price(row[column], count) for name, column in (("on_demand_usd_per_hour", "Price"), ("spot_usd_per_hour", "SpotPrice"))}
        host = {name: float(row[column]) for name, column in (("vcpus", "vCPUs"), ("memory_gib", "MemoryGiB")) if row.get(column)}
    except ValueError as error:
        faults.append(Fault("", "bad_row", str(error), line))
        return None
    if all(price is None for price in prices.values()):
        left_out["price unknown"] += 1
        return None
    return {
        "provider": provider, "region": row["Region"], "instance_type": row["InstanceType"], "accelerator": accelerator.name,
        "accelerators_per_instance": count, **host, **{name: price for name, price in prices.items() if price is not None},
    }  # fmt: skip


def _price(text: str, accelerators: float) -> float | None:
    """USD an hour; nothing is unknown, and so is a price of nothing."""
    value = float(text) if text else 0.0
    if not math.isfinite(value) or value < 0.0:
        raise ValueError(f"{text!r} is no price")
    if value > _MOST_USD_PER_HOUR * max(1.0, accelerators):
        raise ValueError(f"{value:g} USD an hour for {accelerators:g} accelerators: is it a price of a month, or another currency?")
    return value or None


def _keep_cheapest(offers: dict[str, dict[str, Any]], found: dict[str, Any]) -> None:
    """Zones of a region are listed apart: the cheapest spot price is what a plan may reckon with."""
    key = f"{found['provider']}:{found['instance_type']}@{found['region']}"
    known = offers.setdefault(key, found)
    for name in ("on_demand_usd_per_hour", "spot_usd_per_hour"):
        prices = [one[name] for one in (known, found) if one.get(name) is not None]
        if prices:
            known[name] = min(prices)


def litellm_prices(data: Any, catalog: Any, as_of: str, file: str) -> Imported:
    """Token prices per model and provider; chat models alone, priced by token.

    Prices that cannot be per token are left out. Raises InvalidInput for what is no such list.
    """
    if not isinstance(data, dict) or not all(isinstance(one, dict) for one in data.values()):
        raise InvalidInput(file, [Fault("", "not_prices", "this is no list of models with their prices, as LiteLLM ships it")])
    left_out: Counter[str] = Counter()
    rows = []
    for name in sorted(data):
        one = data[name]
        if name == "sample_spec" or one.get("mode") not in ("chat", "completion", "responses"):
            left_out["not a model that writes text"] += 1
        elif not isinstance(one.get("input_cost_per_token"), (int, float)) or not isinstance(one.get("output_cost_per_token"), (int, float)):
            left_out["not priced by token"] += 1
        else:
            row = _api_price(name, one, catalog)
            if any(row.get(field, 0.0) > _MOST_USD_PER_MTOK for field in _PRICES):
                left_out[f"more than {_MOST_USD_PER_MTOK:,.0f} USD per million tokens: stated per thousand, or in another currency?"] += 1
            else:
                rows.append(row)
    unique = {(row["provider"], row["api_model"]): row for row in rows}
    overlay = {"schema_version": 1, "as_of": as_of, "note": "token prices from LiteLLM's list", "api_prices": list(unique.values())}
    return Imported(overlay, len(unique), dict(left_out))


_PRICES = {
    "input_usd_per_mtok": "input_cost_per_token", "output_usd_per_mtok": "output_cost_per_token", "cached_input_usd_per_mtok": "cache_read_input_token_cost",
    "batch_input_usd_per_mtok": "input_cost_per_token_batches", "batch_output_usd_per_mtok": "output_cost_per_token_batches",
}  # fmt: skip


def _api_price(name: str, one: Mapping[str, Any], catalog: Any) -> dict[str, Any]:
    provider = str(one.get("litellm_provider") or name.partition("/")[0])
    api_model = name.removeprefix(f"{provider}/")
    known = catalog.model(api_model) or catalog.model(api_model.rpartition("/")[2])
    found: dict[str, Any] = {"provider": provider, "api_model": api_model, "weights": "open" if known is not None else "closed"}
    if known is not None:
        found["model"] = known.name
    for field, column in _PRICES.items():
        value = one.get(column)
        # A price of nothing is a tier for trying out or unknown: neither is a price to plan with.
        if isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0.0:
            found[field] = round(value * 1e6, 9)
    if isinstance(one.get("max_input_tokens"), int) and one["max_input_tokens"] > 0:
        found["context_window"] = one["max_input_tokens"]
    return found
