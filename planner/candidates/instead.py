"""What a service may run instead of its model as it is: adapted models, and its own model with a prefix cache."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from planner.candidates.candidate import Candidate, Choices, Configuration, Rejection
from planner.candidates.judged import broken
from planner.problem.adapted import PLUS, Adapted, name_of_variant, with_adapted, with_prefix
from planner.problem.caches import Cache
from planner.problem.schema import Problem
from planner.problem.service import Service


def instead(
    service: Service, problem: Problem, judged: Callable[[Service], Choices]
) -> tuple[list[Candidate], list[Rejection]]:
    """(candidates, rejections) of everything that the service may run instead; ``judged`` judges what it is given."""
    candidates: list[Candidate] = []
    rejections: list[Rejection] = []
    wanted = {one.use for one in service.alternatives}
    for adapted in (one for one in problem.adapted if one.name in wanted):
        found = judged(with_adapted(service, adapted))
        candidates += [replace(c, configuration=_named(adapted, c.configuration)) for c in found.candidates]
        rejections += [replace(r, configuration=_named(adapted, r.configuration)) for r in found.rejections]
    for cache in (c for c in service.caches if c.kind == "prefix"):
        for one in judged(with_prefix(service, cache)).candidates:
            kept = _with_prefix(one, cache)
            (candidates if isinstance(kept, Candidate) else rejections).append(kept)
    return candidates, rejections


def _with_prefix(candidate: Candidate, cache: Cache) -> Candidate | Rejection:
    """The candidate with the tokens that a prefix cache keeps taken off its own; rejected where no request is left room."""
    made = candidate.configuration
    named = replace(made, variant=f"{made.variant}{PLUS}{cache.name}")
    if candidate.kv_capacity_tokens is None:
        return replace(candidate, configuration=named)
    left, longest = candidate.kv_capacity_tokens - cache.kept_tokens, max(candidate.kv_tokens)
    if left >= longest:
        return replace(candidate, configuration=named, kv_capacity_tokens=left)
    text = f"prefix cache {cache.name} leaves {left:,.0f} of {candidate.kv_capacity_tokens:,.0f} tokens; a request holds {longest:,.0f}"
    return Rejection(candidate.service, named, (broken("memory", longest, max(left, 0.0), "tokens", text),))


def _named(adapted: Adapted, configuration: Configuration) -> Configuration:
    return replace(configuration, variant=name_of_variant(adapted.name, configuration.variant))
