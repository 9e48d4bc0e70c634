"""Serverless workers carry what they are sent, are paid for the time they are up, and start rarely enough."""

from __future__ import annotations

from collections.abc import Iterator

from planner.verify.case import Case
from planner.verify.measure import CLAIM_TOLERANCE, Seen, at_least, at_most, equal, refused, unless
from planner.verify.registry import check
from planner.verify.workers import cold_shares


@check("serverless_workers")
def serverless_workers(case: Case) -> Iterator[Seen]:
    """Work, cache and classes fit the workers of every period; where workers stop, enough comes to keep cold starts rare.

    One worker that stops when idle serves alone; with more, requests keep them up all the time.
    """
    for one in case.hosted:
        if one.workers is None:
            continue
        facts, w = one.workers.facts, one.use.workers
        for t in case.periods:
            where = f"{one} {case.names[t]}"
            count = w.stops_when_idle[t] + w.busy[t] + w.kept[t]
            sent = [(b, rate) for b in range(len(facts.work_s)) if (rate := one.rate(b, t))]
            if any(not facts.can_serve[b] for b, _ in sent):
                yield refused(where, "a class is sent there that it cannot serve")
                continue
            if one.offer.by_request:
                yield unless(count, where, "it is paid by request: there are no workers to keep up")
                yield at_most(one.at_once(t), one.offer.max_concurrency or 0, where, unit="requests at once")
                continue
            yield unless(min(w.stops_when_idle[t], w.busy[t], w.kept[t]) < 0, where, "workers are fewer than none")
            alone = w.stops_when_idle[t] <= 1 and not (w.stops_when_idle[t] and (w.busy[t] or w.kept[t]))
            yield unless(not alone, where, "a worker that stops when idle stands beside others")
            yield unless(w.kept[t] and one.offer.kept_usd_per_hour is None, where, "no price of a worker kept up is known")
            yield at_most(count, one.offer.max_workers, where, unit="workers")
            yield at_most(one.work(t), one.worker_room(t), where, unit="busy workers", floor=1e-3)
            if facts.kv_capacity_tokens is not None:
                held = sum(rate * facts.residence_s[b] * facts.kv_tokens[b] for b, rate in sent) / facts.kv_capacity_tokens
                yield at_most(held, count, where, unit="workers' cache", floor=1e-3)
            stopping = w.stops_when_idle[t] + w.busy[t]
            if stopping:
                yield at_least(one.requests_per_s(t), one.workers.least_rate * stopping, where, unit="requests/s")


@check("claimed_workers", tolerance=CLAIM_TOLERANCE)
def claimed_workers(case: Case) -> Iterator[Seen]:
    """The time that a worker is up and the share of cold starts follow from what is sent there."""
    for one in case.hosted:
        if one.workers is None:
            continue
        w = one.use.workers
        for t in case.periods:
            where = f"{one} {case.names[t]}"
            yield equal(w.up_share[t], one.up_share(t), f"{where} up_share", floor=1e-6)
            yield equal(w.cold_share[t], cold_shares(one, t), f"{where} cold_share", floor=1e-6)


@check("worker_accelerator")
def worker_accelerator(case: Case) -> Iterator[Seen]:
    """Workers have an accelerator that the service allows, by maker, name and number."""
    for one in case.hosted:
        found = [b.message for b in one.broken if b.rule == "worker_accelerator"]
        yield unless(found, str(one), "; ".join(found))
