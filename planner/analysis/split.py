"""By what each part of a plan's cost is split between services: who stands on an instance, who sends the request, who uses it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from planner.problem.adapted import prepared_key
from planner.units import HOURS_PER_MONTH, SECONDS_PER_HOUR
from planner.verify.case import Case, Placed
from planner.verify.jobs import data_usd, job_usd, jobs_of
from planner.verify.recarbon import service_kg
from planner.verify.recharge import paid_once, use_of
from planner.verify.remigrate import move_usd, moves
from planner.verify.recost import preparation_usd, starts, unit_weight

#: Parts that are rent of instances: what list and contracted prices would change.
RENTAL = (
    "on_demand_usd_per_month", "reserved_usd_per_month", "spend_commitments_usd_per_month", "held_commitments_usd_per_month",
    "spot_usd_per_month", "spot_restarts_usd_per_month", "start_ups_usd_per_month", "financing_usd_per_month",
)  # fmt: skip
#: Interest on hardware bought, and the electricity of starting what is owned, stand in parts of the plan's cost that are rent else.
HARDWARE_INTEREST, OWNED_STARTS = "financing of hardware", "starts of owned hardware"
Amounts = dict[str, float]


class Split:
    """USD a month (or another weight) by part and service, of everything that has somebody to belong to.

    parts  by part, then service        empty  of rent: for slots that nobody takes, by service

    In each pool and period everybody pays the same for an accelerator, so empty slots fall on those who stand beside
    them; what is paid for a commitment falls on those whom it covers, its unused part too.
    """

    def __init__(self, case: Case) -> None:
        self.case = case
        self.parts: dict[str, Amounts] = defaultdict(lambda: defaultdict(float))
        self.empty: Amounts = defaultdict(float)
        self._stands = _stands(case)
        for part in case.plan.pools:
            self._pool(part)
        self._commitments()
        self._owned()
        self._charges()
        for one in case.hosted:
            part = one.part
            self.parts[part][one.service.name] += one.usd(case.hours)
        self.jobs = tuple(f"job {job.name}" for job in case.problem.jobs)
        self._jobs()
        for name in case.services:
            if (kg := service_kg(case, name)) is not None:
                for part in ("carbon_price_usd_per_month", "offsets_usd_per_month"):
                    self.parts[part][name] += kg

    def accelerator_hours(self, service: str) -> float:
        """Accelerators that a service's replicas take, over a month."""
        return sum(p.configuration.accelerators * p.deployment.replicas[t] * h for p in self.case.placed_of(service) for t, h in enumerate(self.case.hours))

    def occupied(self, pool: str, firm: bool, t: int) -> Amounts:
        """Accelerators taken in a pool and period by service; over the month where nobody stands there just then."""
        found = self._stands.get((pool, firm), {})
        now = {name: counts[t] for name, counts in found.items() if counts[t]}
        return now or {name: sum(c * h for c, h in zip(counts, self.case.hours)) for name, counts in found.items()}

    def spread(self, part: str, pool: str, firm: bool, t: int, usd: float) -> None:
        """Adds a sum that was paid for the instances of a pool in a period."""
        taken = self.occupied(pool, firm, t)
        whole = sum(taken.values())
        plan = self.case.pool_plans[pool]
        there = (plan.running_firm[t] if firm else plan.spot[t]) * plan.accelerators_per_instance
        now = sum(counts[t] for counts in self._stands.get((pool, firm), {}).values())
        idle = 1.0 - now / there if there else 0.0
        for name, count in taken.items() if whole else ():
            self.parts[part][name] += usd * count / whole
            self.empty[name] += usd * count / whole * idle if part in RENTAL else 0.0

    def _pool(self, part: Any) -> None:
        case, pool = self.case, self.case.pools[part.id]
        again = pool.spot_interruptions_per_hour * case.problem.start_up.spot_restart_hours
        idle_usd = pool.electricity_usd_per_kwh * (pool.idle_kw() or 0.0)
        started = {True: starts(case, part.running_firm), False: starts(case, part.spot)}
        support = case.charges.support_share((pool,)) if pool.owned is None and case.charges.support else 0.0
        for t, hours in enumerate(case.hours):
            bill = []
            if part.on_demand[t]:
                bill.append(("on_demand_usd_per_month", True, hours * part.on_demand[t] * pool.on_demand[t]))
            if part.spot[t]:
                bill.append(("spot_usd_per_month", False, hours * part.spot[t] * pool.spot[t] * pool.spot_availability))
                bill.append(("spot_restarts_usd_per_month", False, hours * part.spot[t] * pool.spot[t] * again))
            for firm, counts in started.items():
                price = pool.spot[t] if not firm and pool.spot else idle_usd if pool.owned is not None else pool.on_demand[t] if pool.on_demand else 0.0
                length = case.problem.start_up.hours * case.times.periods[t].occurrences
                bill.append((OWNED_STARTS if pool.owned is not None else "start_ups_usd_per_month", firm, length * counts[t] * price))
            for name, firm, usd in bill:
                self.spread(name, part.id, firm, t, usd)
                self.spread("support_usd_per_month", part.id, firm, t, usd * support)

    def _commitments(self) -> None:
        case = self.case
        for bought in case.plan.commitments:
            option = case.options[bought.name]
            paid = bought.units * option.usd_per_unit_hour * HOURS_PER_MONTH
            part = "purchase_usd_per_month" if option.bought else "reserved_usd_per_month" if option.measure != "spend" else "spend_commitments_usd_per_month"
            interest = HARDWARE_INTEREST if option.bought else "financing_usd_per_month"
            support = 0.0 if option.bought else case.charges.support_share(tuple(case.pools[k] for k in option.covers))
            sums = {
                part: paid, interest: bought.units * option.financing_usd_per_unit_month, "support_usd_per_month": paid * support,
                "colocation_usd_per_month": bought.units * option.colocation_usd_per_unit_month,
            }  # fmt: skip
            self._covered(option, bought.name, sums)
        for name, held in case.held.items():
            active = sum(h for h, on in zip(case.hours, held.active) if on) / HOURS_PER_MONTH
            self._covered(held, name, {"held_commitments_usd_per_month": held.usd_per_month * active})

    def _covered(self, option: Any, name: str, sums: Amounts) -> None:
        case = self.case
        used = [
            (part.id, t, hours * part.reserved[name][t] * unit_weight(case.pools[part.id], option, t))
            for part in case.plan.pools if name in part.reserved for t, hours in enumerate(case.hours) if part.reserved[name][t]
        ]  # fmt: skip
        whole = sum(units for _, _, units in used)
        for pool, t, units in used if whole else ():
            for part, usd in sums.items():
                self.spread(part, pool, True, t, usd * units / whole)

    def _owned(self) -> None:
        for part in self.case.plan.pools:
            if self.case.pools[part.id].owned is None:
                continue
            for t, hours in enumerate(self.case.hours):
                for name in ("owned_energy_usd_per_month", "owned_upkeep_usd_per_month"):
                    self.spread(name, part.id, True, t, hours * part.running_firm[t] * part.accelerators_per_instance)

    def _charges(self) -> None:
        case = self.case
        for plan in case.plan.pools:
            pool = case.pools[plan.id]
            for part, usd in case.charges.usd_per_hour(pool).items():
                for t, hours in enumerate(case.hours):
                    self.spread(part, plan.id, True, t, hours * usd * plan.running_firm[t])
                    self.spread(part, plan.id, False, t, hours * usd * plan.spot[t] * pool.spot_availability)
        for p in case.placed:
            for part, usd in _requested(case, p):
                self.parts[part][p.service.name] += usd
        for key, charge in paid_once(case).items():
            self._among(charge.part, charge.usd_per_month, {p.service.name for p in case.placed if _causes(case, p, key)})
        for key, usd in preparation_usd(case).items():
            users = {p.service.name for p in case.used if prepared_key(p.service, p.configuration.variant, case.problem) == key}
            self._among("preparation_usd_per_month", usd / case.problem.horizon.months, users)
        for move in moves(case):
            if move.deployment.service in case.services:
                self.parts["migration_usd_per_month"][move.deployment.service] += move_usd(case, move)
        for name, cache in case.caches.items():
            asked = sum(sum(rates[t] for rates in case.demand[name]) * hours for t, hours in enumerate(case.hours)) * SECONDS_PER_HOUR
            self.parts["caches_usd_per_month"][name] += cache.usd_per_month + cache.usd_per_request * asked
        for name, part in case.parts.items():
            price = case.services[name].unserved_usd_per_request
            lost = sum(rate * hours for rates in part.unserved_per_s.values() for rate, hours in zip(rates, case.hours))
            self.parts["unserved_usd_per_month"][name] += lost * SECONDS_PER_HOUR * (price or 0.0)

    def _jobs(self) -> None:
        """A job is paid by itself; what it stands on is paid by services where they leave it idle."""
        case, months = self.case, self.case.problem.horizon.months
        for found in jobs_of(case):
            rent, energy = job_usd(case, found)
            self.parts["jobs_usd_per_month"][f"job {found.job.name}"] += rent
            self.parts["job_energy_usd_per_month"][f"job {found.job.name}"] += energy
            self.parts["job_data_usd_per_month"][f"job {found.job.name}"] += data_usd(found.job) * found.runs / months

    def _among(self, part: str, usd: float, services: set[str]) -> None:
        """A sum that is paid once for several services: by the accelerator-hours they take."""
        weights = {name: self.accelerator_hours(name) for name in sorted(services)}
        whole = sum(weights.values())
        for name, weight in weights.items() if whole else ():
            self.parts[part][name] += usd * weight / whole


def _stands(case: Case) -> dict[tuple[str, bool], dict[str, list[int]]]:
    """Accelerators taken by (pool, firm) and service, per period."""
    found: dict[tuple[str, bool], dict[str, list[int]]] = {}
    for p in case.placed:
        counts = found.setdefault((p.pool.id, p.firm), {}).setdefault(p.service.name, [0] * len(case.hours))
        for t, replicas in enumerate(p.deployment.replicas):
            counts[t] += replicas * p.configuration.accelerators
    return found


def _requested(case: Case, p: Placed) -> Iterator[tuple[str, float]]:
    for b, rates in p.routed:
        asked = p.service.workload.classes[b]
        requests = sum(rate * hours * SECONDS_PER_HOUR for rate, hours in zip(rates, case.hours))
        for part, usd in case.charges.usd_per_request(use_of(case, p), asked.input_tokens, asked.output_tokens).items():
            yield part, requests * usd


def _causes(case: Case, p: Placed, key: tuple[str, ...]) -> bool:
    return any(p.deployment.replicas) and any(charge.key == key for charge in case.charges.once_for(use_of(case, p)))
