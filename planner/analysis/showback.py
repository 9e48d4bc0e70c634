"""What a plan costs each service or team, at list, contracted and effective price; the lines sum to the plan's total."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from planner.analysis.split import HARDWARE_INTEREST, OWNED_STARTS, RENTAL, Amounts, Split
from planner.plan.cost import TOTAL
from planner.verify.case import Case
from planner.verify.groups import busy_shares, is_group

if TYPE_CHECKING:
    from planner.plan.schema import Plan
    from planner.problem.schema import Problem

BY = ("service", "team")
#: spread: those who stand in a pool carry its empty slots and share its commitments. whole: both stand on a line of their own.
RULES = ("spread", "whole")
NO_TEAM, WHOLE, JOBS = "(no team)", "the whole", "(jobs)"
EMPTY = "empty slots"
LIST, CONTRACTED = "list_usd", "contracted_usd"
FIGURES = (LIST, CONTRACTED, "effective_usd", "empty_usd", "accelerator_hours")
#: What stands in a part that is rent else, and is none.
NO_RENT = {HARDWARE_INTEREST: "financing_usd_per_month", OWNED_STARTS: "start_ups_usd_per_month"}


@dataclass(frozen=True)
class Line:
    """One service's, job's or team's cost [USD/month].

    list_usd        rent at the seller's list price without commitments; everything else as it is
    contracted_usd  the same at the price agreed with the seller
    effective_usd   what is really paid, commitments and interest included; ``parts`` sum to it
    empty_usd       of that, rent of slots that nobody takes
    """

    name: str
    list_usd: float
    contracted_usd: float
    effective_usd: float
    empty_usd: float
    accelerator_hours: float
    parts: dict[str, float]


@dataclass(frozen=True)
class Showback:
    """A plan's cost by ``by`` under ``rule``; ``nobodys`` names parts that belong to nobody and go by all the rest."""

    plan: Plan
    by: str
    rule: str
    lines: tuple[Line, ...]
    nobodys: tuple[str, ...]

    def total(self, price: str) -> float:
        """Sum over all lines at one price."""
        return sum(getattr(line, price) for line in self.lines)


def showback(plan: Plan, problem: Problem, catalog: Any, listed: Any, *, by: str = "service", rule: str = "spread") -> Showback:
    """Splits a checked plan's cost. ``catalog`` has the prices agreed with sellers, ``listed`` the edition's own.

    The effective column sums to the plan's total: each part of the cost is split by its driver, and what has none by
    the sum of all the rest.
    """
    case = Case(plan, problem, catalog)
    split = Split(case)
    effective, nobodys = _effective(split)
    rent = {price: _rent(split, listed if price == LIST else None) for price in (LIST, CONTRACTED)}
    lines = []
    for name in effective:
        parts = effective[name]
        total, rental = sum(parts.values()), sum(parts.get(part, 0.0) for part in RENTAL)
        apart = {price: total - rental + rent[price][rule][name] for price in rent}
        if rule == "whole":
            paid = {part: usd for part, usd in parts.items() if part not in RENTAL} | {"contracted_rent": rent[CONTRACTED]["whole"][name]}
            lines.append(Line(name, **apart, effective_usd=sum(paid.values()), empty_usd=0.0, accelerator_hours=split.accelerator_hours(name), parts=paid))
        else:
            lines.append(Line(name, **apart, effective_usd=total, empty_usd=split.empty[name], accelerator_hours=split.accelerator_hours(name), parts=dict(parts)))
    lines = _by_busy_time(lines, case)
    if rule == "whole":
        lines.append(_whole(plan, split, rent, lines, nobodys, effective))
    return Showback(plan, by, rule, _grouped(lines, case, by), nobodys)


def _effective(split: Split) -> tuple[dict[str, Amounts], tuple[str, ...]]:
    """Parts of the plan's cost by service, and the parts that have no driver."""
    case, found = split.case, {name: {} for name in (*split.case.services, *split.jobs)}
    amounts = {part: usd for part, usd in case.plan.cost.items() if part != TOTAL}
    for apart, part in NO_RENT.items():
        usd = sum(split.parts.get(apart, {}).values())
        if usd and part in amounts:
            amounts[part], amounts[apart] = amounts[part] - usd, usd
    nobodys = []
    for part, usd in amounts.items():
        weights = split.parts.get(part, {})
        whole = sum(weights.values())
        if whole <= 0.0:
            nobodys.append(part)
            continue
        for name, weight in weights.items():
            found[name][part] = usd * weight / whole
    rest = {name: sum(parts.values()) for name, parts in found.items()}
    base = sum(rest.values())
    for part in nobodys:
        for name in found:
            found[name][part] = amounts[part] * (rest[name] / base if base > 0.0 else 1.0 / len(found))
    return found, tuple(part for part in nobodys if amounts[part])


