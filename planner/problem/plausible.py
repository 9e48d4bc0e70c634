"""Values that are possible but look like another unit: hours for months, seconds for milliseconds."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median
from typing import Any

from planner.documents.places import path_text
from planner.errors import Fault
from planner.problem.purchase import OwnOffer
from planner.problem.schema import Problem
from planner.units import HOURS_PER_MONTH

#: Shortest times anybody measured lie well above these; below, seconds were probably meant.
LEAST_MS = {"ttft_ms": 5.0, "tpot_ms": 0.5, "end_to_end_ms": 10.0}
#: Sellers of one accelerator differ fourfold in price; an hour and a month differ 730-fold.
ODD_RATIO = 100.0
#: Beyond this, a rate per month was probably meant (a million requests per second are 2.6e12 a month).
MOST_RATE_PER_S = 1e6
#: Electricity above this is a price per MWh; grids below this are in kg per kWh.
MOST_USD_PER_KWH = 5.0
LEAST_G_PER_KWH = 2.0


def doubtful(problem: Problem, catalog: Any) -> Iterator[Fault]:
    """Warnings about ``problem`` (as stated), each with the value found and what it was compared with."""
    for index, service in enumerate(problem.services):
        path = f"services[{index}]"
        for field, least in LEAST_MS.items():
            for key, value in (getattr(service.slo, field) or {}).items():
                if value < least:
                    text = f"{value:g} ms is shorter than anything measured; {value:g} s would be {1000 * value:g}"
                    place = path_text(("services", index, "slo", field, key))
                    yield Fault(place, "seconds_for_milliseconds", text)
        rates = service.workload.rate_per_s
        highest = max(rates, default=0.0) if isinstance(rates, tuple) else rates
        if highest is not None and highest > MOST_RATE_PER_S:
            text = f"{highest:g} requests per second; if that is a month's count, it is {highest / HOURS_PER_MONTH / 3600:.6g} per second"
            yield Fault(f"{path}.workload.rate_per_s", "month_for_second", text)
    yield from _prices(problem, catalog)
    for index, row in enumerate(problem.owned):
        if row.electricity_usd_per_kwh > MOST_USD_PER_KWH:
            text = f"{row.electricity_usd_per_kwh:g} USD per kWh; per MWh it would be {row.electricity_usd_per_kwh / 1000:g}"
            yield Fault(f"owned[{index}].electricity_usd_per_kwh", "odd_unit", text)
        if row.g_co2e_per_kwh is not None and 0 < row.g_co2e_per_kwh < LEAST_G_PER_KWH:
            text = f"{row.g_co2e_per_kwh:g} g per kWh; in kg it would be {row.g_co2e_per_kwh * 1000:g} g"
            yield Fault(f"owned[{index}].g_co2e_per_kwh", "odd_unit", text)


def _prices(problem: Problem, catalog: Any) -> Iterator[Fault]:
    """Own prices against what others ask for the same accelerator, else against the problem's other rows."""
    own = problem.offers.own
    for index, row in enumerate(own):
        others = [_each(o) for o in catalog.offers_of(row.accelerator)]
        where = "the catalogue's median"
        if not any(others):
            others = [_each(o) for at, o in enumerate(own) if at != index and o.accelerator == row.accelerator]
            where = "the median of the problem's other rows"
        known = [price for price in others if price]
        price = _each(row)
        if not price or not known:
            continue
        usual = median(known)
        if price > ODD_RATIO * usual or price * ODD_RATIO < usual:
            text = (
                f"{price:g} USD per {row.accelerator} and hour; {where} is {usual:.4g}. "
                f"Is it a price per month? That would be {price / HOURS_PER_MONTH:.4g} an hour"
            )
            yield Fault(f"offers.own[{index}].on_demand_usd_per_hour", "month_for_hour", text)


def _each(row: OwnOffer | Any) -> float | None:
    """On-demand price of one accelerator-hour [USD]."""
    price = row.on_demand_usd_per_hour
    return None if price is None else price / row.accelerators_per_instance
