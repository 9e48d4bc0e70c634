"""The money of the second statement: what runs is paid for, what is emitted is counted, and caps hold."""

from __future__ import annotations

from collections import defaultdict

from planner.economics.pools import place_matches
from planner.units import GRAMS_PER_KG, KG_PER_TONNE, SECONDS_PER_HOUR
from tests.oracle.caches import caches
from tests.oracle.charges import add_charges, support
from tests.oracle.commitments import add_commitments, covered_by, limit_units, used_under
from tests.oracle.facts import FIRM, SPOT
from tests.oracle.hosted import Api, Serverless, add_units, add_workers
from tests.oracle.jobs import emitted, pay, spare_in
from tests.oracle.jobs import kw as power
from tests.oracle.program import Program, total, used_sides


def add_money(m: Program) -> dict:
    """Cost parts [USD/month] as expressions, with every row that money and carbon need."""
    parts: dict[str, list] = defaultdict(list)
    upfront = _pay_for_firm(m, parts)
    _pay_for_spot(m, parts)
    _starts(m, parts)
    _owned(m, parts)
    worked = pay(m, parts)
    caches(m, parts)
    prepared = _preparation(m, parts) + add_charges(m, parts) + worked
    support(m, parts)
    _carbon(m, parts)
    for (s, _, t), u in m.u.items():
        price = m.facts.problem.services[s].unserved_usd_per_request
        if price is not None:
            parts["unserved_usd_per_month"].append(m.facts.hours[t] * SECONDS_PER_HOUR * price * u)
    for (o, b, t), x in m.h.items():
        if isinstance(m.apis[o], Api):
            parts["provider_api_usd_per_month"].append(m.facts.hours[t] * SECONDS_PER_HOUR * m.apis[o].usd[b] * x)
    for o, one in enumerate(m.apis):
        if isinstance(one, Serverless):
            m.worker_usd[one.s] = m.worker_usd.get(one.s, []) + add_workers(m, o, one, parts)
        elif one.units is not None:
            m.worker_usd[one.s] = m.worker_usd.get(one.s, []) + add_units(m, o, one, parts)
    left_out = m.facts.problem.costs.without
    found = {name: total(terms) for name, terms in sorted(parts.items()) if name not in left_out}
    _caps(m, total(found.values()), upfront, prepared)
    return found


def _pay_for_firm(m: Program, parts):
    """running ≤ on demand + covered by commitments bought or held + owned; returns the cash paid upfront."""
    f = m.facts
    paid = {}
    for k, side in used_sides(m):
        pool = f.pools[k]
        if side == FIRM:
            for t in f.periods:
                paid[k, t] = [] if pool.owned is None else [pool.owned * _ours(m, k, t)]
                if pool.on_demand is not None:
                    bought = m.real()
                    paid[k, t].append(bought)
                    parts["on_demand_usd_per_month"].append(f.hours[t] * pool.on_demand[t] * bought)
                    m.bill.append((k, f.hours[t] * pool.on_demand[t] * bought))
    upfront = add_commitments(m, parts, paid)
    for held in f.held:
        for t in f.periods:
            if held.active[t]:
                room = [used_under(m, held, k, t, paid) for k in covered_by(m, held, paid)]
                limit_units(m, held.measure, room, held.amount)
    for row in f.problem.commitments.held:
        end = f.problem.horizon.months if row.end_month is None else min(row.end_month, f.problem.horizon.months)
        share = max(0, end - row.start_month) / f.problem.horizon.months
        parts["held_commitments_usd_per_month"].append(row.usd_per_month * share)
    for (k, t), ways in paid.items():
        m.p += m.run[k, FIRM, t] + spare_in(m, k, t) <= total(ways)
    return upfront


def _ours(m: Program, k: str, t: int) -> bool:
    """Whether capacity shared with partners is ours in a period."""
    row = next(r for r in m.facts.problem.owned if k.startswith(f"owned:{r.name}@"))
    return row.partner is None or all(hour in row.partner.hours_utc for hour in m.facts.times.periods[t].hours_utc)


