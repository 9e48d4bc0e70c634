"""Every hosted option of a service: provider APIs and serverless workers, kept or with the rules that they break."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from planner.candidates.apis import API_MODES, api_options
from planner.candidates.hosted import Hosted, HostedRejection
from planner.candidates.registry import rules_of
from planner.candidates.serverless import JudgeWorkers, serverless_options
from planner.economics.api import api_offers
from planner.perf.from_catalog import ServedVariant
from planner.problem.demand import demand
from planner.problem.hosted import ON_BARE_MACHINES
from planner.problem.service import Service


def hosted_options(
    service: Service, problem, catalog, times, variants: Iterable[ServedVariant], judge: JudgeWorkers
) -> tuple[tuple[Hosted, ...], tuple[HostedRejection, ...]]:
    """(options, rejections); ``variants`` of its model that it allows, ``judge`` as for ``serverless_options``."""
    offers = api_offers(problem, catalog) if set(API_MODES) & set(service.modes) else ()
    apis = api_options(service, problem, catalog, offers)
    peak = float(demand(problem, times)[service.name].sum(axis=0).max())
    workers = serverless_options(service, problem, catalog, peak, tuple(variants), judge)
    return (*apis[0], *workers[0]), (*apis[1], *workers[1], *_retired(service, catalog))


def _retired(service: Service, catalog) -> Iterator[HostedRejection]:
    """Services that are closed, for whoever may be answered by hosted ones: people still read of them."""
    if set(service.modes) <= set(ON_BARE_MACHINES):
        return
    for mode in catalog.modes.values():
        broken = tuple(b for r in rules_of("mode") if (b := r.check(mode)) is not None)
        if broken:
            yield HostedRejection(service.name, mode.mode, f"{mode.provider}:{mode.service} {mode.name}", broken)
