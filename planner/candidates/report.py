"""What ``planner check`` says of each service: the configurations left, and the rules that removed the others."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from planner.candidates.candidate import Broken, Choices, Dominated, Rejection
from planner.candidates.excluded import left_out
from planner.candidates.hosted import HostedRejection
from planner.candidates.registry import rules


def check_report(choices: Sequence[Choices]) -> dict[str, Any]:
    """Plain data: an entry for each service in the order of ``choices``, what each rule demands, and pools left out.

    ``excluded_pools`` says each reason once, with the pools (or patterns of them) and the services that it is about;
    no services: all.
    """
    services = [_service(choice) for choice in choices]
    broken = {rule for entry in services for row in entry["removed_by"] for rule in row["rules"]}
    return {
        "services": services,
        "rules": {name: {"states": r.statement, "unit": r.unit} for name, r in rules().items() if name in broken},
        "excluded_pools": [
            {"reason": one.reason, "pools": list(one.what), "services": list(one.services)} for one in left_out({}, choices)
        ],
    }


def _service(choice: Choices) -> dict[str, Any]:
    """One service.

    candidates     configurations and hosted options that meet every rule; ``kept`` of them are not dominated by another
    hosted         the hosted options among them, and each that was removed, with the rules it breaks
    removed_by     exact sets of rules broken, most frequent first; their counts sum to ``removed``
    closest_miss   for each rule, the configuration that breaks the fewest rules, this one by the least
    """
    replaced = [d for d in choice.dominated if d.kind == "configuration"]
    rejections = [*choice.rejections, *choice.hosted_rejections]
    sets = Counter(tuple(sorted({b.rule for b in r.broken})) for r in rejections)
    return {
        "service": choice.service,
        "considered": len(choice.candidates) + len(replaced) + len(choice.hosted) + len(rejections),
        "candidates": len(choice.candidates) + len(replaced) + len(choice.hosted),
        "kept": len(choice.candidates) + len(choice.hosted),
        "removed": len(rejections),
        "hosted": {
            "kept": [{"name": h.name, "mode": h.mode} for h in choice.hosted],
            "removed": [
                {"name": r.name, "mode": r.mode, "rules": [b.rule for b in r.broken], "messages": [b.message for b in r.broken]}
                for r in choice.hosted_rejections
            ],
        },
        "removed_by": [
            {"rules": list(broken), "count": count}
            for broken, count in sorted(sets.items(), key=lambda item: (-item[1], item[0]))
        ],
        "closest_miss": _closest(rejections),
        "dominated": _dominated(replaced),
        "dominated_pools": len(choice.dominated) - len(replaced),
    }


def _dominated(replaced: Iterable[Dominated]) -> list[dict[str, Any]]:
    """By what replaces them, and why."""
    found: dict[tuple[str, str], list[str]] = {}
    for one in replaced:
        found.setdefault((one.by, one.why), []).append(one.what)
    return [{"by": by, "why": why, "what": what} for (by, why), what in found.items()]


def _closest(rejections: Iterable[Rejection | HostedRejection]) -> list[dict[str, Any]]:
    best: dict[str, tuple[tuple, Rejection | HostedRejection, Broken]] = {}
    for rejection in rejections:
        for found in rejection.broken:
            miss = math.inf if found.relative_miss is None else found.relative_miss
            rank = (len(rejection.broken), miss, _order(rejection))
            if found.rule not in best or rank < best[found.rule][0]:
                best[found.rule] = rank, rejection, found
    return [
        {
            "rule": rule,
            "candidate": rejection.what,
            "value": found.value,
            "limit": found.limit,
            "unit": found.unit,
            "relative_miss": found.relative_miss,
            "message": found.message,
            "also_broken": sorted({b.rule for b in rejection.broken} - {rule}),
        }
        for rule, (_, rejection, found) in sorted(best.items(), key=lambda item: item[1][0])
    ]


def _order(rejection: Rejection | HostedRejection) -> tuple:
    """Configurations in their order, then hosted options by name."""
    hosted = isinstance(rejection, HostedRejection)
    return hosted, rejection.name if hosted else rejection.configuration
