"""Charges beside machines, from the problem's ``costs``: by running hour, by request, once for what is used, in any case."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from planner.economics.figures import figure
from planner.economics.pools import Pool, place_matches
from planner.units import BYTES_PER_GB, HOURS_PER_MONTH, MONTHS_PER_YEAR

MILLION = 1e6
#: Kinds of charge that every pool must have a row for, once any row is stated: what is not stated is unknown.
NEEDED = ("egress", "load_balancers", "storage", "transfer")


@dataclass(frozen=True)
class Use:
    """Something that is used or not: what a charge that is paid once for its use may depend on.

    service, home   name, and the place its requests come from
    weights         (model, variant), what is stored; None: not known
    gb              size of the weights; None: unknown
    """

    service: str
    home: str | None
    weights: tuple[str, str]
    gb: float | None
    pool: Pool


@dataclass(frozen=True)
class Once:
    """A charge that is paid for as long as anything with its key is used at all.

    usd_per_month   one-off work included, spread over the horizon; one_off_usd of it is paid once
    """

    part: str
    key: tuple[str, ...]
    usd_per_month: float
    one_off_usd: float = 0.0


@dataclass(frozen=True)
class Charges:
    """All charges of a problem, with figures of the catalogue filled in.

    once      functions of a use that give the charges it causes
    hourly    functions of a pool that give (part, USD per instance-hour)
    requests  functions (use, input tokens, output tokens) that give (part, USD) of one request
    support   (pattern, share of the bill)
    fixed     USD a month in any case by part; fixed_one_off, by part too, is what of it is paid once [USD]
    """

    once: tuple[Callable[[Use], Iterator[Once]], ...] = ()
    hourly: tuple[Callable[[Pool], tuple[str, float]], ...] = ()
    requests: tuple[Callable[[Use, float, float], tuple[str, float]], ...] = ()
    support: tuple[tuple[str, float], ...] = ()
    fixed: dict[str, float] = field(default_factory=dict)
    fixed_one_off: dict[str, float] = field(default_factory=dict)

    @property
    def fixed_one_off_usd(self) -> float:
        """One-off work that is paid in any case [USD]."""
        return sum(self.fixed_one_off.values())

    def once_for(self, use: Use) -> Iterator[Once]:
        """Charges caused by a use, each by part and key; the same key is paid once."""
        for rule in self.once:
            yield from rule(use)

    def usd_per_hour(self, pool: Pool) -> dict[str, float]:
        """Charges of one running instance by part [USD/h]."""
        found: dict[str, float] = {}
        for rule in self.hourly:
            part, usd = rule(pool)
            if usd:
                found[part] = found.get(part, 0.0) + usd
        return found

    def usd_per_request(self, use: Use, input_tokens: float, output_tokens: float) -> dict[str, float]:
        """Charges of one request by part [USD]."""
        found: dict[str, float] = {}
        for rule in self.requests:
            part, usd = rule(use, input_tokens, output_tokens)
            if usd:
                found[part] = found.get(part, 0.0) + usd
        return found

    def support_share(self, pools: tuple[Pool, ...]) -> float:
        """Share of a bill that comes on top of it, where it pays for any of ``pools``."""
        return sum(share for pattern, share in self.support if any(_matches(pool, pattern) for pool in pools))

def charges_of(problem: Any, catalog: Any) -> Charges:
    """The charges of a problem; raises InvalidInput for a name that is no figure of the catalogue."""
    costs, months = problem.costs, problem.horizon.months
    once: list = []
    hourly: list = []
    requests: list = []
    for row in costs.storage:
        once.append(_storage(row.place, figure(row.usd_per_gb_month, "usd_per_gb_month", catalog) * row.versions))
    for row in costs.egress:
        usd = figure(row.usd_per_gb, "usd_per_gb", catalog)
        requests.append(_traffic("egress_usd_per_month", row.place, usd, costs.bytes_per_token, _answers))
    for row in costs.transfer:
        usd = figure(row.usd_per_gb, "usd_per_gb", catalog)
        requests.append(_traffic("transfer_usd_per_month", row.place, usd, costs.bytes_per_token, _away))
        if costs.weights_home is not None:
            once.append(_copies(row.place, usd, costs.weights_home, months))
    for row in costs.load_balancers:
        once.append(_balancer(row.place, figure(row.usd_per_hour, "usd_per_hour", catalog)))
        usd = figure(row.usd_per_gb, "usd_per_gb", catalog)
        requests.append(_traffic("load_balancing_usd_per_month", row.place, usd, costs.bytes_per_token, _both))
    for row in costs.licences:
        usd = figure(row.usd_per_accelerator_hour, "usd_per_accelerator_hour", catalog)
        hourly.append(_licence(row.offers, usd))
    for row in costs.platforms:
        once.append(_platform(row, catalog, months))
    for row in costs.monitoring:
        hourly.append(_watched(row.place, figure(row.usd_per_instance_hour, "usd_per_instance_hour", catalog)))
        requests.append(_logged(row.place, row.usd_per_million_requests / MILLION))
    once += [_partner(row) for row in problem.owned if row.partner is not None]
    support = tuple((row.offers, figure(row.share_of_bill, "share_of_bill", catalog)) for row in costs.support)
    fixed: dict[str, float] = {}
    one_off: dict[str, float] = {}
    for row in costs.fixed:
        part = "data_usd_per_month" if row.kind == "data" else "fixed_usd_per_month"
        fixed[part] = fixed.get(part, 0.0) + row.usd_per_month + row.one_off_usd / months
        one_off[part] = one_off.get(part, 0.0) + row.one_off_usd
    return Charges(tuple(once), tuple(hourly), tuple(requests), support, fixed, one_off)


def weights_charged(costs: Any) -> bool:
    """Whether the size of weights bears on the cost."""
    return bool(costs.storage) or (bool(costs.transfer) and costs.weights_home is not None)


def charges_unknown(costs: Any, pool: Pool) -> tuple[str, ...]:
    """Kinds of charge that the problem states, but not for the place of ``pool``."""
    stated = ((kind, getattr(costs, kind)) for kind in NEEDED)
    return tuple(kind for kind, rows in stated if rows and not any(place_matches(row.place, pool) for row in rows))


def _storage(place: str, usd_per_gb_month: float):
    def rule(use: Use) -> Iterator[Once]:
        if use.gb is not None and place_matches(place, use.pool):
            yield Once("storage_usd_per_month", ("weights", place, *use.weights, use.pool.region), use.gb * usd_per_gb_month)

    return rule


def _copies(place: str, usd_per_gb: float, home: str, months: int):
    def rule(use: Use) -> Iterator[Once]:
        if use.gb is not None and place_matches(place, use.pool) and not place_matches(home, use.pool):
            usd = use.gb * usd_per_gb
            yield Once("transfer_usd_per_month", ("copy", place, *use.weights, use.pool.region), usd / months, usd)

    return rule


def _balancer(place: str, usd_per_hour: float):
    def rule(use: Use) -> Iterator[Once]:
        if place_matches(place, use.pool):
            key = ("balancer", place, use.service, use.pool.region)
            yield Once("load_balancing_usd_per_month", key, usd_per_hour * HOURS_PER_MONTH)

    return rule


def _platform(row: Any, catalog: Any, months: int):
    people = 0.0
    if row.people:
        yearly = figure(row.usd_per_person_year, "usd_per_person_year", catalog)
        people = row.people * yearly * figure(row.loading, "loading", catalog) / MONTHS_PER_YEAR
    usd = people + figure(row.usd_per_month, "usd_per_month", catalog) + row.one_off_usd / months

    def rule(use: Use) -> Iterator[Once]:
        if any(_matches(use.pool, pattern) for pattern in row.offers):
            yield Once("staff_usd_per_month", ("platform", row.name), usd, row.one_off_usd)

    return rule


def _partner(row: Any):
    def rule(use: Use) -> Iterator[Once]:
        if use.pool.owned is not None and use.pool.instance_type == row.name:
            yield Once("partner_usd_per_month", ("partner", row.name), row.partner.usd_per_month)

    return rule


def _traffic(part: str, place: str, usd_per_gb: float, bytes_per_token: float, tokens: Callable):
    each = usd_per_gb * bytes_per_token / BYTES_PER_GB

    def rule(use: Use, input_tokens: float, output_tokens: float) -> tuple[str, float]:
        return part, each * tokens(use, input_tokens, output_tokens) if place_matches(place, use.pool) else 0.0

    return rule


def _logged(place: str, usd: float):
    def rule(use: Use, input_tokens: float, output_tokens: float) -> tuple[str, float]:
        return "monitoring_usd_per_month", usd if place_matches(place, use.pool) else 0.0

    return rule


def _licence(pattern: str, usd_per_accelerator_hour: float):
    def rule(pool: Pool) -> tuple[str, float]:
        return "licences_usd_per_month", usd_per_accelerator_hour * pool.accelerators if _matches(pool, pattern) else 0.0

    return rule


def _watched(place: str, usd_per_hour: float):
    def rule(pool: Pool) -> tuple[str, float]:
        return "monitoring_usd_per_month", usd_per_hour if place_matches(place, pool) else 0.0

    return rule


def _answers(use: Use, input_tokens: float, output_tokens: float) -> float:
    return output_tokens


def _both(use: Use, input_tokens: float, output_tokens: float) -> float:
    return input_tokens + output_tokens


def _away(use: Use, input_tokens: float, output_tokens: float) -> float:
    return 0.0 if use.home is None or place_matches(use.home, use.pool) else input_tokens + output_tokens


def _matches(pool: Pool, pattern: str) -> bool:
    return fnmatchcase(pool.id.casefold(), pattern.casefold())
