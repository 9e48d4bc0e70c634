"""Hosted options of the second statement, read from the problem's own rows: who may be asked, and for how much."""

from __future__ import annotations

from dataclasses import dataclass

from tests.oracle.facts import Facts


@dataclass(frozen=True)
class Api:
    """A provider API that service ``s`` may use; figures by request class."""

    s: int
    name: str
    usd: list[float]
    tokens: list[float]
    quality: float
    requests_per_minute: float | None
    tokens_per_minute: float | None


def apis(f: Facts) -> list[Api]:
    """Every row for a service's model that meets what the service asks for.

    The random problems allow their own rows alone: providers ``host1``, ``host2``, … with exact names.
    """
    problem, found = f.problem, []
    limits = problem.limits
    carbon = problem.carbon.price_usd_per_tonne > 0 or limits.carbon_kg_per_month is not None or bool(limits.regions)
    for s, service in enumerate(problem.services):
        if "provider_api" not in service.modes or carbon or service.carbon_kg_per_month is not None:
            continue
        classes = service.workload.classes
        for row in problem.apis:
            attributes = {a for v in problem.vendors if v.provider == row.provider for a in v.attributes}
            longest = max(c.input_tokens + c.output_tokens for c in classes)
            slow = any(
                not any(float(known[1:]) >= float(key[1:]) and ms <= most for known, ms in (row.ttft_ms or {}).items())
                for key, most in (service.slo.ttft_ms or {}).items()
            )
            barred = service.quality is not None and service.quality.min is not None and service.quality.min > service.quality.base_score
            if slow or barred or row.context_window is None or longest > row.context_window or set(service.requires) - attributes:
                continue
            hit = service.workload.prefix_hit
            cached = row.input_usd_per_mtok if row.cached_input_usd_per_mtok is None else row.cached_input_usd_per_mtok
            usd = [
                1e-6 * (c.input_tokens * (row.input_usd_per_mtok * (1 - hit) + cached * hit) + c.output_tokens * row.output_usd_per_mtok)
                for c in classes
            ]
            base = 1.0 if service.quality is None else service.quality.base_score
            tokens = [c.input_tokens + c.output_tokens for c in classes]
            found.append(Api(s, f"{row.provider}:{row.model}", usd, tokens, base, row.requests_per_minute, row.tokens_per_minute))
    return found
