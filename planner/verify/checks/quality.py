"""Quality floors, per variant and on the mean."""

from __future__ import annotations

from collections.abc import Iterator

from planner.verify.case import Case
from planner.verify.figures import mean_quality
from planner.verify.measure import CLAIM_TOLERANCE, Seen, at_least, equal, refused, unless
from planner.verify.registry import check


@check("quality_known")
def quality_known(case: Case) -> Iterator[Seen]:
    """Where a service sets a floor, the recovery of every variant that runs is known on its benchmark."""
    for p in case.used:
        wanted = p.service.quality
        floor = wanted is not None and (wanted.min is not None or wanted.mean is not None)
        yield unless(floor and p.facts.quality is None, str(p), "the variant's recovery is unknown")


@check("quality_min")
def quality_min(case: Case) -> Iterator[Seen]:
    """Base score times recovery of every variant that runs is at least ``quality.min``."""
    for p in case.used:
        wanted = p.service.quality
        if wanted is not None and wanted.min is not None and p.facts.quality is not None:
            yield at_least(p.facts.quality, wanted.min, str(p), unit="score")


@check("quality_floor")
def quality_floor(case: Case) -> Iterator[Seen]:
    """Rate-weighted quality of a service over the month is at least ``quality.mean``."""
    for name, service in case.services.items():
        if service.quality is not None and service.quality.mean is not None:
            mean = mean_quality(case, name)
            if mean is not None:
                yield at_least(mean, service.quality.mean, name, unit="score")


@check("claimed_quality", tolerance=CLAIM_TOLERANCE)
def claimed_quality(case: Case) -> Iterator[Seen]:
    """The quality that the plan states is the rate-weighted mean of its variants'."""
    for name, part in case.parts.items():
        if part.quality_mean is None:
            continue
        mean = mean_quality(case, name)
        if mean is None:
            yield refused(name, "a quality is claimed where none can be computed")
        else:
            yield equal(part.quality_mean, mean, name, unit="score")
