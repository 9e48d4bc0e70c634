"""Reads what hosted options answer for a service from the decisions."""

from __future__ import annotations

from planner.economics.serverless import cold_share
from planner.formulation.build import Built
from planner.formulation.decisions import Decisions
from planner.formulation.hosted import usd_of
from planner.plan.hosted import HostedUse, HostedWorkers


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
                usd_per_month=usd_of(choice, decided, built.data.hours),
                units=decided.provisioned.get(choice.index),
                workers=None if choice.option.workers is None else _workers(built, decided, choice),
            )
        )
    return tuple(found)


def _workers(built: Built, decided: Decisions, choice) -> HostedWorkers:
    option, periods = choice.option, built.data.hours.size
    configuration = option.workers.configuration
    none = (0,) * periods
    found = decided.workers.get(choice.index)  # None: paid by request, there is nothing to keep up
    return HostedWorkers(
        variant=configuration.variant,
        accelerator=configuration.accelerator,
        max_num_seqs=configuration.max_num_seqs,
        engine=configuration.engine,
        stops_when_idle=none if found is None else tuple(int(n) for n in found.zero),
        up_share=(0.0,) * periods if found is None else tuple(float(share) for share in found.up),
        busy=none if found is None else tuple(int(n) for n in found.flex),
        kept=none if found is None else tuple(int(n) for n in found.kept),
        cold_share=_any_may_be_first(decided, choice) if found is None else _cold(built, decided, choice),
    )


def _any_may_be_first(decided: Decisions, choice) -> tuple[float, ...]:
    return tuple(1.0 if sent else 0.0 for sent in decided.hosted[choice.index].any(axis=0))


def _cold(built: Built, decided: Decisions, choice) -> tuple[float, ...]:
    """Most of the requests sent there that meet a cold start: none where only kept workers serve."""
    found, option = decided.workers[choice.index], choice.option
    service = built.sets.services[choice.service]
    dispersion = service.workload.dispersion_10s or 1.0
    shares = []
    for t, rate in enumerate(decided.hosted[choice.index].sum(axis=0)):
        stopping = int(found.zero[t] + found.flex[t])
        shares.append(cold_share(float(rate) / stopping, option.offer, option.workers.cold_s, dispersion) if stopping else 0.0)
    return tuple(shares)
