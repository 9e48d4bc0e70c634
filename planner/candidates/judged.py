"""What a rule looks at: one configuration of one service, and one pool that it might run in."""

from __future__ import annotations

from dataclasses import dataclass

from planner.candidates.candidate import Broken, Configuration
from planner.economics.pools import Pool
from planner.perf.assess import Assessment
from planner.perf.from_catalog import ServedVariant
from planner.perf.replica import Chip
from planner.problem.schema import Problem
from planner.problem.service import Service


@dataclass(frozen=True)
class Quality:
    """Quality that a variant keeps, where the service asks for any.

    value      base score times recovery; None: unknown
    benchmark  what it is measured on, in words
    """

    value: float | None
    benchmark: str


@dataclass(frozen=True)
class Judged:
    """A configuration under judgement.

    variant     None: the model is unknown, and a measured profile stands for it
    chip        None: facts about the accelerator are unknown (``chip_unknown`` says which)
    vendor      of the accelerator
    assessment  None where nothing can be predicted (other rules then say why)
    quality     None where the service asks for none
    measured    a user's throughput stands for the formula
    offered     some pool has the accelerator
    preparation_usd  one-off cost of the variant; None: unknown
    one_off_cap      ``limits.one_off_usd``
    weights_gb       size of the weights as stored; None: unknown
    weights_charged  storing or copying them costs money
    """

    service: Service
    configuration: Configuration
    variant: ServedVariant | None
    model: object | None
    chip: Chip | None
    chip_unknown: str
    vendor: str
    assessment: Assessment | None
    quality: Quality | None
    measured: bool
    context_tokens: float
    offered: bool
    preparation_usd: float | None
    one_off_cap: float | None
    weights_gb: float | None = None
    weights_charged: bool = False


@dataclass(frozen=True)
class Place:
    """A pool under judgement for one service.

    carbon_counts  a cap or price on carbon bears on what the service runs
    terms_offered  a reserved price or stated commitment covers the pool
    """

    service: Service
    problem: Problem
    pool: Pool
    carbon_counts: str
    terms_offered: bool


def broken(
    rule: str, value: float | str | None, limit: float | str | None, unit: str, message: str
) -> Broken:
    """A broken rule; the relative miss follows from value and limit where both are numbers."""
    miss = None
    if isinstance(value, (int, float)) and isinstance(limit, (int, float)) and limit:
        miss = abs(value - limit) / abs(limit)
    return Broken(rule, value, limit, unit, miss, message)


def missed(it: Judged, rule: str) -> Broken | None:
    """The assessment's finding under ``rule``, worst first where several limits share it."""
    if it.assessment is None:
        return None
    found = [m for m in it.assessment.broken if m.rule == rule]
    if not found:
        return None
    worst = max(found, key=lambda m: (m.relative_miss or 0.0, m.message))
    return Broken(rule, worst.value, worst.limit, worst.unit, worst.relative_miss, worst.message)
