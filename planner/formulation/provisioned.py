"""Provisioned throughput: the columns that buy units, what they cost, and what they were decided to be."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from planner.economics.provisioned import minute_load, most_steps

PART = "provisioned_usd_per_month"


def provisioned_columns(var) -> None:
    """(steps of units, whether any are bought) of every option that is sold in units: one purchase over the horizon."""
    for choice in var.sets.hosted:
        if choice.option.mode != "provisioned":
            continue
        name = f"{var.sets.services[choice.service].name} {choice.option.name}"
        peak = float((loads(var.sets, choice) @ var.data.demand[choice.service]).max())
        most = np.array([float(most_steps(choice.option.offer.provisioned, peak))])
        steps = var.columns("units", (1,), upper=most, integer=True, labels=lambda name=name: [f"{name} steps"])
        bought = var.columns("bought", (1,), upper=np.ones(1), integer=True, labels=lambda name=name: [f"{name} bought"])
        var.provisioned[choice.index] = int(steps[0]), int(bought[0]), int(most[0])


def loads(sets, choice) -> np.ndarray:
    """What one request per second of each class takes of units [tokens/minute]."""
    units = choice.option.offer.provisioned
    classes = sets.services[choice.service].workload.classes
    return np.array([minute_load(units, c.input_tokens, c.output_tokens) for c in classes])


def provisioned_terms(sets, var, data) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """(service, columns, USD per month per step) of what is bought."""
    for index, (steps, _, _) in sorted(var.provisioned.items()):
        choice = sets.hosted[index]
        yield choice.service, np.array([steps]), np.array([units_usd(choice, choice.option.offer.provisioned.step_units, data.hours)])


def units_usd(choice, units: int, hours: np.ndarray) -> float:
    """What units are paid [USD/month]: all hours, whatever they are used for."""
    return float(units * choice.option.offer.provisioned.usd_per_unit_hour * hours.sum())


def decided_units(built, values: np.ndarray, rates: dict[int, np.ndarray]) -> dict[int, int]:
    """Units by option; none where nothing is sent."""
    found = {}
    for index, (steps, _, _) in built.var.provisioned.items():
        each = built.sets.hosted[index].option.offer.provisioned.step_units
        found[index] = int(round(values[steps])) * each if rates[index].any() else 0
    return found


def set_units(built, values: np.ndarray, decided: dict[int, int]) -> None:
    """Writes into ``values`` the units that a plan states."""
    for index, units in decided.items():
        steps, bought, _ = built.var.provisioned[index]
        values[steps] = units / built.sets.hosted[index].option.offer.provisioned.step_units
        values[bought] = float(units > 0)
