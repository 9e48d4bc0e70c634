"""Ways to be answered beside own replicas, for some services of a fleet: provider APIs and serverless workers of the catalogue."""

from __future__ import annotations

from typing import Any

import numpy as np

#: Of the services in front of which somebody waits, those that serverless workers may answer too. Token prices come without
#: latencies, so that APIs may answer those alone behind which nobody waits.
SERVERLESS = 0.5


def with_modes(services: list[dict[str, Any]], seed: int, sellers: set[str]) -> list[dict[str, Any]]:
    """The services, each drawn by ``seed`` and its number alone.

    sellers   of tokens and of serverless workers, each of whom these services may use beside their clouds; where data must stay
              holds for them too
    """
    return [_with_modes(service, np.random.default_rng((seed, 7, i)), sellers) for i, service in enumerate(services)]


def _with_modes(service: dict[str, Any], random: np.random.Generator, sellers: set[str]) -> dict[str, Any]:
    waited_for = bool(service["slo"])
    if waited_for and random.random() >= SERVERLESS:
        return service
    allow = dict(service["allow"])
    if "providers" in allow:
        allow["providers"] = sorted({*allow["providers"], *sellers})
    return {**service, "modes": ["real_time", "serverless" if waited_for else "provider_api"], "allow": allow}
