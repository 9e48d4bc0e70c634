"""Quality floors, per variant and on the mean."""

from __future__ import annotations

from collections.abc import Iterator

from planner.problem.service import Quality
from planner.verify.case import Case, Placed
from planner.verify.figures import mean_quality
from planner.verify.measure import CLAIM_TOLERANCE, Seen, at_least, equal, refused, unless
from planner.verify.registry import check


@check("quality_known")
def quality_known(case: Case) -> Iterator[Seen]:
    """Where a service sets a floor, the recovery of every variant that runs is known on its benchmark."""
    for p in case.used:
        for wanted, quality, where in _asked(case, p):
            floor = wanted.min is not None or wanted.mean is not None
            yield unless(floor and quality is None, where, "the variant's recovery is unknown")


@check("quality_min")
def quality_min(case: Case) -> Iterator[Seen]:
    """Base score times recovery of every variant that runs is at least ``quality.min``."""
    for p in case.used:
        for wanted, quality, where in _asked(case, p):
            if wanted.min is not None and quality is not None:
                yield at_least(quality, wanted.min, where, unit="score")


def _asked(case: Case, p: Placed) -> Iterator[tuple[Quality, float | None, str]]:
    """(floors, quality, where) of the service that runs a deployment, or of each that its group may answer for."""
    if p.service.quality is not None:
        yield p.service.quality, p.facts.quality, str(p)
    for name, quality in p.facts.member_quality:
        if case.services[name].quality is not None:
            yield case.services[name].quality, quality, f"{p}: {name}"


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
