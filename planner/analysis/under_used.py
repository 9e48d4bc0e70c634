"""What was paid for and bought less than it was meant to: instances, workers, units of throughput, commitments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from planner.analysis.billed_rent import Billed

if TYPE_CHECKING:
    from planner.plan.schema import Plan

#: What does less than this share of the work it was planned to do, for what is billed, is under-used.
UNDER_USED = 0.8
#: A commitment of which this share more than the plan meant bought nothing is under-used.
UNUSED = 0.05
LESS, NO_PART = "busy for less than planned", "billed, and no part of the plan"
KINDS = {"serverless": "workers", "provisioned": "units"}


@dataclass(frozen=True)
class UnderUsed:
    """Money that bought less than it was meant to; ``used_share`` of what was billed, None: not measured."""

    what: str
    kind: str
    used_share: float | None
    planned_share: float | None
    idle_usd: float
    reason: str


def under_used(pools: Iterable[Any], hosted: Iterable[Any], billed: Billed, plan: Plan) -> Iterator[UnderUsed]:
    """``pools`` and ``hosted`` are the lines of ``planner.analysis.actuals``; tokens are used when they are billed."""
    for pool in pools:
        if pool.billed_usd > 0.0 and pool.name not in billed.promises:
            sides = (pool.planned_accelerator_hours, pool.planned_used_hours), (pool.billed_accelerator_hours, pool.used_hours)
            yield from _less(pool.name, "instances", pool.billed_usd, *sides)
    for one in hosted:
        if one.billed_usd > 0.0 and (not one.planned or one.mode in KINDS):
            yield from _less(one.name, KINDS.get(one.mode, "tokens"), one.billed_usd, (one.planned, one.planned_used), (one.billed, one.used))
    meant = {one.name: one.used_share for one in plan.commitments}
    for name, promise in sorted(billed.promises.items()):
        if promise.usd > 0.0 and promise.unused_usd > (UNUSED + 1.0 - meant.get(name, 1.0)) * promise.usd:
            used = 1.0 - promise.unused_usd / promise.usd
            yield UnderUsed(name, "commitment", used, meant.get(name), promise.unused_usd, "paid for and not used")
        elif not promise.used:
            yield UnderUsed(name, "commitment", None, None, promise.usd, "paid for; no row of the bill shows it in use")


def _less(
    name: str, kind: str, usd: float, planned: tuple[float, float | None], came: tuple[float | None, float | None]
) -> Iterator[UnderUsed]:
    """(quantity, of it used) as planned and as it came."""
    if not planned[0]:
        yield UnderUsed(name, kind, None, None, usd, NO_PART)
        return
    if planned[1] is None or came[1] is None or not came[0]:
        return
    meant, used = planned[1] / planned[0], came[1] / came[0]
    if used < UNDER_USED * meant:
        yield UnderUsed(name, kind, used, meant, usd * (1.0 - used / meant), LESS)
