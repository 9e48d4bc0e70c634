"""Quality that a variant keeps of its model, as a service's floors ask for it."""

from __future__ import annotations

from statistics import fmean

from planner.candidates.judged import Quality
from planner.catalog.catalog import Catalog
from planner.perf.from_catalog import ServedVariant
from planner.problem.service import Service


def quality_of(service: Service, variant: ServedVariant | None, catalog: Catalog) -> Quality | None:
    """Base score times recovery on the benchmark asked for, else on the mean of those known; None: no floor asks.

    The model as published keeps all of its quality.
    """
    asked = service.quality
    if asked is None:
        return None
    benchmark = asked.benchmark or "the benchmarks known"
    if variant is None:
        return Quality(None, benchmark)
    recovery = _recovery(variant, asked.benchmark, catalog)
    return Quality(None if recovery is None else asked.base_score * recovery, benchmark)


def _recovery(variant: ServedVariant, benchmark: str | None, catalog: Catalog) -> float | None:
    if variant.native:
        return 1.0
    if benchmark is not None:
        found = catalog.recovery(variant.model, variant.method, benchmark)
        return None if found is None else found.value
    rows = next((rows for rows in catalog.variants_of(variant.model) if rows[0].method == variant.method), ())
    return fmean(row.recovery for row in rows) if rows else None