def _pay_for_spot(m: Program, parts) -> None:
    """Spot is paid for the hours it is expected to run, and again for each restart."""
    f = m.facts
    again = f.problem.start_up.spot_restart_hours
    for (k, side, t), run in m.run.items():
        if side == SPOT:
            pool = f.pools[k]
            hourly = f.hours[t] * pool.spot[t]
            parts["spot_usd_per_month"].append(hourly * pool.spot_availability * run)
            parts["spot_restarts_usd_per_month"].append(hourly * pool.spot_interruptions_per_hour * again * run)
            m.bill.append((k, hourly * (pool.spot_availability + pool.spot_interruptions_per_hour * again) * run))


def _starts(m: Program, parts) -> None:
    """An instance that runs now and did not before pays its start-up hours."""
    f = m.facts
    for k, side in used_sides(m):
        pool = f.pools[k]
        for t, period in enumerate(f.times.periods):
            if period.before is None:
                continue
            if pool.owned is not None:
                price = pool.electricity_usd_per_kwh * (pool.idle_kw() or 0.0)
            else:
                prices = pool.on_demand if side == FIRM else pool.spot
                price = prices[t] if prices is not None else 0.0
            started = m.real()
            m.p += started >= m.run[k, side, t] - m.run[k, side, period.before]
            usd = started * (f.problem.start_up.hours * price * period.occurrences)
            parts["start_ups_usd_per_month"].append(usd)
            if pool.owned is None:
                m.bill.append((k, usd))


def _owned(m: Program, parts) -> None:
    """Owned hardware: never more than there is, its electricity, its upkeep, and the power of its site."""
    f = m.facts
    drawn: dict[tuple[str, int], list] = defaultdict(list)
    for k, pool in f.pools.items():
        if pool.owned is None or pool.idle_kw() is None:
            continue
        for t in f.periods:
            run = m.run[k, FIRM, t]
            on = run if pool.power_off else pool.owned
            kw = pool.idle_kw() * on + total(_busy_kw(m, g, t) for g in f.groups if g.region == pool.region)
            parts["owned_energy_usd_per_month"].append(f.hours[t] * pool.electricity_usd_per_kwh * kw)
            parts["owned_upkeep_usd_per_month"].append(f.hours[t] * pool.upkeep_usd_per_hour * run)
            kw = kw + total(count * power(m, o) for o, count in _jobs_in(m, k, t))
            if pool.power_cap_kw is not None:
                m.p += total([kw]) <= pool.power_cap_kw
            drawn[pool.site, t].append(kw)
    for limit in f.problem.limits.sites:
        for t in f.periods:
            m.p += total(drawn[limit.site, t]) <= limit.power_kw


def _jobs_in(m: Program, k: str, t: int) -> list:
    return [(o, o.instances * chosen) for _, o, chosen, _ in m.jobs if o.pool == k and o.share[t] > 0]


def _busy_kw(m: Program, g, t: int):
    """Power of the work that a group does, over that of standing idle; its pools share accelerator and PUE."""
    pool = m.facts.pools[m.facts.slots(g)[0][0]]
    return pool.busy_kw_per_accelerator() * g.a * m.work(g, t)


def _preparation(m: Program, parts):
    """One-off cost of every variant opened, once for the fleet; returns it [USD]."""
    f = m.facts
    opened: dict[tuple[str, str], tuple] = {}
    for g in f.groups:
        if g.candidate.preparation_usd > 0:
            key = (f.problem.services[g.s].model, g.candidate.configuration.variant)
            mark, usd = opened.setdefault(key, (m.yes_no(), g.candidate.preparation_usd))
            assert usd == g.candidate.preparation_usd, f"two prices to prepare {key}"
            for k, side in f.slots(g):
                for t in f.periods:
                    m.p += m.y[g.index, k, side, t] <= f.enough(g) * mark
    one_off = total(usd * mark for mark, usd in opened.values())
    parts["preparation_usd_per_month"].append(one_off * (1.0 / f.problem.horizon.months))
    return one_off


