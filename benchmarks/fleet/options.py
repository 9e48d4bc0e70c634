"""What a service may run, as arrays: every configuration in every pool, what its replicas carry, cost and emit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np

from planner.candidates.candidate import Candidate, Choices
from planner.economics.commitments import CommitmentOption
from planner.economics.pools import Pool
from planner.economics.timeline import Timeline
from planner.perf.assess import LEVELS
from planner.problem.schema import Problem
from planner.problem.service import Service
from planner.units import GRAMS_PER_KG, HOURS_PER_MONTH

#: What a quota counts: accelerators of one kind at one provider on one continent, firm or spot. A quota of a region
#: alone would seldom bind, because providers sell next door at the same price.
Family = tuple[str, str, str, bool]
ROUNDING = 1e-9
#: Options of one pool that are looked at, and how little of the demand they may be asked to carry.
KEPT, LITTLE = 2, 0.1


@dataclass(frozen=True)
class Options:
    """Ways to run one service that serve all its requests within its limits; arrays over them [O] and periods [T].

    configuration  number of the configuration
    pool, family   index of the pool, of the family that quotas count
    firm           whether it cannot be interrupted
    per_instance   replicas on one instance
    accelerators   of one instance
    work           replicas at saturation that the whole demand asks for                       [O, T]
    cache          replicas whose cache the whole demand asks for                              [O, T]
    safe           share of saturation that each of ``LEVELS`` replicas may carry              [O, L]
    rent           of one running instance                                      [USD/month]    [O, T]
    saved          on one instance that runs all day, by a commitment           [USD/month]    [O]
    idle_kg        of one running instance                                      [kg/month]     [O, T]
    busy_kg        of the whole demand                                          [kg/month]     [O, T]
    share          of one replica, at the price that team budgets count         [USD/month]    [O, T]
    """

    configuration: np.ndarray
    pool: np.ndarray
    family: np.ndarray
    firm: np.ndarray
    per_instance: np.ndarray
    accelerators: np.ndarray
    work: np.ndarray
    cache: np.ndarray
    safe: np.ndarray
    rent: np.ndarray
    saved: np.ndarray
    idle_kg: np.ndarray
    busy_kg: np.ndarray
    share: np.ndarray

    def replicas(self, part: np.ndarray) -> np.ndarray:
        """Fewest replicas that carry ``part`` of the demand (by period, or by option and period); infinite: none do [O, T].

        Work: part · work <= φ(N) · N with φ at the level at or below N. Cache: part · cache <= N.
        """
        need = self.work * part
        best = np.full(need.shape, np.inf)
        for index, level in enumerate(LEVELS):
            safe = self.safe[:, index : index + 1]
            after = LEVELS[index + 1] if index + 1 < len(LEVELS) else np.inf
            count = np.maximum(level, np.ceil(need / np.maximum(safe, 1e-12) - ROUNDING))
            best = np.where((safe > 0.0) & (count < after), np.minimum(best, count), best)
        return np.where(need > 0.0, np.maximum(best, np.ceil(self.cache * part - ROUNDING)), 0.0)

    @property
    def size(self) -> np.ndarray:
        """Accelerators of one replica [O]."""
        return self.accelerators // self.per_instance

    def side(self, index: int) -> tuple[int, bool]:
        """Pool, and whether bought firm, of an option."""
        return int(self.pool[index]), bool(self.firm[index])

    def carried(self, replicas: np.ndarray) -> np.ndarray:
        """Part of the demand that so many replicas carry; more than 1: more than all of it [O, T]."""
        level = np.searchsorted(LEVELS, replicas, side="right") - 1
        safe = np.where(replicas > 0, np.take_along_axis(self.safe, np.maximum(level, 0), axis=1), 0.0)
        by_work = safe * replicas / np.maximum(self.work, 1e-12)
        return np.minimum(by_work, replicas / np.maximum(self.cache, 1e-12))

    def worth_a_look(self) -> Options:
        """In each pool the cheapest options for the whole demand, and the cheapest for a little of it."""
        found: set[int] = set()
        for part in (1.0, LITTLE):
            count = self.replicas(np.full(self.work.shape[1], part))
            cost = (self.rent * np.ceil(count / self.per_instance[:, None])).sum(axis=1)
            seen: Counter[tuple[int, bool]] = Counter()
            for index in np.lexsort((np.arange(len(cost)), cost)):
                side = self.side(index)
                seen[side] += 1
                if seen[side] <= KEPT and np.isfinite(cost[index]):
                    found.add(int(index))
        keep = np.array(sorted(found), dtype=int)
        return Options(**{f.name: getattr(self, f.name)[keep] for f in fields(self)})


class Market:
    """Pools as arrays by period, looked up once for all services."""

    def __init__(
        self, problem: Problem, pools: tuple[Pool, ...], times: Timeline, bought: tuple[CommitmentOption, ...]
    ) -> None:
        self.pools = pools
        self.index = {pool.id: n for n, pool in enumerate(pools)}
        self.hours = np.array([p.hours_per_month for p in times.periods])
        self.restart_hours = problem.start_up.spot_restart_hours
        self.upfront = tuple(o for o in bought if o.upfront_usd_per_unit > 0.0)
        self.committed = {p.id: min(_committed_prices(p, bought), default=None) for p in pools}
        sides = {(n, firm): self._side(p, firm) for n, p in enumerate(pools) for firm in (True, False)}
        self.sides = {side: found for side, found in sides.items() if found is not None}
        self.families: tuple[Family, ...] = tuple(sorted({_family(pools[n], firm) for n, firm in self.sides}))
        self.family = {family: n for n, family in enumerate(self.families)}

    def _side(self, pool: Pool, firm: bool) -> dict | None:
        """Figures of one instance, bought firm or as spot; None where that is not sold or its emissions are unknown."""
        if (pool.on_demand if firm else pool.spot) is None or pool.intensity is None or pool.idle_w is None:
            return None
        price = np.array(pool.on_demand if firm else pool.spot)
        there = 1.0 if firm else pool.spot_availability
        paid = 1.0 if firm else pool.paid_share_of_spot(self.restart_hours)
        grid = self.hours * np.array(pool.intensity) / GRAMS_PER_KG
        committed = self.committed[pool.id] if firm else None
        return {
            "rent": self.hours * price * paid,
            "saved": 0.0 if committed is None else HOURS_PER_MONTH * (price[0] - committed),
            "idle_kg": grid * pool.idle_kw() * there,
            "busy_kg": grid * pool.busy_kw_per_accelerator(),
            "share": self.hours * price / pool.accelerators,
            "there": there,
        }

    def options(self, service: Service, choices: Choices, rate: np.ndarray) -> Options | None:
        """Options of ``service`` with demand ``rate`` [B, T], 1/s; None: there are none.

        Spot is an option only where the service allows it for everything and asks for nothing after a loss.
        """
        rows = [row for n, c in enumerate(choices.candidates) if all(c.can_serve) for row in self._rows(service, n, c, rate)]
        return Options(*(np.array(column) for column in zip(*rows))).worth_a_look() if rows else None

    def _rows(self, service: Service, number: int, candidate: Candidate, rate: np.ndarray) -> Iterator[tuple]:
        size = candidate.configuration.accelerators
        work = np.array(candidate.work_s) @ rate
        held = np.array(candidate.residence_s) * np.array(candidate.kv_tokens) @ rate
        cache = held / candidate.kv_capacity_tokens if candidate.kv_capacity_tokens else np.zeros_like(held)
        safe = [share for _, share in candidate.levels]
        for name in candidate.pools:
            pool = self.pools[self.index[name]]
            for firm in (True, False) if _spot_alone(service) else (True,):
                side = self.sides.get((self.index[name], firm))
                if side is None:
                    continue
                yield (
                    number, self.index[name], self.family[_family(pool, firm)], firm,
                    pool.accelerators // size, pool.accelerators, work / side["there"], cache / side["there"], safe,
                    side["rent"], side["saved"], side["idle_kg"], size * work * side["busy_kg"], size * side["share"],
                )  # fmt: skip


def _family(pool: Pool, firm: bool) -> Family:
    return pool.provider, pool.geo or "", pool.accelerator, firm


def _spot_alone(service: Service) -> bool:
    after_loss = service.availability is not None and service.availability.survives_loss is not None
    return service.spot.allowed and service.spot.max_share == 1.0 and not after_loss


def _committed_prices(pool: Pool, bought: tuple[CommitmentOption, ...]) -> Iterator[float]:
    """Price of one instance under each commitment that takes no cash upfront [USD/h]."""
    for option in bought:
        if pool.id in option.covers and not option.upfront_usd_per_unit:
            if option.measure == "instances":
                yield option.usd_per_unit_hour
            elif option.measure == "spend":
                yield pool.on_demand[0] * (1.0 - option.discount)
