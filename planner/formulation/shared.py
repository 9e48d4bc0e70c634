"""Serving groups in the program: whose requests the replicas of a group may answer, class by class."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from planner.formulation.sets import Group, Sets


class Helper(NamedTuple):
    """A group of services as one of them sees it.

    number  of the group among the services
    first   its class that is the first class of the service
    place   of the service among those that the group serves
    """

    number: int
    first: int
    place: int


def serves_others(sets: Sets, number: int) -> bool:
    """Whether a service has no demand of its own: its replicas answer for others."""
    return sets.services[number].workload.serves is not None


def helpers_of(sets: Sets, number: int) -> tuple[Helper, ...]:
    """The groups whose replicas may answer for a service."""
    return _helpers(sets.problem).get(number, ())


def may_go_elsewhere(sets: Sets, number: int) -> bool:
    """Whether no replica of the service's own is needed: hosted options or a group may answer for it, or it is a group."""
    return bool(sets.hosted_of[number] or helpers_of(sets, number) or serves_others(sets, number))


def answering(sets: Sets, number: int) -> Iterator[tuple[Group, Helper]]:
    """Every configuration in a region of every group that may answer for a service."""
    for helper in helpers_of(sets, number):
        for group in sets.groups_of[helper.number]:
            yield group, helper


def rows_of(sets: Sets, number: int, b: int) -> Iterator[tuple[Group, int]]:
    """(group, row of its rates) of all that a group of services may answer of one class."""
    for group, helper in answering(sets, number):
        if helper.first + b in group.served:
            yield group, group.served.index(helper.first + b)


def answered(sets: Sets, rates: dict[int, np.ndarray], number: int) -> np.ndarray:
    """What groups answer of each class of a service [B, T], from rates by group [served, T]."""
    classes = len(sets.choices[number].class_names)
    found = np.zeros((classes, sets.period_count))
    for b in range(classes):
        for group, row in rows_of(sets, number, b):
            found[b] += rates[group.index][row]
    return found


def _helpers(problem) -> dict[int, tuple[Helper, ...]]:
    """By service; asked for every service and class, so worked out once for the services that stand in a problem."""
    for services, found in _KNOWN:
        if services is problem.services:
            return found
    made = _helpers_among(problem.services)
    _KNOWN.appendleft((problem.services, made))
    return made


_KNOWN: deque = deque(maxlen=8)


def _helpers_among(services: tuple) -> dict[int, tuple[Helper, ...]]:
    numbers = {service.name: number for number, service in enumerate(services)}
    found: dict[int, tuple[Helper, ...]] = {}
    for number, service in enumerate(services):
        first = 0
        for place, name in enumerate(() if service.workload.serves is None else service.workload.serves.services):
            found[numbers[name]] = (*found.get(numbers[name], ()), Helper(number, first, place))
            first += len(services[numbers[name]].workload.classes)
    return found
