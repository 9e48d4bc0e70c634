"""What one replica of a configuration can do for a service, as the checks use it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from planner.perf.profiles import CANNOT_SERVE_RPS


@dataclass(frozen=True)
class Fault:
    """A rule that the configuration breaks, with how far it is off (None: not a matter of degree)."""

    rule: str
    message: str
    relative_miss: float | None = None


@dataclass(frozen=True)
class Facts:
    """Per class where a tuple; None where unknown or without limit. Units as in ``perf.operating_point``."""

    can_serve: tuple[bool, ...]
    work_s: tuple[float, ...]
    residence_s: tuple[float, ...]
    kv_tokens: tuple[float, ...]
    kv_capacity_tokens: float | None
    ttft_ms: tuple[float, ...] | None
    tpot_ms: tuple[float, ...] | None
    levels: tuple[tuple[int, float], ...]
    basis: str
    quality: float | None
    preparation_usd: float
    broken: tuple[Fault, ...]

    def share_at(self, replicas: float) -> float:
        """φ(N): the share of saturation at the level at or below N, 0 below the first."""
        return max((share for count, share in self.levels if count <= replicas), default=0.0)


def facts_of(service: Any, configuration: Any, problem: Any, catalog: Any) -> Facts:
    """Facts of a configuration with a throughput profile."""
    profile = next(
        p
        for p in service.profiles
        if (p.variant, p.accelerator, p.tp, p.pp) == tuple(configuration)[:4] and p.throughput_rps is not None
    )
    can = tuple(rps is not None and rps > CANNOT_SERVE_RPS for rps in profile.throughput_rps)
    work = tuple(1.0 / rps if ok else float("inf") for rps, ok in zip(profile.throughput_rps, can))
    return Facts(
        can_serve=can,
        work_s=work,
        residence_s=work,
        kv_tokens=work,
        kv_capacity_tokens=None,
        ttft_ms=None,
        tpot_ms=None,
        levels=((1, 1.0),),
        basis="measured",
        quality=None,
        preparation_usd=0.0,
        broken=(),
    )
