"""Serving groups: a service whose replicas of one base model, with LoRA adapters, may answer for several others."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from planner.problem.adapted import Adapted, with_adapted
from planner.problem.base import Count, Frozen, Name
from planner.problem.defaults import default

#: Between the name of a service and that of its class, in the classes of the group that serves it.
OF = ":"
#: Ranks for which vLLM has room to give (``MaxLoRARanks`` of its configuration); what lies between takes the next one.
RANKS = (1, 8, 16, 32, 64, 128, 256, 320, 512)


class Serves(Frozen):
    """Whose requests the replicas may answer, and the engine's room for adapters."""

    services: tuple[Name, ...] = Field(min_length=2, description="that run the model itself, or an alternative that is an adapter of it")
    max_adapters: Count | None = Field(None, description="adapters kept loaded in each replica; default: all of those it serves")
    max_rank: Annotated[int, Field(ge=1, le=512)] | None = Field(
        None, description="room for each adapter, taken up to the next that the engine knows; default: the highest rank among them"
    )
    slower: Annotated[float, Field(ge=1, le=10)] = Field(
        default("serves.slower"), description="time of a step with adapters over that without; where no adapter is loaded it is 1"
    )


def rank_loaded(rank: int) -> int:
    """The rank that the engine gives room for."""
    return next(one for one in RANKS if one >= rank)


def members_of(group: Any, problem: Any) -> tuple[Any, ...]:
    """The services that ``group`` may answer for, as its replicas see them; empty for a service with demand of its own."""
    serves = group.workload.serves
    if serves is None:
        return ()
    by_name = {service.name: service for service in problem.services}
    found = ((by_name[name], adapter_for(by_name[name], group.model, problem)) for name in sorted(serves.services))
    return tuple(member if adapted is None else with_adapted(member, adapted) for member, adapted in found)


def adapter_for(member: Any, base: str, problem: Any) -> Adapted | None:
    """The adapter of ``base`` with which ``member`` is served from shared replicas; None: the base as it is."""
    return next(iter(fitting_adapters(member, base, problem)), None)


def adapters_of(group: Any, problem: Any) -> tuple[Adapted, ...]:
    """The adapters that a group's replicas keep loaded, sorted by name, each once."""
    by_name = {service.name: service for service in problem.services}
    found = {adapter_for(by_name[name], group.model, problem) for name in group.workload.serves.services} - {None}
    return tuple(sorted(found, key=lambda one: one.name))


def fitting_adapters(member: Any, base: str, problem: Any) -> list[Adapted]:
    """Alternatives of ``member`` that are adapters of ``base``; one at most, or it cannot be told which is meant."""
    wanted = {one.use for one in member.alternatives}
    return [one for one in problem.adapted if one.name in wanted and one.model == base and one.adapter is not None]