def _rent(split: Split, listed: Any) -> dict[str, Amounts]:
    """Rent at a price per instance-hour that knows no commitments, by rule and service, and that of empty slots; ``listed``: at list prices."""
    case = split.case
    found: dict[str, Amounts] = {rule: defaultdict(float) for rule in (*RULES, EMPTY)}
    for part in case.plan.pools:
        pool = case.pools[part.id]
        if pool.owned is not None:
            continue
        again = pool.spot_availability + pool.spot_interruptions_per_hour * case.problem.start_up.spot_restart_hours
        for firm in (True, False):
            counts, begun = (part.running_firm, part.firm_starts) if firm else (part.spot, part.spot_starts)
            if not any(counts):
                continue
            ratio = _over_list(case, pool, firm, listed)
            each = pool.share_usd_per_hour(firm=firm)
            for t, hours in enumerate(case.hours):
                price = each[t if len(each) > 1 else 0] * ratio
                paid = hours * (1.0 if firm else again)
                started = case.problem.start_up.hours * case.times.periods[t].occurrences * begun[t] * (price if not firm or pool.on_demand else 0.0)
                usd = (paid * counts[t] * price + started) * pool.accelerators
                stand = sum(p.configuration.accelerators * p.deployment.replicas[t] for p in case.placed_in(part.id) if p.firm is firm)
                found[EMPTY][WHOLE] += paid * price * (counts[t] * pool.accelerators - stand)
                taken = split.occupied(part.id, firm, t)
                for name, count in taken.items():
                    found["spread"][name] += usd * count / sum(taken.values())
        for p in case.placed_in(part.id):
            ratio, each = _over_list(case, pool, p.firm, listed), pool.share_usd_per_hour(firm=p.firm)
            for t, hours in enumerate(case.hours):
                taken = p.configuration.accelerators * p.deployment.replicas[t]
                found["whole"][p.service.name] += hours * taken * each[t if len(each) > 1 else 0] * ratio
    return found


def _over_list(case: Case, pool: Any, firm: bool, listed: Any) -> float:
    """List price over the price of now; 1 where the seller lists none."""
    if listed is None:
        return 1.0
    own = {row.id: row for row in case.problem.offers.own}
    now, row = own.get(pool.id) or case.catalog.offers.get(pool.id), listed.offers.get(pool.id)
    name = "on_demand_usd_per_hour" if firm else "spot_usd_per_hour"
    price, before = getattr(now, name, None), getattr(row, name, None)
    return before / price if price and before else 1.0


def _by_busy_time(lines: list[Line], case: Case) -> list[Line]:
    """Lines in which what a group of services costs is its members', by whose requests keep its replicas busy."""
    shares = {line.name: busy_shares(case, line.name) for line in lines if line.name in case.services and is_group(case.services[line.name])}
    parts: dict[str, list[Line]] = {line.name: [line] for line in lines if not shares.get(line.name)}
    for line in lines:
        for name, share in shares.get(line.name, {}).items():
            parts[name].append(_part(line, share))
    return [members[0] if len(members) == 1 else _sum(name, members) for name, members in parts.items()]


def _part(line: Line, share: float) -> Line:
    figures = {field: share * getattr(line, field) for field in FIGURES}
    return Line(line.name, **figures, parts={part: share * usd for part, usd in line.parts.items()})


def _whole(plan: Plan, split: Split, rent: dict, lines: list[Line], nobodys: tuple[str, ...], effective: dict) -> Line:
    """What belongs to nobody alone: empty slots, starts, what spot costs more or less than the hours of its replicas, less what commitments save."""
    fixed = sum(usd for parts in effective.values() for part, usd in parts.items() if part not in RENTAL)
    left = {price: fixed + sum(rent[price]["spread"].values()) - sum(getattr(line, price) for line in lines) for price in rent}
    empty = rent[CONTRACTED][EMPTY][WHOLE]
    effective = plan.cost[TOTAL] - sum(line.effective_usd for line in lines)
    parts = {"empty_slots": empty, "starts_and_spot_hours": left[CONTRACTED] - empty, "commitments": effective - left[CONTRACTED]}
    return Line(WHOLE, **left, effective_usd=effective, empty_usd=empty, accelerator_hours=0.0, parts=parts)


def _grouped(lines: list[Line], case: Case, by: str) -> tuple[Line, ...]:
    if by == "service":
        return tuple(lines)
    groups: dict[str, list[Line]] = {}
    for line in lines:
        service = case.services.get(line.name)
        groups.setdefault(JOBS if line.name.startswith("job ") and service is None else WHOLE if service is None else service.team or NO_TEAM, []).append(line)
    return tuple(_sum(name, members) for name, members in sorted(groups.items(), key=lambda one: (one[0] == WHOLE, one[0])))


def _sum(name: str, members: list[Line]) -> Line:
    figures = {field: sum(getattr(one, field) for one in members) for field in FIGURES}
    parts: Amounts = defaultdict(float)
    for one in members:
        for part, usd in one.parts.items():
            parts[part] += usd
    return Line(name, **figures, parts=dict(parts))
