"""What became of requests for provider APIs: let in or refused, on time by what is stated of them, and what they cost."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from planner.problem.service import Service
from planner.replay.accounts import Account, for_account
from planner.replay.fleets import class_names
from planner.replay.hosted import BATCH, NOWHERE, OWN, PROVISIONED, Assigned, Option, Sent
from planner.simulate.arrivals import Requests
from planner.simulate.kernel.world import FINISHED, NOBODY, PS_PER_S, REFUSED, ROW
from planner.simulate.tally import METRICS, Attainment, Limit
from planner.units import SECONDS_PER_HOUR

TOKENS_PER_PRICE = 1e6


@dataclass(frozen=True)
class OptionFound:
    """One provider API: its requests over all seeds, what is stated of its latency, and dollars of one run beside the plan's.

    overflow   requests that provisioned units did not carry
    stated_ms  by metric and percentile; empty: the latency is unknown
    """

    name: str
    mode: str
    requests: int
    refused: int
    overflow: int
    stated_ms: dict[str, dict[str, float]]
    usd: float
    claimed_usd: float


def own_requests(
    parts: Iterator[Assigned],
    sent: Sent,
    accounts: Mapping[str, Account],
    warm_up_s: float,
    turned_away: Callable[[np.ndarray], None],
    let_in: Callable[[np.ndarray], None] | None = None,
) -> Iterator[Requests]:
    """The requests that are for own replicas; the others are counted in ``sent``, and rows of those refused given to ``turned_away``.

    let_in  is given rows of those that a provider answers: nobody knows when, so they end as they arrive
    """
    last = 0.0
    for part in parts:
        chunk, hosted = part.chunk, part.option != OWN
        if not hosted.any():
            yield chunk
            continue
        last = float(chunk.at_ps[hosted][-1]) / PS_PER_S
        refused = part.option == NOWHERE
        sent.unsold += int(refused.sum())
        offers = {one.offer.id: one.offer for one in sent.options}
        for name, account in accounts.items():
            if name in offers:
                here = np.flatnonzero(for_account(offers[name], sent.options, part))
                refused[here[~account.admitted(part.of(here))]] = True
        for k, one in enumerate(sent.options):
            _count(one, part, part.option == k, refused, warm_up_s)
        if refused.any():
            turned_away(_rows(part.of(refused), sent.refused, REFUSED))
        if let_in is not None and (hosted & ~refused).any():
            let_in(_rows(part.of(hosted & ~refused), sent.refused, FINISHED))
        yield part.of(~hosted)
    sent.seconds += last


def with_stated(own: Attainment, sent: Sent) -> Attainment:
    """A limit's attainment over own and hosted requests: what is stated of an API's latency is taken at its word, not drawn.

    The share of its requests in time is the highest percentile stated to be within the limit. Where nothing is stated, the limit's
    attainment is unknown, and the limit is not met.
    """
    hosted = sum(one.counted for one in sent.options)
    if not hosted:
        return own
    shares = [(one.counted, _share_in_time(one, own.limit)) for one in sent.options if one.counted]
    unknown = sum(count for count, share in shares if share is None)
    total = own.requests + hosted
    if unknown:
        return replace(own, requests=total, attainment=None, lower_bound=None, unknown=unknown)
    met = sum(count * share for count, share in shares)
    # Three times a stated share of 0.95 is 0.95 in all, whatever binary fractions make of it.
    shares_in_time = (round((met + own.requests * (share or 0.0)) / total, 12) for share in (own.attainment, own.lower_bound))
    return replace(own, requests=total, **dict(zip(("attainment", "lower_bound"), shares_in_time)))


def within_window(own: Attainment, sent: Sent) -> Attainment:
    """Work that may wait, own and hosted: what a provider lets in is due when it states, which the plan's rules hold to the window."""
    hosted = sum(one.counted for one in sent.options)
    if not hosted:
        return own
    total = own.requests + hosted
    shares = ((hosted + own.requests * (share or 0.0)) / total for share in (own.attainment, own.lower_bound))
    return replace(own, requests=total, **dict(zip(("attainment", "lower_bound"), shares)))


def options_found(service: Service, sent: Sent, runs: int, hours: Mapping[int, float]) -> tuple[OptionFound, ...]:
    """One entry for each provider API; ``hours`` are those simulated in each period of a run."""
    return tuple(
        OptionFound(
            one.name, one.mode, one.requests, one.refused, one.overflow, _stated(one), _usd(service, one, one.input_tokens, one.output_tokens) / runs,
            _claimed_usd(service, one, hours),
        )
        for one in sent.options
    )  # fmt: skip


def _count(one: Option, part: Assigned, here: np.ndarray, refused: np.ndarray, warm_up_s: float) -> None:
    let_in = here & ~refused
    one.requests += int(here.sum())
    one.refused += int((here & refused).sum())
    one.overflow += int((here & part.spilt).sum())
    one.counted += int((let_in & (part.chunk.at_ps >= warm_up_s * PS_PER_S)).sum())
    one.input_tokens += int(part.chunk.input_tokens[let_in].sum())
    one.output_tokens += int(part.chunk.output_tokens[let_in].sum())


def _rows(requests: Requests, refused: int, status: int) -> np.ndarray:
    """Rows of requests that no replica had to do with, numbered down from -1."""
    rows = np.zeros(len(requests.at_ps), ROW)
    rows["index"] = -1 - refused + np.arange(len(rows))
    rows["kind"], rows["arrived"], rows["input"], rows["output"] = requests.kind, requests.at_ps, requests.input_tokens, requests.output_tokens
    rows["status"], rows["replica"] = status, NOBODY
    return rows


def _share_in_time(one: Option, limit: Limit) -> float | None:
    stated = getattr(one.offer, f"{limit.metric}_ms")
    if not stated:
        return None
    return max((percentile / 100.0 for percentile, ms in stated if ms <= limit.limit_ms), default=0.0)


def _stated(one: Option) -> dict[str, dict[str, float]]:
    known = {f"{metric}_ms": getattr(one.offer, f"{metric}_ms") for metric in METRICS}
    return {metric: {f"p{percentile:g}": ms for percentile, ms in stated} for metric, stated in known.items() if stated}


def _usd(service: Service, one: Option, tokens_in: float, tokens_out: float) -> float:
    """Of so many tokens; units are paid whether they are used or not."""
    offer = one.offer
    if one.mode == PROVISIONED or not tokens_in + tokens_out:
        return 0.0
    if one.mode == BATCH:
        return (tokens_in * offer.batch_input_usd_per_mtok + tokens_out * offer.batch_output_usd_per_mtok) / TOKENS_PER_PRICE
    hit = service.workload.prefix_hit
    cached = offer.input_usd_per_mtok if offer.cached_input_usd_per_mtok is None else offer.cached_input_usd_per_mtok
    per_input = (1.0 - hit) * offer.input_usd_per_mtok + hit * cached
    return (tokens_in * per_input + tokens_out * offer.output_usd_per_mtok) / TOKENS_PER_PRICE


def _claimed_usd(service: Service, one: Option, hours: Mapping[int, float]) -> float:
    if one.use is None:
        return 0.0
    found = 0.0
    for name, c in zip(class_names(service), service.workload.classes or ()):
        requests = sum(SECONDS_PER_HOUR * h * one.use.rate_per_s[name][t] for t, h in hours.items()) if name in one.use.rate_per_s else 0.0
        found += _usd(service, one, requests * c.input_tokens, requests * c.output_tokens)
    return found
