"""What is left out, each reason said once: pools by place, services together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from planner.candidates.candidate import Choices


@dataclass(frozen=True)
class LeftOut:
    """Options left out for one reason.

    what      names; a name with ``*`` stands for exactly the pools of the problem that it matches
    services  for which they are left out; empty: for all
    """

    reason: str
    what: tuple[str, ...]
    services: tuple[str, ...] = ()


def left_out(reasons: Mapping[str, str], choices: Sequence[Choices] = ()) -> tuple[LeftOut, ...]:
    """Options by reason: those of the whole problem (``reasons`` by name), then pools that services may not use."""
    together: dict[str, list[str]] = {}
    for what, reason in sorted(reasons.items()):
        together.setdefault(reason, []).append(what)
    found = [LeftOut(reason, tuple(what)) for reason, what in sorted(together.items())]
    barred: dict[tuple[str, str], list[str]] = {}
    for choice in choices:
        for what, reason in choice.excluded_pools.items():
            barred.setdefault((reason, what), []).append(choice.service)
        for one in choice.hosted_rejections:
            barred.setdefault(("; ".join(b.message for b in one.broken), one.name), []).append(choice.service)
    alike: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (reason, what), services in sorted(barred.items()):
        alike.setdefault((reason, () if len(services) == len(choices) else tuple(services)), []).append(what)
    return (*found, *(LeftOut(reason, tuple(what), services) for (reason, services), what in sorted(alike.items())))


def by_place(reasons: Mapping[str, str], pools: Iterable[str]) -> dict[str, str]:
    """``reasons`` by pool, with all pools of a place as one pattern where one reason bars exactly these.

    pools   ids of every pool of the problem
    """
    members: dict[str, list[str]] = {}
    for pool in pools:
        members.setdefault(_place(pool), []).append(pool)
    found = {}
    for pattern, inside in members.items():
        said = {reasons.get(pool) for pool in inside}
        whole = len(inside) > 1 and len(said) == 1 and None not in said and all(fnmatchcase(p, pattern) for p in inside)
        found.update({pattern: said.pop()} if whole else {pool: reasons[pool] for pool in inside if pool in reasons})
    return dict(sorted(found.items()))


def _place(pool: str) -> str:
    """``provider:*@region`` of a pool's ``provider:instance_type@region``."""
    provider, _, rest = pool.partition(":")
    return f"{provider}:*@{rest.rpartition('@')[2]}"
