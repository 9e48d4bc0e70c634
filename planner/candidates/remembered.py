"""What was looked up for an earlier problem, kept for one of which it holds as well."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from planner.problem.schema import Problem

if TYPE_CHECKING:
    from planner.perf.assess import Assessment
    from planner.perf.from_catalog import ServedVariant
    from planner.perf.replica import Chip
    from planner.problem.limits import Limits

M = TypeVar("M")


def remembered(make: Callable[..., M], problem: Problem, catalog: Any, pools: Any, *more: Any) -> M:
    """``make(problem, catalog, pools, *more)``, or what it made before: an analysis changes one service and asks again.

    What is kept holds answers by what a service asks, so only the services that changed are judged anew.
    """
    bare = problem.model_copy(update={"services": (), "limits": limits_seen(problem.limits), "name": None, "description": None})
    shared = bare, tuple(service.modes for service in problem.services), more
    for known, of_catalog, of_pools, made in _KNOWN:
        if of_catalog is catalog and of_pools is pools and known == shared:
            made.problem = problem
            return made
    made = make(problem, catalog, pools, *more)
    _KNOWN.appendleft((shared, catalog, pools, made))
    return made


_KNOWN: deque = deque(maxlen=6)


def limits_seen(limits: Limits) -> Limits:
    """Limits as candidates see them: of most caps only whether they are there, of those on all money not even that."""
    caps = {name: _there(getattr(limits, name)) for name in _CAPS}
    teams = tuple(team.model_copy(update={"budget_usd_per_month": 0.0}) for team in limits.teams)
    regions = tuple(cap.model_copy(update={"carbon_kg_per_month": 0.0}) for cap in limits.regions)
    quotas = tuple(
        quota.model_copy(update={"max_instances": _there(quota.max_instances), "max_accelerators": _there(quota.max_accelerators)})
        for quota in limits.quotas
    )
    return limits.model_copy(update={**dict.fromkeys(_MONEY), **caps, "teams": teams, "regions": regions, "quotas": quotas})


#: Caps on the whole that no rule and no dominance looks at; those of which they look only at whether they are there.
_MONEY = ("budget_usd_per_month", "horizon_usd", "upfront_usd")
_CAPS = ("carbon_kg_per_month", "max_configurations", "max_changes")


def _there(cap: float | None) -> float | None:
    return None if cap is None else 1.0


@dataclass
class Replicas:
    """What replicas do for what services ask: it rests on the catalogue and the user's own accelerators, on no limit and no price."""

    chips: dict[str, tuple[Chip | None, str]] = field(default_factory=dict)
    variants: dict[str, tuple[ServedVariant, ...]] = field(default_factory=dict)
    assessed: dict[tuple, Assessment] = field(default_factory=dict)

    def make_room(self, made: dict) -> None:
        """Forgets what was assessed, and ``made`` of it, once it is much: a sweep over latency limits asks something new every time."""
        if len(self.assessed) > MOST_ASSESSED:
            self.assessed.clear()
            made.clear()


def replicas_of(problem: Problem, catalog: Any) -> Replicas:
    """What is known of replicas under this catalogue and these accelerators."""
    for of_catalog, own, known in _REPLICAS:
        if of_catalog is catalog and own == problem.offers.accelerators:
            return known
    _REPLICAS.appendleft((catalog, problem.offers.accelerators, Replicas()))
    return _REPLICAS[0][2]


#: Assessments kept, of a few kB each.
MOST_ASSESSED = 20_000
_REPLICAS: deque = deque(maxlen=2)
