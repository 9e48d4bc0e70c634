"""Requests sent to hosted options: the columns that route them, what they cost, and what they were decided to be."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from planner.formulation.data import requests_per_month
from planner.formulation.provisioned import PART as PROVISIONED_PART
from planner.formulation.provisioned import provisioned_columns, provisioned_terms, set_units, units_usd
from planner.formulation.serverless import PART as SERVERLESS_PART
from planner.formulation.serverless import by_request, set_workers, worker_columns, worker_terms, workers_usd
from planner.formulation.sets import HostedChoice

#: Rates under this share of the demand are a solver's noise.
NOISE = 1e-10
API_PART = "provider_api_usd_per_month"


def hosted_columns(var) -> None:
    """Columns of the rate of each class sent to each hosted option [B, T], in the units of the service's other columns."""
    from planner.formulation.variables import most_units, unit_of

    for choice in var.sets.hosted:
        service = var.sets.services[choice.service]
        demand = (var.data.arrivals if choice.option.as_it_comes else var.data.demand)[choice.service]
        names = var.sets.choices[choice.service].class_names
        head = f"{service.name} {choice.option.name}"
        var.hosted_unit[choice.index] = unit_of(service, demand)
        var.hosted[choice.index] = var.columns(
            "hosted",
            demand.shape,
            service=choice.service,
            upper=most_units(service, demand) * np.array([choice.option.serves(b) for b in range(len(demand))])[:, None],
            labels=lambda head=head, names=names: [f"{head} {b} {t}" for b in names for t in var.sets.period_names()],
        )
    worker_columns(var)
    provisioned_columns(var)


def hosted_terms(sets, var, data) -> Iterator[tuple[int, str, np.ndarray, np.ndarray]]:
    """(service, cost part, columns, USD per month per unit) of every hosted option."""
    for choice in sets.hosted:
        if by_request(choice):
            part = API_PART if choice.option.workers is None else SERVERLESS_PART
            usd = requests_per_month(np.outer(choice.option.usd_per_request, np.ones_like(data.hours)), data.hours)
            yield choice.service, part, var.hosted[choice.index], usd * var.hosted_unit[choice.index]
    for service, columns, usd in worker_terms(sets, var, data):
        yield service, SERVERLESS_PART, columns, usd
    for service, columns, usd in provisioned_terms(sets, var, data):
        yield service, PROVISIONED_PART, columns, usd


def decided_rates(built, values: np.ndarray) -> dict[int, np.ndarray]:
    """Requests/s by hosted option [B, T]; nothing below the noise."""
    found = {}
    for index, columns in built.var.hosted.items():
        rate = np.maximum(values[columns] * built.var.hosted_unit[index], 0.0)
        demand = built.data.demand[built.sets.hosted[index].service]
        found[index] = np.where(rate > NOISE * demand, rate, 0.0)
    return found


def with_decided(built, values: np.ndarray, decided) -> np.ndarray:
    """``values`` with the rates and workers that a plan states, so that what is paid is what is stated to the last digit."""
    exact = values.copy()
    for columns, rates in ((built.var.rate, decided.rate), (built.var.rate_spot, decided.rate_spot)):
        for index, rate in rates.items():
            # What a tolerance sends to where nothing stands would be paid, in energy, and not be stated.
            exact[columns[index]] = np.where(rate > 0, exact[columns[index]], 0.0)
    if not decided.hosted:
        return exact
    for index, rate in decided.hosted.items():
        exact[built.var.hosted[index]] = rate / built.var.hosted_unit[index]
    set_units(built, exact, decided.provisioned)
    set_workers(built, exact, decided.workers, decided.hosted)
    return exact


def usd_of(choice: HostedChoice, decided, hours: np.ndarray) -> float:
    """What a hosted option is paid for what it was decided to answer [USD/month]."""
    if choice.index in decided.workers:
        return workers_usd(choice, decided.workers[choice.index], hours)
    if choice.index in decided.provisioned:
        return units_usd(choice, decided.provisioned[choice.index], hours)
    each = np.array(choice.option.usd_per_request)[:, None]
    return float((requests_per_month(decided.hosted[choice.index], hours) * each).sum())
