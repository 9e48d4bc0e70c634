"""Reads what hosted options answer for a service from the decisions."""

from __future__ import annotations

from planner.formulation.build import Built
from planner.formulation.decisions import Decisions
from planner.formulation.hosted import usd_of
from planner.plan.schema import HostedUse


def hosted_uses(built: Built, decided: Decisions, number: int) -> tuple[HostedUse, ...]:
    """Every hosted option that a service is sent to, with what it is paid."""
    names = built.sets.choices[number].class_names
    found = []
    for choice in built.sets.hosted_of[number]:
        rate = decided.hosted[choice.index]
        if not rate.any():
            continue
        found.append(
            HostedUse(
                mode=choice.option.mode,
                name=choice.option.name,
                provider=choice.option.offer.provider,
                rate_per_s={name: tuple(float(v) for v in rate[b]) for b, name in enumerate(names) if rate[b].any()},
                usd_per_month=usd_of(choice, rate, built.data.hours),
            )
        )
    return tuple(found)
