"""Response caches in the program: a binary each, what they answer, cost and are worth in quality."""

from __future__ import annotations

import numpy as np

from planner.formulation.data import requests_per_month


def cache_columns(var) -> None:
    """One binary for each response cache that a service may buy, by (service, name)."""
    for number, options in enumerate(var.sets.caches):
        service = var.sets.services[number].name
        for option in options:
            label = f"cache {option.name} of {service}"
            var.cached[number, option.name] = int(var.builder.columns("cache", 1, upper=1.0, integer=True, labels=[label])[0])


def options_of(sets, var, number: int):
    """(option, column) of the response caches that a service may buy."""
    for option in sets.caches[number] if sets.caches else ():
        yield option, var.cached[number, option.name]


def add_caches(sets, var, data, parts) -> None:
    """Adds what caches cost: their store, and a lookup for every request."""
    for number in range(len(sets.services)):
        for option, column in options_of(sets, var, number):
            asked = float(requests_per_month(data.arrivals[number].sum(axis=0), data.hours).sum())
            usd = option.usd_per_month + option.usd_per_request * asked
            parts.setdefault("caches_usd_per_month", []).append((np.array([column]), np.array([usd])))


def hit_share(built, values: np.ndarray, number: int) -> float:
    """Share of a service's requests that its cache answers."""
    return sum(option.hit for option, column in options_of(built.sets, built.var, number) if values[column] > 0.5)
