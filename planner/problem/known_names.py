"""The names that a problem may use: those of the catalogue and those it brings along."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from planner.documents.near import did_you_mean
from planner.economics.managed import endpoints
from planner.problem.hosted import SELF_HOSTED
from planner.problem.schema import Problem

NATIVE = "native"


@dataclass(frozen=True)
class KnownNames:
    """Every name by what it names, without regard to letter case when compared."""

    names: Mapping[str, frozenset[str]]

    def has(self, what: str, name: str) -> bool:
        """Whether ``name`` itself is known."""
        return name.casefold() in {known.casefold() for known in self.names[what]}

    def matched(self, what: str, pattern: str) -> bool:
        """Whether a pattern with ``*`` matches any name."""
        folded = pattern.casefold()
        return any(fnmatchcase(known.casefold(), folded) for known in self.names[what])

    def near(self, what: str, name: str) -> str:
        """``; did you mean …?``, or how to see all names."""
        return did_you_mean(name, self.names[what]) or f"; known: {_some(self.names[what])}"


def known_names(problem: Problem, catalog: Any) -> KnownNames:
    """Names of the catalogue, and of the problem's own offers, accelerators and hardware."""
    sold = list(catalog.offers.values()) if problem.offers.catalog else []
    own = problem.offers.own
    chips = [*catalog.accelerators.values(), *problem.offers.accelerators]
    offers = [*sold, *own]
    ends = [(e, o) for e in endpoints(problem, catalog) for o in offers if o.provider == e.provider]
    return KnownNames(
        {
            "vendor": frozenset(chip.vendor for chip in chips),
            "accelerator": frozenset(chip.name for chip in chips),
            "accelerator or alias": frozenset(_accelerators(chips)),
            "provider": frozenset(
                {o.provider for o in offers} | ({"owned"} if problem.owned else set()) | hosts(problem, catalog)
            ),
            "region": frozenset(_places([*catalog.offers.values(), *own], catalog, problem.owned)),
            "instance type": frozenset({o.instance_type for o in offers} | {o.name for o in problem.owned} | {e.instance_type(o.instance_type) for e, o in ends}),
            "offer": frozenset([o.id for o in offers] + [f"{o.provider}:{e.instance_type(o.instance_type)}@{o.region}" for e, o in ends]),
            "variant": frozenset({v.method for v in catalog.variants.values()} | {NATIVE}),
            "benchmark": frozenset(v.benchmark for v in catalog.variants.values() if v.benchmark != "*"),
            "team": frozenset(s.team for s in problem.services if s.team),
            "service": frozenset(s.name for s in problem.services),
        }
    )


def hosts(problem: Problem, catalog: Any) -> set[str]:
    """Providers of hosted services, where any service may use them."""
    if all(set(service.modes) <= set(SELF_HOSTED) for service in problem.services):
        return set()
    sold = {row.provider for row in (*catalog.api_prices.values(), *catalog.modes.values())}
    return sold | {row.provider for row in (*problem.apis, *problem.serverless) if "*" not in row.provider}


def _accelerators(chips: Iterable[Any]) -> Iterable[str]:
    for chip in chips:
        yield chip.name
        yield from getattr(chip, "aliases", ())


def _places(offers: Iterable[Any], catalog: Any, owned: Iterable[Any]) -> set[str]:
    found: set[str | None] = set()
    for place in {(offer.provider, offer.region) for offer in offers}:
        provider, region = place
        found |= {f"{provider}:{region}", region}
        known = catalog.regions.get(f"{provider}:{region}")
        if known is not None:
            found |= {known.country, known.geo}
    for row in owned:
        found |= {row.site, row.country, row.geo, f"owned:{row.name}", row.name}
    return {name for name in found if name}


def _some(names: Iterable[str], most: int = 8) -> str:
    every = sorted(names)
    return ", ".join(every[:most]) + (", …" if len(every) > most else "") if every else "none"
