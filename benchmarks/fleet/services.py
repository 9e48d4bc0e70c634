"""Draws the services of a fleet: product, model, traffic, limits and rules of each, as the problem format states them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from benchmarks.fleet.observed import drawn_lengths, drawn_rates, observed
from benchmarks.fleet.products import MODELS, PRODUCTS, Product

#: Where the users of a service are: hours to UTC, east and west coast, western and central Europe, India, Japan.
UTC_OFFSETS = {"US": (-8, -7, -5, -5), "EU": (0, 1, 1, 2), None: (-5, 1, 5, 9)}
#: Clouds that a service may use and where its data must stay; ``None`` is anywhere. One deck of habits.
CLOUDS = (("aws",), None, ("aws", "gcp"), ("azure",), None, ("aws",), ("gcp",), ("aws", "nebius", "lambda"), None, ("aws", "azure"))
RESIDENCY = ("US", "EU", None, "US", None, "EU", "US")
#: A service is at home where a request reaches it in time, so a share of the model's context stays free.
CONTEXT_SHARE = 0.9
ROUNDED = 4


def drawn_services(count: int, periods: int, seed: int, contexts: dict[str, int]) -> list[dict[str, Any]]:
    """``count`` services, each depending on ``seed`` and its number alone: a larger fleet begins with the smaller one.

    contexts  longest context by model, in tokens
    """
    products = _dealt(PRODUCTS, count, (seed, 1))
    clouds = _dealt(CLOUDS, count, (seed, 2))
    places = _dealt(RESIDENCY, count, (seed, 3))
    return [
        _service(np.random.default_rng((seed, 4, i)), i, product, cloud, place, periods, contexts)
        for i, (product, cloud, place) in enumerate(zip(products, clouds, places))
    ]


def with_teams(services: list[dict[str, Any]], seed: int) -> list[dict[str, Any]]:
    """The services dealt to teams; about as many teams as services in each."""
    names = [f"team-{n + 1:02d}" for n in range(max(1, min(24, round(math.sqrt(len(services))))))]
    return [{**service, "team": team} for service, team in zip(services, _dealt(names, len(services), (seed, 5)))]


def _dealt(deck: Sequence[Any], count: int, seed: tuple[int, int]) -> list[Any]:
    """``count`` cards from a deck that is shuffled anew whenever it runs out: small fleets are as mixed as large ones."""
    random = np.random.default_rng(seed)
    dealt: list[Any] = []
    while len(dealt) < count:
        dealt += [deck[i] for i in random.permutation(len(deck))]
    return dealt[:count]


def _service(random, number, product: Product, clouds, place, periods: int, contexts: dict[str, int]) -> dict[str, Any]:
    model = _model(random, product)
    service = {
        "name": f"{product.name}-{number + 1:04d}",
        "model": model,
        "workload": _workload(random, product, place, periods, CONTEXT_SHARE * contexts[model]),
        "slo": dict(_slo(random, product)),
        "allow": {"variants": ["native", "fp8"]},
        "batch_limits": [32, 128] if product.online else [128, 256],
    }
    if clouds:
        service["allow"]["providers"] = list(clouds)
    if place:
        service["allow"]["regions"] = [place]
    return {**service, **dict(_rules(random, product))}


def _model(random, product: Product) -> str:
    sizes, weights = zip(*product.models)
    names = MODELS[sizes[random.choice(len(sizes), p=np.array(weights) / sum(weights))]]
    # The most used model of a size class is as common as all the others together, and so on down the list.
    popular = 0.5 ** np.arange(len(names))
    return names[random.choice(len(names), p=popular / popular.sum())]


def _workload(random, product: Product, place, periods: int, most_tokens: float) -> dict[str, Any]:
    mean = _log_uniform(random, *product.rate_per_s)
    offset = int(random.choice(UTC_OFFSETS[place]))
    shape = drawn_rates(random, product.days, periods, offset)
    few = drawn_lengths(random, product.lengths, int(random.integers(*product.classes, endpoint=True)), most_tokens)
    rates = [short(mean * rate) for rate in shape]
    return {
        "rate_per_s": rates if periods > 1 else rates[0],
        "dispersion_10s": observed()[product.burst_of].dispersion_10s,
        "classes": [
            {"input_tokens": short(i), "output_tokens": short(o), "share": round(share, 6)}
            for i, o, share in zip(few.input_tokens, few.output_tokens, few.share)
        ],
    }


def _slo(random, product: Product) -> Iterator[tuple[str, dict[str, float]]]:
    for name, percentile, limits in (("ttft_ms", "p95", product.ttft_ms), ("tpot_ms", "p90", product.tpot_ms)):
        if limits:
            yield name, {percentile: float(f"{_log_uniform(random, *limits):.2g}")}


def _rules(random, product: Product) -> Iterator[tuple[str, Any]]:
    """What the service's owners ask beyond latency."""
    redundant = product.online and random.random() < 0.4
    availability = {"target": 0.999, "min_instances": 2} if redundant else {"min_instances": 1}
    if random.random() < (0.25 if product.online else 1.0):
        share = round(random.uniform(0.3, 0.6), 2) if product.online else 1.0
        yield "spot", {"allowed": True, "max_share": share}
        if random.random() < (0.5 if product.online else 0.25):
            availability["survives_loss"] = {"fraction": 0.8 if product.online else 0.5}
    if len(availability) > 1:
        yield "availability", availability
    if random.random() < 0.15:
        yield "max_configurations", int(random.integers(1, 2, endpoint=True))
    if random.random() < 0.15:
        yield "quality", {"min": 0.99}


def _log_uniform(random, low: float, high: float) -> float:
    return float(math.exp(random.uniform(math.log(low), math.log(high))))


def short(value: float) -> float:
    """``value`` to a few digits, as people write figures."""
    return float(f"{value:.{ROUNDED}g}")
