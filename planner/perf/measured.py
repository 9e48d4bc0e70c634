"""Finds the user's own measurement of a configuration among the profiles of a service."""

from __future__ import annotations

from typing import Any

from planner.perf.ask import Measured
from planner.perf.from_catalog import NATIVE, served_variants

#: Engine of a configuration that only a measured throughput describes.
UNSTATED_ENGINE = "unstated"


def profiles_of(service: Any, catalog: Any, own: Any) -> dict[tuple[str, str, int, int, int], Measured]:
    """Measurements by (variant, accelerator, tp, pp, max_num_seqs), names as configurations have them.

    A profile that states no ``max_num_seqs`` speaks for one configuration, with the largest of the service's batch
    limits. The later of two profiles of one configuration counts. ``own`` are the user's own accelerators.
    """
    native = next((v.method for v in served_variants(catalog, service.model) if v.native), NATIVE)
    found = {}
    for profile in service.profiles:
        variant = native if profile.variant == NATIVE else profile.variant
        limit = profile.max_num_seqs or max(service.batch_limits, default=1)
        key = (variant, accelerator_name(catalog, own, profile.accelerator), profile.tp, profile.pp, limit)
        found[key] = Measured(
            profile.throughput_rps, profile.ttft_ms, profile.tpot_ms, profile.source, profile.max_num_seqs is None
        )
    return found


def accelerator_name(catalog: Any, own: Any, name: str) -> str:
    """The name that pools use for an accelerator; unknown names stay as they are."""
    for row in own:
        if row.name.casefold() == name.casefold():
            return row.name
    row = catalog.accelerator(name)
    return name if row is None else row.name
