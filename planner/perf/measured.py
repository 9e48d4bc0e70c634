"""Finds the user's own measurement of a configuration among the profiles of a service."""

from __future__ import annotations

from typing import Any

from planner.errors import PlannerError
from planner.perf.ask import Measured
from planner.perf.from_catalog import NATIVE, ServedVariant, chip_of, replica_of, served_variants
from planner.perf.replica import Engine
from planner.perf.runs import MeasuredPoint, Run
from planner.perf.spelling import engine_family

#: Engine of a configuration that only a measured throughput describes.
UNSTATED_ENGINE = "unstated"


def profiles_of(service: Any, catalog: Any, own: Any) -> dict[tuple[str, str, int, int, int], Measured]:
    """Measurements by (variant, accelerator, tp, pp, max_num_seqs), names as configurations have them.

    A profile that states no ``max_num_seqs`` speaks for one configuration, with the largest of the service's batch
    limits. The later of two profiles of one configuration counts. ``own`` are the user's own accelerators.
    """
    if not service.profiles:
        return {}
    native = next((v.method for v in served_variants(catalog, service.model) if v.native), NATIVE)
    found = {}
    for profile in service.profiles:
        if profile.throughput_rps is None and profile.ttft_ms is None and profile.tpot_ms is None:
            continue  # only runs, which correct the formula and name no configuration of their own
        variant = native if profile.variant == NATIVE else profile.variant
        limit = profile.max_num_seqs or max(service.batch_limits, default=1)
        key = (variant, accelerator_name(catalog, own, profile.accelerator), profile.tp, profile.pp, limit)
        found[key] = Measured(
            profile.throughput_rps, profile.ttft_ms, profile.tpot_ms, profile.source, profile.max_num_seqs is None
        )
    return found


def runs_of(service: Any, catalog: Any, own: Any) -> tuple[Run, ...]:
    """The benchmark runs among a service's profiles, each with its replica; those of unknown facts are left out.

    Runs of another engine than the one that is planned say nothing of it and are left out too.
    """
    variants = {v.method: v for v in served_variants(catalog, service.model)} if any(p.points for p in service.profiles) else {}
    native = next((v for v in variants.values() if v.native), None)
    found: list[Run] = []
    for profile in service.profiles:
        variant = native if profile.variant == NATIVE else variants.get(profile.variant)
        if not profile.points or not _counts(profile, variant):
            continue
        try:
            chip = chip_of(catalog, own, accelerator_name(catalog, own, profile.accelerator))
        except PlannerError:
            continue
        limit = profile.max_num_seqs or Engine().max_num_seqs
        replica = replica_of(variant, chip, profile.tp, profile.pp, limit)
        found += [Run(replica, MeasuredPoint(**point.model_dump())) for point in profile.points]
    return tuple(found)


def _counts(profile: Any, variant: ServedVariant | None) -> bool:
    known = variant is not None and variant.architecture is not None and variant.precision is not None
    return known and (profile.engine is None or engine_family(profile.engine) == Engine().name)


def accelerator_name(catalog: Any, own: Any, name: str) -> str:
    """The name that pools use for an accelerator; unknown names stay as they are."""
    for row in own:
        if row.name.casefold() == name.casefold():
            return row.name
    row = catalog.accelerator(name)
    return name if row is None else row.name
