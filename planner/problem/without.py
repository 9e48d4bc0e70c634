"""A problem without a provider, a vendor, a region or an accelerator: what would it cost to walk away?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any

from planner.documents import Document, from_data, validate
from planner.documents.clean import shortened
from planner.documents.near import did_you_mean
from planner.economics.pools import place_matches
from planner.errors import UsageError
from planner.problem.known_names import hosts, known_names
from planner.problem.load import LoadedProblem, restated
from planner.problem.schema import Problem

#: What can be left out, and the list of a service's ``allow`` that leaves it out.
_LISTS = {"provider": "exclude_providers", "region": "exclude_regions", "accelerator": "exclude_accelerators"}


def without(loaded: LoadedProblem, names: Sequence[str], catalog: Any) -> LoadedProblem:
    """``loaded`` in which no service and no job uses anything of ``names``; raises UsageError for a name that nothing has."""
    if not names:
        return loaded
    data = json.loads(json.dumps(loaded.document.data))
    for name in names:
        field, excluded = _excluded(loaded.problem, name, catalog)
        for member in (*data["services"], *(data.get("jobs") or ())):
            allow = member.setdefault("allow", {})
            allow[field] = [*(allow.get(field) or []), *excluded]
    document = Document(loaded.file, from_data(data, loaded.file).data, find_places=loaded.document.find_places)
    return restated(loaded, validate(document, Problem), document)


def _excluded(problem: Problem, name: str, catalog: Any) -> tuple[str, list[str]]:
    known = known_names(problem, catalog)
    chips = [*catalog.accelerators.values(), *problem.offers.accelerators]
    made = sorted(chip.name for chip in chips if chip.vendor.casefold() == name.casefold())
    field = next((field for what, field in _LISTS.items() if known.matched(what, name)), "exclude_accelerators" if made else None)
    if field is not None:
        excluded = made if not any(known.matched(what, name) for what in _LISTS) else [name]
        there = _of_problem(problem, catalog)
        if not any(_bars(field, pattern, pool) for pattern in excluded for pool in there[0]) and not (field == "exclude_providers" and _any(name, there[1])):
            raise UsageError(
                f'nothing that this problem could use is of "{shortened(name)}": without it nothing changes', where="--without",
                hint=f"of this problem: {', '.join(sorted({pool.provider for pool in there[0]} | {pool.accelerator for pool in there[0]} | there[1])[:12])}",
            )
        return field, excluded
    every = [one for what in (*_LISTS, "vendor") for one in known.names[what]]
    raise UsageError(
        f'no provider, vendor, region or accelerator is called "{shortened(name)}"{did_you_mean(name, every)}',
        where="--without", hint="planner catalog list offers",
    )


def _of_problem(problem: Problem, catalog: Any) -> tuple[tuple[Any, ...], set[str]]:
    """(pools that the problem could use, providers of hosted options that it could use)."""
    from planner.economics.build_pools import build_pools
    from planner.economics.timeline import timeline

    return build_pools(problem, catalog, timeline(problem))[0], hosts(problem, catalog)


def _bars(field: str, pattern: str, pool: Any) -> bool:
    """Whether an entry of a list of what is left out is about a pool."""
    if field == "exclude_regions":
        return place_matches(pattern, pool)
    return _any(pattern, {pool.provider if field == "exclude_providers" else pool.accelerator})


def _any(pattern: str, names: set[str]) -> bool:
    return any(fnmatchcase(name.casefold(), pattern.casefold()) for name in names)
