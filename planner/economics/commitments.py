"""Commitments that may be bought and those already held, as prices per unit over the pools they cover."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fnmatch import fnmatchcase

from planner.economics.pools import Pool, place_matches
from planner.economics.timeline import Timeline
from planner.units import HOURS_PER_MONTH, MONTHS_PER_YEAR


@dataclass(frozen=True)
class CommitmentOption:
    """A commitment on offer.

    measure             ``instances`` of one pool, ``accelerators`` over several, or ``spend``
    covers              ids of the pools it covers, sorted
    usd_per_unit_hour   paid in every hour of the horizon for one unit; 1 for spend            [USD/h]
    discount            for spend: off the on-demand price of what is covered
    upfront_usd_per_unit  cash on day one                                                     [USD]
    financing_usd_per_unit_month  interest on the upfront cash                                 [USD/month]
    beyond_horizon_usd_per_unit   what remains to be paid after the horizon; of hardware what it is then worth less salvage [USD]
    active              of hardware bought: whether it is there, by period; None: a contract, which runs in all
    first_month         of the horizon in which it begins, counted from 0
    salvage_usd_per_unit  what hardware brings at the end of its life                          [USD]
    colocation_usd_per_unit_month  space of hardware bought, on average over the horizon      [USD/month]
    """

    name: str
    measure: str
    covers: tuple[str, ...]
    term_months: int
    usd_per_unit_hour: float
    discount: float
    beyond: str
    upfront_usd_per_unit: float
    financing_usd_per_unit_month: float
    beyond_horizon_usd_per_unit: float
    min_units: float | None
    max_units: float | None
    source: str
    active: tuple[bool, ...] | None = None
    colocation_usd_per_unit_month: float = 0.0
    first_month: int = 0
    salvage_usd_per_unit: float = 0.0

    @property
    def bought(self) -> bool:
        """Whether it is hardware that becomes one's own, not a contract."""
        return self.active is not None


@dataclass(frozen=True)
class HeldOption:
    """A commitment already held; ``active`` says for each period whether it runs."""

    name: str
    measure: str
    covers: tuple[str, ...]
    amount: float
    discount: float
    usd_per_month: float
    active: tuple[bool, ...]


def commitment_options(problem, pools: tuple[Pool, ...]) -> tuple[tuple[CommitmentOption, ...], dict[str, str]]:
    """Everything that may be bought, sorted by name, and the reason for each that may not."""
    options: list[CommitmentOption] = []
    left_out: dict[str, str] = {}
    for pool in pools if problem.commitments.offered else ():
        for months, price in pool.reserved:
            name = f"{months // MONTHS_PER_YEAR}y {pool.id}"
            reason = _term_refused(months, problem)
            if reason:
                left_out[name] = reason
                continue
            options.append(_option(name, "instances", (pool,), months, price, 0.0, None, problem, "catalogue"))
    options += [_purchase(pool, problem) for pool in pools if pool.purchase is not None]
    for offer in problem.commitments.offers:
        reason = _term_refused(offer.term_months, problem)
        covered = tuple(p for p in pools if scope_covers(offer.scope, p) and p.owned is None)
        if not reason and not covered:
            reason = "its scope covers no pool"
        if reason:
            left_out[offer.name] = reason
            continue
        options += _stated(offer, covered, problem, left_out)
    return tuple(sorted(options, key=lambda o: o.name)), left_out


def held_options(problem, pools: tuple[Pool, ...], times: Timeline) -> tuple[HeldOption, ...]:
    """Held commitments with the pools they cover and the periods they run in."""
    held = []
    for row in problem.commitments.held:
        end = problem.horizon.months if row.end_month is None else row.end_month
        active = tuple(all(row.start_month <= m < end for m in p.months) for p in times.periods)
        covered = [p for p in pools if scope_covers(row.scope, p) and p.owned is None]
        # Spend is counted at the on-demand price, so it covers only what has one.
        covers = tuple(p.id for p in covered if row.measure != "spend" or p.on_demand is not None)
        held.append(
            HeldOption(row.name, row.measure, covers, row.amount, row.discount, row.usd_per_month, active)
        )
    return tuple(sorted(held, key=lambda h: h.name))


def committed_usd_per_hour(problem, pool: Pool) -> float | None:
    """Least price of an instance of a rented pool under commitments held, or stated with a price of their own [USD/h].

    Only what counts instances or accelerators: spend is a discount off an on-demand price. What is held costs its
    monthly payment, which may be nothing. None: no commitment covers the pool.
    """
    terms = problem.commitments
    found = [(row, row.usd_per_hour) for row in terms.offers if row.usd_per_hour is not None]
    found += [(row, row.usd_per_month / (row.amount * HOURS_PER_MONTH)) for row in terms.held if row.amount > 0]
    size = {"instances": 1, "accelerators": pool.accelerators}
    prices = [usd * size[row.measure] for row, usd in found if row.measure in size and scope_covers(row.scope, pool)]
    return min(prices, default=None)


def scope_covers(scope, pool: Pool) -> bool:
    """Whether all selectors of ``scope`` match ``pool``; an endpoint's machine has to be meant by its own type, such as ``ml.*``."""
    if pool.endpoint is not None and scope.instance_type is None:
        return False
    return all(
        fnmatchcase(value.casefold(), pattern.casefold())
        for pattern, value in (
            (scope.provider, pool.provider),
            (scope.accelerator, pool.accelerator),
            (scope.instance_type, pool.instance_type),
        )
        if pattern is not None
    ) and (scope.region is None or place_matches(scope.region, pool))


