"""Requests sent to hosted options: the columns that route them, what they cost, and what they were decided to be."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from planner.formulation.data import requests_per_month
from planner.formulation.sets import HostedChoice

#: Rates under this share of the demand are a solver's noise.
NOISE = 1e-10
#: Cost part by mode.
PART = {"provider_api": "provider_api_usd_per_month"}


def hosted_columns(var) -> None:
    """Columns of the rate of each class sent to each hosted option [B, T], in the units of the service's other columns."""
    from planner.formulation.variables import most_units, unit_of

    for choice in var.sets.hosted:
        service, demand = var.sets.services[choice.service], var.data.demand[choice.service]
        names = var.sets.choices[choice.service].class_names
        head = f"{service.name} {choice.option.name}"
        var.hosted_unit[choice.index] = unit_of(service, demand)
        var.hosted[choice.index] = var.columns(
            "hosted",
            demand.shape,
            service=choice.service,
            upper=most_units(service, demand),
            labels=lambda head=head, names=names: [f"{head} {b} {t}" for b in names for t in var.sets.period_names()],
        )


def hosted_terms(sets, var, data) -> Iterator[tuple[int, str, np.ndarray, np.ndarray]]:
    """(service, cost part, columns, USD per month per unit) of every hosted option."""
    for choice in sets.hosted:
        usd = requests_per_month(np.outer(choice.option.usd_per_request, np.ones_like(data.hours)), data.hours)
        columns = var.hosted[choice.index]
        yield choice.service, PART[choice.option.mode], columns, usd * var.hosted_unit[choice.index]


def decided_rates(built, values: np.ndarray) -> dict[int, np.ndarray]:
    """Requests/s by hosted option [B, T]; nothing below the noise."""
    found = {}
    for index, columns in built.var.hosted.items():
        rate = np.maximum(values[columns] * built.var.hosted_unit[index], 0.0)
        demand = built.data.demand[built.sets.hosted[index].service]
        found[index] = np.where(rate > NOISE * demand, rate, 0.0)
    return found


def with_decided(built, values: np.ndarray, rates: dict[int, np.ndarray]) -> np.ndarray:
    """``values`` with the rates that a plan states, so that what is paid is what is stated to the last digit."""
    if not rates:
        return values
    exact = values.copy()
    for index, rate in rates.items():
        exact[built.var.hosted[index]] = rate / built.var.hosted_unit[index]
    return exact


def usd_of(choice: HostedChoice, rate: np.ndarray, hours: np.ndarray) -> float:
    """What a rate [B, T] sent to a hosted option costs [USD/month]."""
    each = np.array(choice.option.usd_per_request)[:, None]
    return float((requests_per_month(rate, hours) * each).sum())
