"""What a plan says it rests on: defaults are the problem's, prices and assumed facts those of its pools."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from planner.catalog.freshness import SPOT_REASON, age_when_made
from planner.economics.figures import named_figures
from planner.economics.pools import Pool
from planner.plan.schema import Assumption
from planner.problem.defaults_used import default_at, defaults_used
from planner.verify.case import Case
from planner.verify.measure import Seen, refused, same, unless
from planner.verify.registry import check
from planner.verify.whole import says_all


@check("assumptions")
def assumptions(case: Case) -> Iterator[Seen]:
    """Each default listed is the problem's value, with its reason; prices and assumed facts are those of pools in use.

    A plan that lists assumptions lists what each pool in use rests on, and nothing twice; with a certificate it lists
    all defaults and prices too. Sentences about how a configuration's performance was found are taken as stated.
    """
    used = {part.id: case.pools[part.id] for part in case.plan.pools}
    for stated in case.plan.assumptions:
        if stated.kind == "default":
            yield from _default(case, stated)
        elif stated.path.startswith("offers."):
            yield from _spot(case, stated, used) if stated.path.endswith(".spot") else _fact(case, stated, used)
        elif stated.path.startswith(("apis.", "serverless.")):
            yield from _api(case, stated)
        elif stated.path.startswith("costs: "):
            yield from _figure(case, stated)
        else:
            yield from _configuration(case, stated)
    if case.plan.assumptions or says_all(case.plan):
        yield from _rests_on(case, used)
    if says_all(case.plan):
        yield from _priced(case, used)


def _rests_on(case: Case, used: dict[str, Pool]) -> Iterator[Seen]:
    """What is assumed of each pool in use, and each figure taken by name, is listed; nothing is listed twice."""
    listed = Counter((a.path, a.reason) for a in case.plan.assumptions)
    for path, reason in sorted(row for row, times in listed.items() if times > 1):
        yield refused(path, f"listed more than once: {reason}")
    for name, pool in used.items():
        missing = [text for text in pool.assumed if (f"offers.{name}", text) not in listed]
        yield unless(missing, f"offers.{name}", f"not listed: {'; '.join(missing)}")
    for name in named_figures(case.problem):
        yield unless(f"costs: {name}" not in {path for path, _ in listed}, name, "a figure of the catalogue that is not listed")


def _priced(case: Case, used: dict[str, Pool]) -> Iterator[Seen]:
    """Every default of the problem is listed, and the price of everything in use."""
    paths = {a.path for a in case.plan.assumptions}
    for path, _, _ in defaults_used(case.problem):
        yield unless(path not in paths, path, "a default that is not listed")
    for name in used:
        offer = case.catalog.offers.get(name)
        yield unless(f"offers.{name}.on_demand" not in paths, f"offers.{name}", "its price is not listed")
        public_spot = any(case.pool_plans[name].spot) and offer is not None and not offer.private
        yield unless(public_spot and f"offers.{name}.spot" not in paths, f"offers.{name}", "its spot price is not listed")
    for one in case.hosted:
        known = {f"apis.{one.use.name}", f"serverless.{one.use.name}"}
        yield unless(one.offer is not None and not known & paths, one.use.name, "its prices are not listed")


def _figure(case: Case, stated: Assumption) -> Iterator[Seen]:
    """A figure that the problem takes by name from the catalogue's costs."""
    name = stated.path.removeprefix("costs: ")
    row = case.catalog.costs.get(name)
    if row is None or name not in named_figures(case.problem):
        yield refused(stated.path, "the problem takes no such figure")
        return
    claimed = (stated.value, stated.kind, stated.reason, stated.source, stated.as_of)
    yield same(claimed, (row.value, row.kind, row.unit, row.source, str(row.as_of)), stated.path)


def _default(case: Case, stated: Assumption) -> Iterator[Seen]:
    found = default_at(case.problem, stated.path)
    if found is None:
        yield refused(stated.path, "no field with a default")
        return
    value, reason = found
    yield same(_plain(stated.value), _plain(value), f"{stated.path}: value")
    yield same((stated.reason, stated.source, stated.as_of), (reason, "", ""), f"{stated.path}: reason, source and date")


