"""A problem without a provider, a vendor, a region or an accelerator: what would it cost to walk away?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from planner.documents import Document, from_data, validate
from planner.documents.clean import shortened
from planner.documents.near import did_you_mean
from planner.errors import UsageError
from planner.problem.known_names import known_names
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
    for what, field in _LISTS.items():
        if known.matched(what, name):
            return field, [name]
    chips = [*catalog.accelerators.values(), *problem.offers.accelerators]
    made = sorted(chip.name for chip in chips if chip.vendor.casefold() == name.casefold())
    if made:
        return "exclude_accelerators", made
    every = [one for what in (*_LISTS, "vendor") for one in known.names[what]]
    raise UsageError(
        f'no provider, vendor, region or accelerator is called "{shortened(name)}"{did_you_mean(name, every)}',
        where="--without", hint="planner catalog list offers",
    )