def _emitted(m: Program, covers, s: int | None = None):
    """kg a month of the pools that ``covers`` accepts: of everything that runs there, or of one service's share."""
    f = m.facts
    kg = []
    for k, side in used_sides(m):
        pool = f.pools[k]
        if not covers(pool) or pool.intensity is None or pool.idle_kw() is None:
            continue
        for t in f.periods:
            each = f.hours[t] * f.availability(k, side) * pool.intensity[t] / GRAMS_PER_KG * pool.idle_kw()
            if f.problem.carbon.embodied:
                each += f.hours[t] * f.availability(k, side) * pool.embodied_kg_per_hour
            if s is not None:
                here = [g for g in m.groups_of(s) if (g.index, k, side, t) in m.y]
                on = total((g.a / pool.accelerators) * m.y[g.index, k, side, t] for g in here)
            elif pool.owned is not None and not pool.power_off:
                on = pool.owned
            else:
                on = m.run[k, side, t]
            kg.append(each * on)
    for g in f.groups if s is None else m.groups_of(s):
        pool = f.pools[f.slots(g)[0][0]]
        if covers(pool) and pool.intensity is not None and pool.idle_kw() is not None:
            kg += [f.hours[t] * pool.intensity[t] / GRAMS_PER_KG * _busy_kw(m, g, t) for t in f.periods]
    return total(kg + (emitted(m, covers) if s is None else []))


def _carbon(m: Program, parts) -> None:
    f = m.facts
    limits = f.problem.limits
    everything = _emitted(m, lambda pool: True)
    parts["carbon_price_usd_per_month"].append(everything * (f.problem.carbon.price_usd_per_tonne / KG_PER_TONNE))
    offsets, counted = f.problem.carbon.offsets, everything
    if offsets is not None:
        bought = m.real()
        m.p += bought >= offsets.share * everything
        m.p += bought <= everything
        parts["offsets_usd_per_month"].append(bought * (offsets.usd_per_tonne / KG_PER_TONNE))
        counted = everything - bought if offsets.inside_cap else everything
    if limits.carbon_kg_per_month is not None:
        m.p += counted <= limits.carbon_kg_per_month
    for row in limits.regions:
        m.p += _emitted(m, lambda pool, row=row: place_matches(row.region, pool)) <= row.carbon_kg_per_month
    for s, service in enumerate(f.problem.services):
        if service.carbon_kg_per_month is not None:
            m.p += _emitted(m, lambda pool: True, s) <= service.carbon_kg_per_month


def _caps(m: Program, cost, upfront, prepared) -> None:
    limits = m.facts.problem.limits
    if limits.budget_usd_per_month is not None:
        m.p += cost <= limits.budget_usd_per_month
    if limits.horizon_usd is not None:
        m.p += cost * m.facts.problem.horizon.months <= limits.horizon_usd
    if limits.upfront_usd is not None:
        m.p += upfront <= limits.upfront_usd
    if limits.one_off_usd is not None:
        m.p += prepared <= limits.one_off_usd
    for team in limits.teams:
        m.p += _team_share(m, team.team) <= team.budget_usd_per_month


def _team_share(m: Program, team: str):
    """Accelerator-hours of the team's services at the pool's on-demand (spot) price per accelerator."""
    f = m.facts
    share = []
    for (index, k, side, t), y in m.y.items():
        g, pool = f.groups[index], f.pools[k]
        if f.problem.services[g.s].team != team or pool.owned is not None:
            continue
        if side == SPOT:
            price = pool.spot[t]
        elif pool.on_demand is not None:
            price = pool.on_demand[t]
        elif pool.reserved:
            price = min(price for _, price in pool.reserved)
        else:
            price = pool.committed_usd_per_hour
        share.append(f.hours[t] * g.a * price / pool.accelerators * y)
    for (o, b, t), x in m.h.items():
        if f.problem.services[m.apis[o].s].team == team and isinstance(m.apis[o], Api):
            share.append(f.hours[t] * SECONDS_PER_HOUR * m.apis[o].usd[b] * x)
    share += [usd for s, paid in m.worker_usd.items() if f.problem.services[s].team == team for usd in paid]
    return total(share)