def _term_refused(months: int, problem) -> str | None:
    rules = problem.commitments
    if rules.max_term_months is not None and months > rules.max_term_months:
        return f"term of {months} months is over commitments.max_term_months {rules.max_term_months}"
    if months > problem.horizon.months and not rules.allow_beyond_horizon:
        return (
            f"term of {months} months outlasts the horizon of {problem.horizon.months}; "
            "commitments.allow_beyond_horizon offers it"
        )
    return None


def _stated(offer, covered: tuple[Pool, ...], problem, left_out: dict[str, str]) -> list[CommitmentOption]:
    """Options of a commitment stated in the problem: one per pool, per family, or by spend."""
    if offer.measure == "spend":
        sold = tuple(p for p in covered if p.on_demand is not None)
        return [_option(offer.name, "spend", sold, offer.term_months, 1.0, offer.discount, offer, problem, "stated")]
    made = []
    if offer.measure == "instances":
        for pool in covered:
            name = offer.name if len(covered) == 1 else f"{offer.name} {pool.id}"
            price = _unit_price(offer, pool.on_demand)
            if price is None:
                left_out[name] = "no on-demand price to take the discount from"
                continue
            made.append(_option(name, "instances", (pool,), offer.term_months, price, 0.0, offer, problem, "stated"))
        return made
    prices = {
        _unit_price(offer, tuple(v / p.accelerators for v in p.on_demand) if p.on_demand else None) for p in covered
    }
    known = {round(p, 9) for p in prices if p is not None}
    if len(known) != 1:
        left_out[offer.name] = (
            "its pools differ in on-demand price per accelerator; give usd_per_hour instead of discount"
        )
        return made
    price = min(p for p in prices if p is not None)
    return [_option(offer.name, "accelerators", covered, offer.term_months, price, 0.0, offer, problem, "stated")]


def _purchase(pool: Pool, problem) -> CommitmentOption:
    """Buying one more instance: its price less salvage spread evenly over its life, for the months that it is there.

    A life within the horizon is bought again at its end. Interest is that of an annuity on what is not salvaged, and on
    the salvage value while it is tied up.
    """
    bought, horizon = pool.purchase, problem.horizon.months
    share = bought.months / horizon
    spread = (bought.usd - bought.salvage_usd) / bought.life_months
    rate = problem.financing.annual_rate
    annuity = monthly_payment(bought.usd - bought.salvage_usd, rate, bought.life_months)
    tied_up = bought.salvage_usd * ((1.0 + rate) ** (1.0 / MONTHS_PER_YEAR) - 1.0)
    lives = max(1, math.ceil(bought.months / bought.life_months - 1e-9))
    return CommitmentOption(
        name=f"buy {pool.id}",
        measure="instances",
        covers=(pool.id,),
        term_months=round(bought.life_months),
        usd_per_unit_hour=spread * share / HOURS_PER_MONTH,
        discount=0.0,
        beyond="on_demand",
        upfront_usd_per_unit=bought.usd,
        financing_usd_per_unit_month=(annuity - spread + tied_up) * share,
        beyond_horizon_usd_per_unit=lives * (bought.usd - bought.salvage_usd) - spread * bought.months,
        min_units=None,
        max_units=float(bought.most),
        source="stated",
        active=bought.active,
        first_month=horizon - bought.months,
        salvage_usd_per_unit=bought.salvage_usd,
        colocation_usd_per_unit_month=bought.colocation_usd_per_month * share,
    )


def _unit_price(offer, on_demand: tuple[float, ...] | None) -> float | None:
    if offer.usd_per_hour is not None:
        return offer.usd_per_hour
    return None if on_demand is None else on_demand[0] * (1.0 - offer.discount)


def _option(name, measure, pools, months, price, discount, offer, problem, source) -> CommitmentOption:
    upfront_share = offer.upfront_share if offer is not None else 0.0
    horizon = problem.horizon.months
    whole_term = price * HOURS_PER_MONTH * months
    upfront = upfront_share * whole_term
    return CommitmentOption(
        name=name,
        measure=measure,
        covers=tuple(sorted(p.id for p in pools)),
        term_months=months,
        usd_per_unit_hour=price,
        discount=discount,
        beyond=offer.beyond if offer is not None else "on_demand",
        upfront_usd_per_unit=upfront,
        financing_usd_per_unit_month=monthly_payment(upfront, problem.financing.annual_rate, months) - upfront / months,
        beyond_horizon_usd_per_unit=price * HOURS_PER_MONTH * max(0, months - horizon),
        min_units=offer.min_units if offer is not None else None,
        max_units=offer.max_units if offer is not None else None,
        source=source,
    )


def monthly_payment(amount_usd: float, annual_rate: float, months: int) -> float:
    """Even monthly payment that returns ``amount_usd`` over ``months`` at the yearly rate (annuity)."""
    if annual_rate == 0.0:
        return amount_usd / months
    monthly = (1.0 + annual_rate) ** (1.0 / MONTHS_PER_YEAR) - 1.0
    return amount_usd * monthly / (1.0 - (1.0 + monthly) ** -months)
