"""What the services that a group serves say to a configuration of it: each must allow it, each has a quality of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from planner.candidates.candidate import Broken, Candidate
from planner.candidates.judged import Judged
from planner.candidates.registry import rules_of

#: Rules about what a service allows. A group's own limits on latency, memory and context are the strictest of its members'.
ASKED = (
    "allowed_accelerator", "allowed_pp", "allowed_tp", "allowed_variant", "allowed_vendor", "quality_known", "quality_min",
)  # fmt: skip


def broken_for(members: Sequence[Judged]) -> list[Broken]:
    """Rules that the configuration breaks for any of them."""
    rules = [rule for rule in rules_of("replica") if rule.name in ASKED] if members else []
    return [said_of(one.service.name, found) for one in members for rule in rules if (found := rule.check(one)) is not None]


def with_qualities(candidate: Candidate, members: Sequence[Judged]) -> Candidate:
    """The candidate with the quality that each of them gets; as it is for a service that serves itself."""
    return replace(candidate, member_quality=tuple(None if one.quality is None else one.quality.value for one in members)) if members else candidate


def said_of(name: str, found: Broken) -> Broken:
    """The same broken rule, saying which service it is about."""
    return replace(found, message=f"{name}: {found.message}")
