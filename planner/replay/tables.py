"""Tables of safe shares by service and configuration, put into a problem; also one share for every configuration alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from planner.problem.normalise import changed
from planner.problem.safe_share import SafeShare
from planner.problem.schema import Problem
from planner.replay.fleets import limits_of
from planner.solve import judged

if TYPE_CHECKING:
    from planner.catalog.catalog import Catalog
    from planner.replay.cell import Load

#: By name of the service, and configuration as ``key_of`` gives it.
Tables = dict[tuple[str, tuple], SafeShare]

#: The format has no table of nothing: this stands for a configuration that cannot keep its limits.
LEAST = 1e-6


def with_tables(problem: Problem, tables: Tables) -> Problem:
    """``problem`` with these tables and no others."""
    each = sorted(tables.items())
    services = tuple(changed(s, safe_shares=tuple(table for (name, _), table in each if name == s.name)) for s in problem.services)
    return changed(problem, services=services)


def configurations(problem: Problem, catalog: Catalog) -> tuple[tuple[str, tuple], ...]:
    """(service, configuration) of all that services with limits could run and that a table can speak of."""
    services = {service.name: service for service in problem.services}
    return tuple(
        (own.service, key)
        for own in judged(problem, catalog, prune=False).choices
        if limits_of(services[own.service])
        for key in sorted({key_of(candidate.configuration) for candidate in own.candidates})
        if has_table(key)
    )


def uniform_tables(each: Sequence[tuple[str, tuple]], share: float, source: str | None = None) -> Tables:
    """Each of the ``configurations`` at ``share`` of its saturation, whatever its number."""
    return {(service, key): table_of(key, ((1, share),), source or f"{share:g} for all") for service, key in each}


def table_of(key: tuple, levels: Sequence[tuple[int, float]], source: str) -> SafeShare:
    """The table of one configuration."""
    variant, accelerator, tp, pp, _, batch = key
    levels = tuple((count, max(share, LEAST)) for count, share in levels)
    return SafeShare(variant=variant, accelerator=accelerator, tp=tp, pp=pp, max_num_seqs=batch, levels=levels, source=source)


def lowered(table: SafeShare, replicas: int, share: float) -> SafeShare:
    """``table`` with at most ``share`` on up to so many replicas: fewer cannot carry more than these could."""
    counts = sorted({*(count for count, _ in table.levels), replicas + 1})
    levels = [(count, share_at(table, count)) for count in counts]
    found = [(count, max(min(own, share), LEAST) if count <= replicas else own) for count, own in levels]
    # A level that says what the one below it says is none.
    kept = tuple(level for k, level in enumerate(found) if k == 0 or level[1] > found[k - 1][1])
    return table.model_copy(update={"levels": kept})


def share_at(table: SafeShare, replicas: int) -> float:
    """The share that a table states for so many replicas; below its first level nothing is carried."""
    return max((share for count, share in table.levels if count <= replicas), default=0.0)


def shown(table: SafeShare, loads: Sequence[Load]) -> SafeShare:
    """``table`` with no more than ``loads`` were seen to carry: on fewer replicas than any of them what the fewest carried."""
    seen = sorted((load.replicas, load.utilisation) for load in loads if load.replicas)
    levels: list[tuple[int, float]] = []
    for count in sorted({1, *(count for count, _ in table.levels), *(count for count, _ in seen)}):
        carried = max((used for n, used in seen if n <= count), default=seen[0][1])
        share = max(min(carried, share_at(table, count)), LEAST)
        if not levels or share > levels[-1][1]:
            levels.append((count, share))
    return table.model_copy(update={"levels": tuple(levels), "source": "carried in simulation"})


def key_of(configuration: Any) -> tuple:
    """A configuration as plain values, comparable and the same whatever part of the planner made it."""
    c = configuration
    return c.variant, c.accelerator, c.tp, c.pp, c.engine, c.max_num_seqs


def has_table(key: tuple) -> bool:
    """Whether a table can speak of a configuration: of the service's own model alone, so adapted ones and kept prefixes have the rule."""
    return not {"/", "+"} & set(key[0])
