"""An option as people name it, ``fp8 on H100@aws`` or ``together:*``: which pools, configurations and hosted options it means."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from planner.analysis.elsewhere import named, sent
from planner.documents.clean import shortened
from planner.documents.near import did_you_mean, near_or_known

if TYPE_CHECKING:
    from planner.plan.schema import Plan, ServicePlan


class Wanted:
    """An option: variant, accelerator or instance type, and where; parts that are not named may be anything."""

    def __init__(self, text: str) -> None:
        self.text = text
        head, _, self.where = text.partition("@")
        variant, on, ware = head.rpartition(" on ")
        self.variant, self.ware = (variant.strip() or None, ware.strip()) if on else (None, head.strip())

    def configuration(self, one: Any) -> bool:
        """Whether a configuration may be meant, wherever it runs."""
        return self.variant is None or self.is_variant(one.variant)

    def is_variant(self, name: str) -> bool:
        """Whether a variant of this name is meant; only where one is named."""
        return self.variant is not None and fnmatchcase(name.casefold(), self.variant.casefold())

    def hosted(self, one: Any) -> bool:
        """Whether a hosted option, or one turned away, is meant: by its name, its provider or its mode."""
        names = (one.name, one.name.partition(":")[0], one.mode, one.mode.replace("_", " "), named(one))
        return any(fnmatchcase(name.casefold(), self.text.casefold()) for name in names)

    def accelerator(self, name: str) -> bool:
        """Whether an accelerator is meant."""
        return fnmatchcase(name.casefold(), self.ware.casefold())

    def pool(self, pool: Any) -> bool:
        """Whether a pool is meant."""
        if self.variant is None and fnmatchcase(pool.id.casefold(), self.text.casefold()):
            return True
        wares = (pool.accelerator, pool.instance_type, pool.id)
        return any(fnmatchcase(w.casefold(), self.ware.casefold()) for w in wares) and (
            not self.where or any(fnmatchcase(p.casefold(), self.where.casefold()) for p in _places(pool))
        )

    def used_in(self, plan: Plan, service: str, pools: frozenset[str]) -> bool:
        """Whether a plan serves some of a service from the option; ``pools`` are those that it means."""
        mine = _of(plan, service)
        if any(self._own(d, pools) for d in mine.deployments):
            return True
        return any(self.hosted(one) and named(one) in sent(mine) for one in mine.hosted)

    def alone_in(self, plan: Plan, service: str, pools: frozenset[str]) -> bool:
        """Whether nothing but the option serves a service in a plan."""
        mine = _of(plan, service)
        if any(any(d.replicas) and not self._own(d, pools) for d in mine.deployments):
            return False
        others = set(sent(mine)) - {named(one) for one in mine.hosted if self.hosted(one)}
        return not others and self.used_in(plan, service, pools)

    def _own(self, deployment: Any, pools: frozenset[str]) -> bool:
        return deployment.pool in pools and any(deployment.replicas) and self.configuration(deployment)


def _of(plan: Plan, service: str) -> ServicePlan:
    return next(one for one in plan.services if one.name == service)


def _places(pool: Any) -> tuple[str, ...]:
    return pool.provider, pool.region, pool.region.split(":", 1)[-1]


def variants_known(full: Any, catalog: Any) -> set[str]:
    """Names of all variants that a problem's configurations or the catalogue know."""
    own = {one.configuration.variant for choice in full.choices for one in (*choice.candidates, *choice.rejections)}
    return own | {row.method for row in catalog.variants.values()}


def means_nothing(wanted: Wanted, full: Any, catalog: Any, *, something: bool) -> str:
    """Which part of a name means nothing, with near names, or some that would; ``something``: all but the variant does."""
    if something:
        return f'no variant is called "{shortened(wanted.variant)}"{near_or_known(wanted.variant, variants_known(full, catalog))}'
    there = [pool for pool in full.pools if Wanted(wanted.text.partition("@")[0]).pool(pool)] if wanted.where else []
    if there:
        places = {name for pool in there for name in _places(pool)}
        return f'"{shortened(wanted.ware)}" is not sold at "{shortened(wanted.where)}"{near_or_known(wanted.where, places)}'
    wares = {name for pool in full.pools for name in (pool.accelerator, pool.instance_type)}
    every = [one for choice in full.choices for one in (*choice.hosted, *choice.hosted_rejections)]
    hosted = {one.name for one in every}
    sellers = {name.partition(":")[0] for name in hosted} | {one.mode for one in every}
    near = did_you_mean(wanted.ware, wares | hosted) or did_you_mean(wanted.ware.partition(":")[0], sellers) or near_or_known(wanted.ware, wares | sellers)
    return f'nothing that this problem could use is "{shortened(wanted.text)}"{near}'
