"""Ways to be answered beside own replicas, for some services of a fleet: provider APIs and serverless workers of the catalogue."""

from __future__ import annotations

from typing import Any

import numpy as np

#: Of the services in front of which somebody waits, those that serverless workers may answer too. Token prices come without
#: latencies, so that APIs may answer those alone behind which nobody waits.
SERVERLESS = 0.5
#: Of these, those whose owners would hand requests to anybody; the others to the clouds that they use.
ANYBODY = 0.5


def with_modes(services: list[dict[str, Any]], seed: int) -> list[dict[str, Any]]:
    """The services, each drawn by ``seed`` and its number alone; options of others are then judged by the same rules as own replicas."""
    return [_with_modes(service, np.random.default_rng((seed, 7, i))) for i, service in enumerate(services)]


def _with_modes(service: dict[str, Any], random: np.random.Generator) -> dict[str, Any]:
    waited_for, anybody = bool(service["slo"]), random.random() < ANYBODY
    if waited_for and random.random() >= SERVERLESS:
        return service
    allow = {name: value for name, value in service["allow"].items() if not (anybody and name in ("providers", "regions"))}
    return {**service, "modes": ["real_time", "serverless" if waited_for else "provider_api"], "allow": allow}
