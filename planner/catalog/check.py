"""Examines a catalogue for what a schema cannot see: outliers, wrong units, gaps, weak foundations."""

from __future__ import annotations

import datetime
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from planner.catalog.catalog import TABLE_ATTRIBUTES, Catalog
from planner.catalog.coverage import covers
from planner.catalog.freshness import LIMIT_DAYS, price_ages
from planner.catalog.geography import geo_of
from planner.catalog.joins import join_faults
from planner.catalog.parameters import count_parameters
from planner.catalog.row import Row

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True)
class Finding:
    """Something to look at; an ``error`` makes the edition unfit to use."""

    severity: Severity
    rule: str
    table: str
    id: str
    message: str


def check_catalog(catalog: Catalog, today: datetime.date | None = None) -> tuple[Finding, ...]:
    """Every finding, by severity, then rule, table and id; ages of prices only where ``today`` is given."""
    found = [finding for rule in RULES for finding in rule(catalog)]
    if today is not None:
        found += price_age(catalog, today)
    order = {"error": 0, "warning": 1, "note": 2}
    return tuple(sorted(found, key=lambda one: (order[one.severity], one.rule, one.table, one.id, one.message)))


def joins(catalog: Catalog) -> Iterator[Finding]:
    """Every name that a row uses exists."""
    tables = {name: catalog.table(name) for name in TABLE_ATTRIBUTES if name != "region_hours"}
    for table, fault in join_faults(tables):
        yield Finding("error", "joins", table, fault.path, fault.message)
    for key, price in catalog.api_prices.items():
        if price.model is not None and price.model not in catalog.models:
            yield Finding("error", "joins", "api_prices", key, f"models have no {price.model!r}")


def price_order(catalog: Catalog) -> Iterator[Finding]:
    """Spot and reserved prices lie under the on-demand price, longer terms under shorter ones."""
    for key, offer in catalog.offers.items():
        listed = offer.on_demand_usd_per_hour
        for name in ("spot_usd_per_hour", "reserved_1y_usd_per_hour", "reserved_3y_usd_per_hour"):
            price = getattr(offer, name)
            if listed is not None and price is not None and price > listed:
                message = f"{name} {price:g} is above on-demand {listed:g}"
                yield Finding("warning", "price_order", "offers", key, message)
        short, long = offer.reserved_1y_usd_per_hour, offer.reserved_3y_usd_per_hour
        if short is not None and long is not None and long > short:
            message = f"three years at {long:g} cost more an hour than one at {short:g}"
            yield Finding("warning", "price_order", "offers", key, message)


# 730 h in a month: a monthly price read as an hourly one is off by this much. A tenth of it tells the
# mistake from a dear seller, whose prices for one accelerator lie within a factor of eight of the median.
OUTLIER_FACTOR = 10.0


def price_outliers(catalog: Catalog) -> Iterator[Finding]:
    """A price per accelerator-hour far from the median of its accelerator is a wrong unit or count."""
    groups: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for key, offer in catalog.offers.items():
        if offer.on_demand_usd_per_hour:
            groups[offer.accelerator].append((key, offer.on_demand_usd_per_hour / offer.accelerators_per_instance))
    for accelerator, prices in groups.items():
        middle = statistics.median(price for _, price in prices)
        for key, price in prices:
            if not middle / OUTLIER_FACTOR <= price <= middle * OUTLIER_FACTOR:
                message = (
                    f"{price:g} USD per accelerator-hour, the median of {accelerator} is {middle:g}: "
                    "a monthly price, or a wrong count?"
                )
                yield Finding("warning", "price_outliers", "offers", key, message)


# (table, field, least, most): outside lies a wrong unit rather than a rare thing.
_RANGES: tuple[tuple[str, str, float, float], ...] = (
    ("accelerators", "memory_gib", 1, 1024),
    ("accelerators", "memory_bandwidth_gb_per_s", 5, 50_000),
    ("accelerators", "bf16_tflops", 1, 50_000),
    ("accelerators", "tdp_w", 20, 5_000),
    ("models", "params_b", 0.01, 20_000),
    ("models", "layers", 1, 500),
    ("models", "vocab", 1_000, 2_000_000),
    ("regions", "carbon_average_g_co2e_per_kwh", 0, 1_500),
    ("regions", "carbon_marginal_g_co2e_per_kwh", 0, 1_500),
    ("regions", "pue", 1, 3),
    ("regions", "wue_l_per_kwh", 0, 10),
    ("spot", "interruptions_per_month", 0, 800),
    ("variants", "recovery", 0.01, 1.2),
    ("variants", "size_factor", 0.001, 2),
    ("offers", "accelerators_per_instance", 0.01, 1_024),
    ("api_prices", "input_usd_per_mtok", 0, 1_000),
    ("api_prices", "output_usd_per_mtok", 0, 3_000),
)


