"""Hosted options as they were planned, billed and used: tokens, hours of workers, hours of units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from planner.analysis.billed_hosted import HostedSales, seller, sold, words
from planner.analysis.measured_load import Measured
from planner.analysis.planned_rent import Key, Rent
from planner.analysis.variance import Pair, Variance, total
from planner.economics.api import names_of
from planner.economics.meters import UNIT_OF, UNITS, price_of
from planner.units import SECONDS_PER_HOUR, SECONDS_PER_MINUTE
from planner.verify.case import Case


@dataclass(frozen=True)
class HostedLine:
    """A hosted option, in a month.

    mode      as in a plan: provider_api, batch, provisioned or serverless
    services  that the plan sends there; none: it is no part of the plan
    unit      of all quantities: million tokens, worker-hours or unit-hours
    billed    None: the bill does not say how much
    planned_used, used  of what is paid for, what is at work; None: not known
    """

    name: str
    mode: str
    services: tuple[str, ...]
    unit: str
    planned_usd: float
    billed_usd: float
    variance: Variance
    planned: float
    billed: float | None
    planned_used: float | None
    used: float | None


class Sales(HostedSales):
    """What a bill may speak of, with its listed prices."""

    def price(self, name: str, meter: str) -> float | None:
        """USD for one of a meter, as listed; None: not known."""
        one = next((option for option in self.options if option.name == name), None)
        return None if one is None else price_of(one.offer, one.mode, meter)

    def mode(self, name: str) -> str:
        """How an option is bought."""
        return next(option.mode for option in self.options if option.name == name)


def sales_of(case: Case, apart: Mapping[str, Mapping[Key, Rent]]) -> Sales:
    """Options of the plan, and token prices of its services' models; ``apart`` is what each service is planned to pay."""
    planned: dict[str, tuple[Any, Any, float]] = {}
    for one in case.hosted:
        usd = sum(rent.usd for key, rent in apart[one.service.name].items() if key[0] == one.use.name)
        planned[one.use.name] = (one.use, one.offer, planned.get(one.use.name, (None, None, 0.0))[2] + usd)
    return Sales(sold(planned, case.problem.services, case.api_offers, case.catalog))


def hosted_line(
    case: Case, name: str, lines: Mapping[Key, Pair], found: Mapping[Key, Variance], known: Mapping[str, Measured], logs: Mapping[str, Any],
    sales: Sales,
) -> HostedLine:
    """One option over its meters, which count in one unit."""
    own = {key: pair for key, pair in lines.items() if key[0] == name and key[1] in UNIT_OF}
    mode, uses = sales.mode(name), [one for one in case.hosted if one.use.name == name]
    billed = None if any(pair.billed_units is None for pair in own.values()) else sum(pair.billed_units for pair in own.values())
    planned = sum(pair.planned_units for pair in own.values())
    meant, used = _used(case, mode, uses, known, logs, lines, planned, billed)
    return HostedLine(
        name, mode, tuple(one.service.name for one in uses), next(UNIT_OF[key[1]] for key in own), sum(pair.planned_usd for pair in own.values()),
        sum(pair.billed_usd for pair in own.values()), total(found[key] for key in own), planned, billed, meant, used,
    )  # fmt: skip


def _used(
    case: Case, mode: str, uses: list[Any], known: Mapping[str, Measured], logs: Mapping[str, Any], lines: Mapping[Key, Pair], planned: float,
    billed: float | None,
) -> tuple[float | None, float | None]:
    """(planned, measured) quantity at work."""
    if not uses:
        return None, None
    if mode == "serverless":
        busy = [(sum(one.work(t) * h for t, h in enumerate(case.hours)), known[one.service.name].own) for one in uses]
        return sum(work for work, _ in busy), None if any(ratio is None for _, ratio in busy) else sum(work * ratio for work, ratio in busy)
    if mode == "provisioned":
        return sum(map(_carried(case), uses)), _carried_as_logged(case, uses, known, logs, lines)
    return planned, billed


def _carried(case: Case):
    """Unit-hours that the planned load of an option takes."""
    return lambda one: sum(h * one.weighed_tokens_per_minute(t) for t, h in enumerate(case.hours)) / one.offer.provisioned.tokens_per_minute


def _carried_as_logged(
    case: Case, uses: list[Any], known: Mapping[str, Measured], logs: Mapping[str, Any], lines: Mapping[Key, Pair]
) -> float | None:
    """What a router logged at the seller of the model less what was billed by the token, weighed as units count; None without a log."""
    offer = uses[0].offer
    names = {seller(name) for name in names_of(offer.provider)} | {"".join(words(offer.provider))}
    same = words(offer.api_model)
    read = written = 0.0
    seen = False
    for log in logs.values():
        for (provider, model), (more_read, more_written) in log.tokens_per_month.items():
            if seller(provider.partition("_")[0]) in names and words(model.removeprefix(f"{provider}/")) == same:
                seen, read, written = True, read + more_read, written + more_written
    if not seen:
        return None
    by_token = offer.id
    for (name, meter), pair in lines.items():
        if name == by_token and meter not in (UNITS,):
            tokens = 1e6 * (pair.planned_units if pair.billed_units is None else pair.billed_units)
            read, written = (read, written - tokens) if meter.startswith("output") else (read - tokens, written)
    weighed = max(0.0, read) + offer.provisioned.output_weight * max(0.0, written)
    return weighed / (offer.provisioned.tokens_per_minute * SECONDS_PER_HOUR / SECONDS_PER_MINUTE)
