"""Reads from the decisions what groups answer for each service, and whose requests keep their replicas busy."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from planner.formulation.build import Built
from planner.formulation.decisions import Decisions
from planner.formulation.shared import answering, rows_of, serves_others
from planner.problem.serves import OF


def answered_by(built: Built, decided: Decisions, number: int) -> dict[str, tuple[float, ...]]:
    """What groups answer of a service's requests, by group; those that answer none are left out."""
    sets, found = built.sets, {}
    for b in range(len(sets.choices[number].class_names)):
        for group, row in rows_of(sets, number, b):
            name = sets.services[group.service].name
            found[name] = found.get(name, 0.0) + decided.rate[group.index][row]
    return {name: tuple(float(rate) for rate in rates) for name, rates in sorted(found.items()) if rates.any()}


def busy_shares(built: Built, decided: Decisions, number: int) -> dict[str, float]:
    """Share of the busy time of a group's replicas by the service that asks, accelerator-hours over the month; nothing for a service that serves itself."""
    sets, busy = built.sets, {}
    if not serves_others(sets, number):
        return {}
    for group in sets.groups_of[number]:
        if not any(decided.replicas[q].any() for q in group.slots):
            continue
        work = built.data.busy_per_request(group) * (decided.rate[group.index] @ built.data.hours) * group.configuration.accelerators
        for b, each in zip(group.served, work):
            name = sets.choices[number].class_names[b].partition(OF)[0]
            busy[name] = busy.get(name, 0.0) + float(each)
    whole = sum(busy.values())
    return {name: busy[name] / whole for name in sorted(busy)} if whole else {}


def shared_quality(built: Built, decided: Decisions, number: int) -> Iterator[tuple[np.ndarray, float | None]]:
    """(requests/s by period, quality) of every class that a configuration of a group answers for a service."""
    for group, helper in answering(built.sets, number):
        for b in range(len(built.sets.choices[number].class_names)):
            if helper.first + b in group.served:
                yield decided.rate[group.index][group.served.index(helper.first + b)], group.candidate.member_quality[helper.place]
