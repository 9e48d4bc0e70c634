"""What commitments cost and pay for, stated by hand."""

from __future__ import annotations

from planner.units import HOURS_PER_MONTH
from tests.oracle.program import Program, total


def add_commitments(m: Program, parts, paid):
    f = m.facts
    upfront = []
    for option in f.options:
        covered = covered_by(m, option, paid)
        if not covered:
            continue
        units = m.real() if option.measure == "spend" else m.whole()
        if option.active is not None:
            _buy(m, parts, paid, upfront, option, covered[0], units)
            continue
        signed = m.yes_no()
        most = _most_units(m, option, covered)
        m.p += units <= most * signed
        if option.max_units is not None:
            m.p += units <= option.max_units
        if option.min_units is not None:
            m.p += units >= option.min_units * signed
        upfront.append(option.upfront_usd_per_unit * units)
        parts["financing_usd_per_month"].append(option.financing_usd_per_unit_month * units)
        spent = []
        for t in f.periods:
            room = [used_under(m, option, k, t, paid) for k in covered]
            if option.beyond == "discounted":
                use = total(price * used for used, price, _ in room)
                spent.append(f.hours[t] * use)
                m.p += use <= _most_spend(m, option, covered) * signed
            else:
                limit_units(m, option.measure, room, units)
        owed = HOURS_PER_MONTH * option.usd_per_unit_hour * units
        if option.measure != "spend":
            parts["reserved_usd_per_month"].append(owed)
        elif option.beyond == "on_demand":
            parts["spend_commitments_usd_per_month"].append(owed)
        else:
            bill = m.real()
            m.p += bill >= owed
            m.p += bill >= total(spent)
            parts["spend_commitments_usd_per_month"].append(bill)
            owed = bill
        m.reserved.append((option, owed))
    return total(upfront)


def _buy(m: Program, parts, paid, upfront, option, k: str, units) -> None:
    """Instances bought: there from their delivery on; price less salvage over their life, interest, and their space."""
    f = m.facts
    row = next(r for r in f.problem.owned if k.startswith(f"owned:{r.name}@"))
    buy, pool, months = row.buy, f.pools[k], f.problem.horizon.months
    m.p += units <= buy.max_instances
    for t, period in enumerate(f.times.periods):
        if min(period.months) >= buy.delivery_month:
            used = m.real()
            m.p += used <= units
            paid[k, t].append(used)
    price = buy.usd_per_instance + buy.usd_per_accelerator * pool.accelerators
    share, life = (months - buy.delivery_month) / months, 12.0 * buy.life_years
    monthly = price * (1.0 - buy.salvage_share) / life
    parts["purchase_usd_per_month"].append(units * (monthly * share))
    kw = pool.pue * (pool.busy_w * pool.accelerators + pool.host_w) / 1000.0
    parts["colocation_usd_per_month"].append(units * (buy.usd_per_kw_month * kw * share))
    rate = (1.0 + f.problem.financing.annual_rate) ** (1.0 / 12.0) - 1.0
    if rate:
        annuity = price * (1.0 - buy.salvage_share) * rate / (1.0 - (1.0 + rate) ** -life)
        interest = annuity - monthly + price * buy.salvage_share * rate
        parts["financing_usd_per_month"].append(units * (interest * share))
    upfront.append(price * units)


def covered_by(m: Program, commitment, paid) -> list[str]:
    """Pools in use that a commitment covers; spend counts at a share of the on-demand price, so there must be one."""
    spend = commitment.measure == "spend"
    return [k for k in commitment.covers if (k, 0) in paid and not (spend and m.facts.pools[k].on_demand is None)]


def used_under(m: Program, commitment, k: str, t: int, paid):
    """A new variable: instances of a pool that a commitment covers; with their covered price and size."""
    used = m.real()
    paid[k, t].append(used)
    pool = m.facts.pools[k]
    price = 0.0 if commitment.measure != "spend" else pool.on_demand[t] * (1.0 - commitment.discount)
    return used, price, pool.accelerators


def limit_units(m: Program, measure: str, room: list, amount) -> None:
    if measure == "instances":
        m.p += total(used for used, _, _ in room) <= amount
    elif measure == "accelerators":
        m.p += total(size * used for used, _, size in room) <= amount
    else:
        m.p += total(price * used for used, price, _ in room) <= amount


def _most_units(m: Program, option, covered: list[str]) -> float:
    if option.measure == "spend":
        most = _most_spend(m, option, covered)
    else:
        most = sum(m.facts.pools[k].accelerators * m.most_instances(k) for k in covered)
    return max(most, option.min_units or 0.0) + 1.0


def _most_spend(m: Program, option, covered: list[str]) -> float:
    return sum(max(m.facts.pools[k].on_demand) * m.most_instances(k) for k in covered) + 1.0
