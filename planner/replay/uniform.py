"""Tables of safe shares by service and configuration, put into a problem; also one share for every configuration alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from planner.problem.normalise import changed
from planner.problem.safe_share import SafeShare
from planner.problem.schema import Problem
from planner.replay.fleets import limits_of
from planner.solve import judged

if TYPE_CHECKING:
    from planner.catalog.catalog import Catalog

#: By name of the service, and configuration as ``key_of`` gives it.
Tables = dict[tuple[str, tuple], SafeShare]


def with_tables(problem: Problem, tables: Tables) -> Problem:
    """``problem`` with these tables and no others."""
    each = sorted(tables.items())
    services = tuple(changed(s, safe_shares=tuple(table for (name, _), table in each if name == s.name)) for s in problem.services)
    return changed(problem, services=services)


def uniform_tables(problem: Problem, catalog: Catalog, share: float) -> Tables:
    """Every configuration of services with limits at ``share`` of its saturation, whatever its number.

    Adapted models and prefix caches keep the rule: a table speaks of the service's own model alone.
    """
    services = {service.name: service for service in problem.services}
    found: Tables = {}
    for own in judged(problem, catalog, prune=False).choices:
        for candidate in own.candidates if limits_of(services[own.service]) else ():
            c = candidate.configuration
            if not {"/", "+"} & set(c.variant):
                found[own.service, key_of(c)] = SafeShare(
                    variant=c.variant, accelerator=c.accelerator, tp=c.tp, pp=c.pp, max_num_seqs=c.max_num_seqs, levels=((1, share),),
                    source=f"{share:g} for all",
                )  # fmt: skip
    return found


def key_of(configuration: Any) -> tuple:
    """A configuration as plain values, comparable and the same whatever part of the planner made it."""
    c = configuration
    return c.variant, c.accelerator, c.tp, c.pp, c.engine, c.max_num_seqs