def ranges(catalog: Catalog) -> Iterator[Finding]:
    """Numbers lie where their unit says they can."""
    for table, field, least, most in _RANGES:
        for key, row in catalog.table(table).items():
            value = getattr(row, field)
            if value is not None and not least <= value <= most:
                message = f"{field} {value:g} is outside {least:g} to {most:g}: which unit is it in?"
                yield Finding("error", "ranges", table, key, message)


def geography(catalog: Catalog) -> Iterator[Finding]:
    """A region's area is its country's: residency depends on it."""
    for key, region in catalog.regions.items():
        if region.country is not None and region.geo != geo_of(region.country):
            message = f"country {region.country} lies in {geo_of(region.country)}, the row says {region.geo}"
            yield Finding("error", "geography", "regions", key, message)


# Published counts and the count from the shape differ by norms, biases and vision towers.
PARAMETER_TOLERANCE = 0.06
_STANDARD_OTHER = (None, "sliding", "chunked")


def parameters(catalog: Catalog) -> Iterator[Finding]:
    """A decoder's shape gives about the parameters it claims; other shapes cannot be counted."""
    for key, model in catalog.models.items():
        shape = [model.ffn_intermediate, model.dense_layers]
        if model.kind_of_model != "decoder" or model.other_attention not in _STANDARD_OTHER or None in shape:
            continue
        names = (
            "layers", "hidden", "heads", "kv_heads", "head_dim", "v_head_dim", "ffn_intermediate", "gated_ffn",
            "experts", "experts_per_token", "shared_experts", "moe_intermediate", "dense_layers", "vocab", "tied_embeddings",
            "kv_lora_rank", "qk_rope_dim", "q_lora_rank",
        )
        counted, _ = count_parameters(**{name: getattr(model, name) for name in names})
        if abs(counted / 1e9 - model.params_b) > PARAMETER_TOLERANCE * model.params_b:
            message = f"params_b {model.params_b:g}, counted from its shape {counted / 1e9:.4g}"
            yield Finding("warning", "parameters", "models", key, message)


def variants_complete(catalog: Catalog) -> Iterator[Finding]:
    """Every model has the variant it was released as, at recovery 1."""
    for name in catalog.models:
        native = [rows for rows in catalog.variants_of(name) if rows[0].native]
        if len(native) != 1 or native[0][0].recovery != 1.0:
            message = f"{len(native)} native variants; there must be one, with recovery 1"
            yield Finding("error", "variants_complete", "variants", name, message)


def commitments_cover(catalog: Catalog) -> Iterator[Finding]:
    """Every commitment covers an offer: a pattern that matches nothing is misspelt."""
    for key, commitment in catalog.commitments.items():
        if not any(covers(commitment, offer) for offer in catalog.offers.values()):
            yield Finding("warning", "commitments_cover", "commitments", key, "covers no offer: check applies_to")


def unknowns(catalog: Catalog) -> Iterator[Finding]:
    """What limits use: regions without carbon, accelerators without power, offers without an hourly price."""
    used = {offer.region_id for offer in catalog.offers.values()}
    for key in sorted(used):
        if catalog.regions[key].carbon_average_g_co2e_per_kwh is None:
            yield Finding("note", "unknowns", "regions", key, "carbon unknown: out where a carbon limit is set")
        if catalog.regions[key].country is None:
            yield Finding("note", "unknowns", "regions", key, "country unknown: out where residency is asked")
    for key, accelerator in catalog.accelerators.items():
        if accelerator.tdp_w is None:
            yield Finding("note", "unknowns", "accelerators", key, "power unknown: out where a carbon limit is set")
    for key, offer in catalog.offers.items():
        if not offer.prices:
            yield Finding("warning", "unknowns", "offers", key, "no price at all: never chosen")


def assumptions(catalog: Catalog) -> Iterator[Finding]:
    """How many rows of each table are assumed."""
    for table in TABLE_ATTRIBUTES:
        rows = [row for row in catalog.table(table).values() if isinstance(row, Row)]
        assumed = sum(row.kind == "assumed" for row in rows)
        if assumed:
            yield Finding("note", "assumptions", table, "", f"{assumed} of {len(rows)} rows are assumed")


def price_age(catalog: Catalog, today: datetime.date) -> Iterator[Finding]:
    """Prices past their age, by seller: a note, since the clock decides it and not the edition."""
    for one in price_ages(catalog, today):
        if one.old:
            many = f"{one.old} of {one.prices} {one.price} prices are older than {LIMIT_DAYS[one.price]} days"
            message = f"{many}, the oldest {one.oldest_days} days (of {one.oldest})"
            yield Finding("note", "price_age", one.table, one.provider, message)


Rule = Callable[[Catalog], Iterator[Finding]]
RULES: tuple[Rule, ...] = (
    joins, price_order, price_outliers, ranges, geography, parameters, variants_complete, commitments_cover,
    unknowns, assumptions,
)
