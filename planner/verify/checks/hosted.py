"""Hosted options: what a service allows, what their provider takes, and what they are paid."""

from __future__ import annotations

from collections.abc import Iterator

from planner.economics.api import attributes_of, held_by_own_replicas
from planner.problem.hosted import SELF_HOSTED
from planner.verify.case import Case
from planner.verify.checks.rules import LEAST_MISS
from planner.verify.figures import api_limits
from planner.verify.measure import ALL, CLAIM_TOLERANCE, Seen, at_most, equal, unless
from planner.verify.registry import check

#: Rules that are recounted from the facts of a hosted option, with what each demands.
HOSTED_RULES: dict[str, str] = {
    "hosted_provider": "The provider, or the cloud that sells it, is one that the service allows.",
    "hosted_place": "Every place that may process requests is one that the service allows; an unknown one is not.",
    "hosted_attributes": "The provider is stated to have every attribute that the service requires.",
    "hosted_emissions": "Nothing caps, prices or offsets carbon: emissions of hosted options are unknown.",
    "hosted_quality": "Where a floor is set, the quality of what is served is known and not under ``quality.min``.",
    "serverless_price_known": "The price of a worker is known.",
    "serverless_facts_known": "Cold start and idle timeout are known; paid by request, the cold start.",
    "serverless_accelerated": "What its workers compute with is known.",
    "serverless_concurrency": "A worker is sent no more requests at once than it takes; paid by request, those at once fit the limit.",
    "serverless_memory": "The model fits the memory of a service without accelerators.",
    "serverless_payload": "The largest request is within the service's limit, which is known.",
    "serverless_time": "Cold start and the slowest class are within the longest time of a request, which is known.",
    "serverless_cold_start": "The busiest period has enough requests to keep cold starts rare, or workers can be kept up.",
    "serverless_prepared": "The variant needs no preparation.",
    "api_price_known": "Prices of input and output tokens are known.",
    "provisioned_units": "What a unit costs and carries is known, and the horizon is a whole number of its terms.",
    "api_batch_window": "A batch is answered within the service's window, in hours that are known.",
    "api_sold": "No end of sale is announced within the horizon.",
    "api_variant": "The model is served as published, or altered in a way that the service allows.",
    "api_context": "The longest request fits the API's context.",
    "api_latency": "Every latency limit is met by a figure that is known.",
}


def _recount(rule: str, demand: str) -> None:
    def function(case: Case) -> Iterator[Seen]:
        for one in case.hosted:
            found = [b for b in one.broken if b.rule == rule]
            for broken in found:
                miss = broken.relative_miss
                yield Seen(ALL if miss is None else max(miss, LEAST_MISS), str(one), broken.message)
            if not found:
                yield Seen(0.0, str(one))

    function.__doc__ = demand
    check(rule)(function)


for _rule, _demand in HOSTED_RULES.items():
    _recount(_rule, _demand)


@check("worker_rules")
def worker_rules(case: Case) -> Iterator[Seen]:
    """Workers break no rule of a replica: memory, precision, latency, variant, settings."""
    for one in case.hosted:
        other = [b.rule for b in one.broken if b.rule not in HOSTED_RULES and b.rule != "worker_accelerator"]
        yield unless(other, str(one), f"breaks {', '.join(other)}")


@check("modes")
def modes(case: Case) -> Iterator[Seen]:
    """Services are answered in modes that they allow, by options that problem and catalogue sell for them."""
    for p in case.used:
        yield unless(not set(p.service.modes) & set(SELF_HOSTED), str(p), "the service allows no replicas of its own")
    for one in case.hosted:
        yield unless(one.use.mode not in one.service.modes, str(one), f"the service does not allow {one.use.mode}")
        yield unless(one.offer is None, str(one), "no such option is sold for this service")


@check("mode_retired")
def mode_retired(case: Case) -> Iterator[Seen]:
    """No request goes to a hosted service that the catalogue lists as retired."""
    closed = {f"{m.provider}:{m.service} {m.name}" for m in case.catalog.modes.values() if m.retired}
    for one in case.hosted:
        yield unless(one.use.name in closed, str(one), "the service is retired")


@check("attributes")
def attributes(case: Case) -> Iterator[Seen]:
    """What a service requires is stated of the provider of every pool that it stands in, or follows from own replicas."""
    for p in case.used:
        known = attributes_of(case.problem, p.pool.provider) | held_by_own_replicas(owned=p.pool.owned is not None)
        missing = set(p.service.requires) - known
        yield unless(missing, str(p), f"not known of {p.pool.provider}: {', '.join(sorted(missing))}")


@check("api_limit")
def api_limit(case: Case) -> Iterator[Seen]:
    """Requests and tokens a minute that all services send to one API are within the limits of the account."""
    for figure in api_limits(case):
        yield at_most(figure.value, figure.limit, figure.where, unit=figure.unit)


@check("provisioned_capacity")
def provisioned_capacity(case: Case) -> Iterator[Seen]:
    """What is sent to provisioned throughput fits the units paid for, a whole number of steps and no fewer than the smallest purchase."""
    for one in case.hosted:
        yield unless((one.use.units is not None) != (one.use.mode == "provisioned"), str(one), "units go with the mode provisioned, and with no other")
        if one.use.mode != "provisioned" or one.use.units is None or one.offer is None or one.offer.provisioned is None:
            continue
        units, sold = one.use.units, one.offer.provisioned
        yield unless(units % sold.step_units or units < sold.minimum_units, str(one), f"{units} units; sold from {sold.minimum_units} in steps of {sold.step_units}")
        for t in case.periods:
            yield at_most(one.weighed_tokens_per_minute(t), units * sold.tokens_per_minute, f"{one} {case.names[t]}", unit="tokens/minute")


@check("claimed_hosted", tolerance=CLAIM_TOLERANCE)
def claimed_hosted(case: Case) -> Iterator[Seen]:
    """What each hosted option is paid follows from the requests sent to it and its prices."""
    for one in case.hosted:
        yield equal(one.use.usd_per_month, one.usd(case.hours), str(one), unit="USD/month", floor=1e-6)
        if one.offer is not None:
            yield unless(one.use.provider != one.offer.provider, str(one), f"it is sold by {one.offer.provider}")