def _spot(case: Case, stated: Assumption, used: dict[str, Pool]) -> Iterator[Seen]:
    """The catalogue's spot price of a pool that pays it, with its date and its age when the edition began."""
    name = stated.path.removeprefix("offers.").removesuffix(".spot")
    pool, offer = used.get(name), case.catalog.offers.get(name)
    if pool is None or pool.spot is None or offer is None or offer.private:
        yield refused(stated.path, "the plan pays no spot price of the catalogue there")
        return
    as_of, kind = offer.spot_as_of or offer.as_of, offer.spot_kind or offer.kind
    claimed = (stated.value, stated.kind, stated.reason, stated.source, stated.as_of)
    yield same(claimed, (pool.spot[0], kind, SPOT_REASON + age_when_made(as_of, case.catalog.edition), offer.source, as_of), stated.path)


def _fact(case: Case, stated: Assumption, used: dict[str, Pool]) -> Iterator[Seen]:
    """Its price on demand, or something assumed about it, in words."""
    name = stated.path.removeprefix("offers.")
    priced = used.get(name.removesuffix(".on_demand")) if name.endswith(".on_demand") else None
    if priced is None:
        pool = used.get(name)
        known = pool is not None and stated.reason in pool.assumed
        yield unless(not known, stated.path, f"nothing of the kind is assumed: {stated.reason}")
        yield _in_words(stated)
        return
    price = None if priced.on_demand is None else priced.on_demand[0]
    yield same(stated.value, price, f"{stated.path}: value")
    yield same((stated.source, stated.as_of), (priced.source, priced.as_of), f"{stated.path}: source and date")
    age = age_when_made(priced.as_of, case.catalog.edition)
    yield unless("days old" in stated.reason and not (age and stated.reason.endswith(age)), stated.path, "it was not so many days old")
    yield same(stated.kind == "private", priced.private or priced.kind not in PUBLIC, f"{stated.path}: private")
    yield unless(stated.kind in PUBLIC and stated.kind != priced.kind, stated.path, f"the price is {priced.kind}, not {stated.kind}")


#: Kinds of facts that a catalogue states.
PUBLIC = ("measured", "published", "derived", "assumed")


def _api(case: Case, stated: Assumption) -> Iterator[Seen]:
    """The prices of a hosted option in use, or something assumed of it, in words taken as stated."""
    found = next((one for one in case.hosted if stated.path in (f"apis.{one.use.name}", f"serverless.{one.use.name}")), None)
    offer = None if found is None else found.offer
    if offer is None:
        yield refused(stated.path, "the plan uses no such option")
    elif stated.value is None:
        yield same(stated.kind, "assumed", f"{stated.path}: kind")
    else:
        paid = offer.usd_per_hour if found.workers is not None else [offer.input_usd_per_mtok, offer.output_usd_per_mtok]
        if found.use.mode == "batch":
            paid = [offer.batch_input_usd_per_mtok, offer.batch_output_usd_per_mtok]
        origin, private = (offer.source, offer.as_of), offer.private
        if found.use.mode == "provisioned":
            paid, origin, private = offer.provisioned.usd_per_unit_hour, ("stated in the problem", ""), True
        yield same(_plain(stated.value), paid, f"{stated.path}: prices")
        yield same((stated.source, stated.as_of), origin, f"{stated.path}: source and date")
        yield same(stated.kind, "private" if private else offer.kind, f"{stated.path}: kind")


def _configuration(case: Case, stated: Assumption) -> Iterator[Seen]:
    names = {f"services.{p.service.name}: {p.configuration}" for p in case.used}
    yield unless(stated.path not in names, stated.path, "the plan runs no such configuration")
    yield _in_words(stated)


def _in_words(stated: Assumption) -> Seen:
    """What is assumed in words has no value, source or date."""
    return same((stated.value, stated.kind, stated.source, stated.as_of), (None, "assumed", "", ""), f"{stated.path}: value, kind, source and date")


def _plain(value: Any) -> Any:
    """As a plan file holds it: lists for tuples."""
    return [_plain(v) for v in value] if isinstance(value, (list, tuple)) else value
