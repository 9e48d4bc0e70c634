"""Which pools a service may use, and every rule that bars it from the others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from planner.candidates.candidate import Broken
from planner.candidates.excluded import by_place
from planner.candidates.judged import Judged, Place
from planner.candidates.members import said_of
from planner.candidates.registry import rules_of
from planner.candidates.worker import request_mb
from planner.economics.commitments import commitment_options, scope_covers
from planner.economics.pools import Pool, place_matches
from planner.problem.hosted import ON_BARE_MACHINES
from planner.problem.schema import Problem
from planner.problem.service import Service


@dataclass(frozen=True)
class Places:
    """Pools as one service may use them.

    verdicts  rules broken by pool id; empty: allowed
    by_accelerator  all pools of an accelerator, sorted by id
    """

    verdicts: Mapping[str, tuple[Broken, ...]]
    by_accelerator: Mapping[str, tuple[Pool, ...]]
    _found: dict = field(default_factory=dict, repr=False, compare=False)

    def excluded(self) -> dict[str, str]:
        """Reason by pool, or pattern for all pools of a place, that the service may not use."""
        reasons = {pool: "; ".join(b.message for b in found) for pool, found in self.verdicts.items() if found}
        return by_place(reasons, self.verdicts)

    def largest_instance(self, accelerator: str) -> int:
        """Accelerators of the largest instance with this accelerator."""
        return max((p.accelerators for p in self.by_accelerator.get(accelerator, ())), default=0)

    def for_replicas(self, accelerator: str, size: int) -> tuple[tuple[str, ...], tuple[Broken, ...]]:
        """(ids of pools for replicas of ``size`` accelerators, rules that leave none).

        Where none is left, the rules are those of the pool that breaks the fewest; the first such by id.
        """
        key = (accelerator, size)
        if key not in self._found:
            self._found[key] = self._judge(*key)
        return self._found[key]

    def for_configuration(
        self, judged: Judged, usable: tuple[str, ...], barred: tuple[Broken, ...]
    ) -> tuple[tuple[str, ...], tuple[Broken, ...], dict[str, str]]:
        """(usable pools less those that a configuration breaks a rule in, rules broken where none is left, why each was left out)."""
        there = self._to_judge(judged.configuration.accelerator, judged.service.allow.host_weights_gib is not None)
        if not there:
            return usable, barred, {}
        wrong = {k: tuple(b for r in rules_of("placed") if (b := r.check(judged, there[k])) is not None) for k in usable if k in there}
        late = {k: broken for k, broken in wrong.items() if broken}
        left = tuple(k for k in usable if k not in late)
        reasons = {k: "; ".join(b.message for b in broken) for k, broken in late.items()}
        return left, barred if left or not late else min(late.values(), key=len), reasons

    def _to_judge(self, accelerator: str, host_memory: bool) -> dict[str, Pool]:
        """Pools in which a configuration may break a rule: endpoints, and all where weights may stand in host memory."""
        key = "to judge", accelerator, host_memory
        if key not in self._found:
            pools = self.by_accelerator.get(accelerator, ())
            self._found[key] = {p.id: p for p in pools if p.endpoint is not None or host_memory}
        return self._found[key]

    def _judge(self, accelerator: str, size: int) -> tuple[tuple[str, ...], tuple[Broken, ...]]:
        sizes = rules_of("size")
        allowed = []
        nearest: tuple[Broken, ...] | None = None
        for pool in self.by_accelerator.get(accelerator, ()):
            wrong = self.verdicts[pool.id] + tuple(b for r in sizes if (b := r.check(size, pool)) is not None)
            if not wrong:
                allowed.append(pool.id)
            elif nearest is None or len(wrong) < len(nearest):
                nearest = wrong
        return tuple(allowed), () if allowed else (nearest or ())


class Judge:
    """Verdicts on pools, shared by services that ask the same."""

    def __init__(self, problem: Problem, pools: tuple[Pool, ...]) -> None:
        self.problem = problem
        self.pools = pools
        grouped: dict[str, list[Pool]] = {}
        for pool in pools:
            grouped.setdefault(pool.accelerator, []).append(pool)
        self.by_accelerator = {name: tuple(found) for name, found in sorted(grouped.items())}
        self.covered = _covered(problem, pools)
        self._known: dict[tuple, Places] = {}

    def places(self, service: Service) -> Places:
        """Pools as ``service`` may use them."""
        allow, spot = service.allow, service.spot
        key = (
            allow.providers, allow.regions, allow.exclude_providers, allow.exclude_regions,
            spot.allowed and spot.max_share > 0, service.carbon_kg_per_month is not None, service.requires,
            *self._asked_of_endpoints(service),
        )  # fmt: skip
        if key not in self._known:
            self._known[key] = Places({p.id: self._verdict(service, p) for p in self.pools}, self.by_accelerator)
        return self._known[key]

    def _asked_of_endpoints(self, service: Service) -> tuple:
        """What endpoints' rules look at; nothing where there are none."""
        if not any(pool.endpoint is not None for pool in self.pools):
            return (bool(set(service.modes) & set(ON_BARE_MACHINES)),)
        streamed = bool(service.slo.ttft_ms or service.slo.tpot_ms)
        return service.modes, request_mb(service, self.problem), service.window_hours is None, streamed

    def places_of_all(self, service: Service, members: tuple[Service, ...]) -> Places:
        """Pools that ``service`` and all of ``members`` may use."""
        own = self.places(service).verdicts
        others = [(member.name, self.places(member).verdicts) for member in members]
        verdicts = {
            pool: found + tuple(said_of(name, b) for name, verdict in others for b in verdict[pool]) for pool, found in own.items()
        }
        return Places(verdicts, self.by_accelerator)

    def _verdict(self, service: Service, pool: Pool) -> tuple[Broken, ...]:
        place = Place(service, self.problem, pool, carbon_counts(self.problem, service, pool), pool.id in self.covered)
        return tuple(b for r in rules_of("pool") if (b := r.check(place)) is not None)


def carbon_counts(problem: Problem, service: Service | None, pool: Pool) -> str:
    """Why emissions of ``service`` (None: a job) in ``pool`` must be known, in words; empty: they need not be."""
    if problem.limits.carbon_kg_per_month is not None:
        return "limits.carbon_kg_per_month caps emissions"
    if problem.carbon.price_usd_per_tonne > 0:
        return "carbon has a price"
    if problem.carbon.offsets is not None:
        return "emissions are offset"
    if service is not None and service.carbon_kg_per_month is not None:
        return "the service caps its emissions"
    if any(place_matches(cap.region, pool) for cap in problem.limits.regions):
        return "limits.regions caps emissions there"
    return ""


def _covered(problem: Problem, pools: tuple[Pool, ...]) -> frozenset[str]:
    """Pools that can be had firm by a commitment alone: one on offer, or units held."""
    options, _ = commitment_options(problem, pools)
    found = {pool for option in options for pool in option.covers}
    # Spend is a discount off an on-demand price: it makes nothing available.
    units = [held for held in problem.commitments.held if held.measure != "spend" and held.amount > 0]
    found |= {p.id for p in pools for held in units if scope_covers(held.scope, p)}
    return frozenset(found)
