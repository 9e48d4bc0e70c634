"""Why nothing of an option may serve a service: rules with what is reached and allowed, and what was never considered at all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from planner.problem.hosted import SELF_HOSTED

if TYPE_CHECKING:
    from planner.analysis.wanted import Wanted
    from planner.candidates.candidate import Choices
    from planner.problem.service import Service

_SHOWN = 8


@dataclass(frozen=True)
class Barred:
    """A configuration of the option that rules turn away, with each rule's message.

    reached, allowed, units  by rule; None: the rule has no such figure
    nearest                  the largest relative miss; None: no rule has one
    """

    configuration: str
    rules: tuple[str, ...]
    messages: tuple[str, ...]
    nearest: float | None
    reached: tuple[Any, ...] = ()
    allowed: tuple[Any, ...] = ()
    units: tuple[str, ...] = ()


def barred(rejections: Sequence[Any]) -> tuple[Barred, ...]:
    """The closest miss first."""
    found = (_of(str(one.what), one.broken) for one in rejections)
    return tuple(sorted(found, key=lambda one: (len(one.rules), one.nearest is None, one.nearest or 0.0, one.configuration)))


def _of(name: str, broken: Sequence[Any]) -> Barred:
    misses = [b.relative_miss for b in broken if b.relative_miss is not None]
    return Barred(
        name, tuple(b.rule for b in broken), tuple(b.message for b in broken), max(misses, default=None),
        tuple(b.value for b in broken), tuple(b.limit for b in broken), tuple(b.unit for b in broken),
    )  # fmt: skip


def never_considered(service: Service, wanted: Wanted, pools: Sequence[Any], choice: Choices, variants: Sequence[str]) -> tuple[Barred, ...]:
    """What of the option no rule was ever asked about, since the service leaves it out before.

    pools     those that the option means
    variants  of the service's model, by name
    """
    if not pools:
        return ()
    if not set(service.modes) & set(SELF_HOSTED):
        said = f"no replicas of its own: its modes are {', '.join(service.modes)}"
        return (Barred(wanted.text, ("modes",), (said,), None, (", ".join(service.modes),), (", ".join(SELF_HOSTED),), ("",)),)
    asked = [one.configuration for one in (*choice.candidates, *choice.rejections) if wanted.configuration(one.configuration)]
    missing = sorted({pool.accelerator for pool in pools} - {one.accelerator for one in asked})
    return tuple(one for chip in missing for one in _missing(service, wanted, chip, choice, variants))


def _missing(service: Service, wanted: Wanted, chip: str, choice: Choices, variants: Sequence[str]) -> Iterator[Barred]:
    what = f"{wanted.variant} {chip}" if wanted.variant else chip
    if service.profiles_only:
        there = sorted({f"{one.configuration.variant} on {one.configuration.accelerator}" for one in (*choice.candidates, *choice.rejections)})
        shown = f"{', '.join(there[:_SHOWN])}{', …' if len(there) > _SHOWN else ''}"
        said = f"profiles_only: no profile of {service.name} measures {wanted.variant + ' on ' if wanted.variant else ''}{chip}; those it has: {shown or 'none'}"
        yield Barred(what, ("profiles_only",), (said,), None, ("no profile",), ("a profile",), ("",))
    elif wanted.variant is not None and not any(wanted.is_variant(name) for name in variants):
        said = f"no variant of {service.model} is called {wanted.variant}; it has {', '.join(variants[:_SHOWN])}"
        yield Barred(what, ("variant",), (said,), None, (wanted.variant,), (", ".join(variants),), ("",))
    elif service.allow.variants is not None and wanted.variant is not None:
        stated = ", ".join(service.allow.variants)
        yield Barred(what, ("allowed_variant",), (f"{wanted.variant}; allowed: {stated}",), None, (wanted.variant,), (stated,), ("",))


def not_offered(pools: Sequence[Any], left_out: dict[str, str]) -> tuple[str, ...]:
    """Pools that the problem's ``offers`` leave out, each with its reason."""
    return tuple(f"{pool.id}: {left_out.get(pool.id, 'not one of offers.only')}" for pool in pools)


def excludes(pattern: str, pools: Sequence[Any]) -> bool:
    """Whether a reason by pool, or pattern of pools, is about one of ``pools``."""
    return any(fnmatchcase(pool.id, pattern) for pool in pools)
