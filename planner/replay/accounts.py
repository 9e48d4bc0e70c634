"""Accounts of provider APIs: requests and tokens a minute, which all services of a plan share."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from planner.economics.api import ApiOffer
from planner.replay.bucket import Bucket
from planner.replay.hosted import API, BATCH, Assigned, Option
from planner.simulate.arrivals import Requests

#: Requests of one service in order of time, each chunk with its options.
Stream = Callable[[], Iterator[Assigned]]


class Account:
    """Who of one service is let in, asked chunk by chunk in order of time."""

    def __init__(self, bucket: Bucket) -> None:
        self.bucket = bucket

    def admitted(self, requests: Requests) -> np.ndarray:
        """Which of the requests find room in the account's limits."""
        return self.bucket.admitted(requests.at_ps, needs(requests))


class Told(Account):
    """Who is let in is known from having merged all services before."""

    def __init__(self, bits: list[np.ndarray]) -> None:
        self.bits, self.rest = iter(bits), np.zeros(0, bool)

    def admitted(self, requests: Requests) -> np.ndarray:
        count = len(requests.at_ps)
        while len(self.rest) < count:
            self.rest = np.concatenate([self.rest, next(self.bits)])
        found, self.rest = self.rest[:count], self.rest[count:]
        return found


def accounts_of(options: tuple[Option, ...], shared: dict[str, Account]) -> dict[str, Account]:
    """By API; those that other services share are ``shared``."""
    found = dict(shared)
    for one in options:
        if one.mode in (API, BATCH) and one.offer.id not in found:
            found[one.offer.id] = Account(bucket_of(one.offer))
    return found


def merged(offer: ApiOffer, streams: dict[str, tuple[tuple[Option, ...], Stream]]) -> dict[str, Account]:
    """Who of each service is let in where several share the limits of one API: all their requests in order of time.

    streams  by service, its options and its requests; the requests are made a second time when the service is played
    """
    bucket, told = bucket_of(offer), {name: [] for name in streams}
    flows = {name: _only(offer, *stream) for name, stream in streams.items()}
    waiting = {name: next(flow, None) for name, flow in flows.items()}
    while any(part is not None for part in waiting.values()):
        # Up to the earliest end of a chunk everything is known.
        until = min(part.at_ps[-1] for part in waiting.values() if part is not None)
        taken = {name: int(np.searchsorted(part.at_ps, until, side="right")) for name, part in waiting.items() if part is not None}
        at = np.concatenate([waiting[name].at_ps[:count] for name, count in taken.items()])
        need = np.concatenate([needs(waiting[name])[:count] for name, count in taken.items()])
        order = np.argsort(at, kind="stable")
        let_in = np.zeros(len(at), bool)
        let_in[order] = bucket.admitted(at[order], need[order])
        first = 0
        for name, count in taken.items():
            told[name].append(let_in[first : first + count])
            first += count
            part = waiting[name]
            left = Requests(part.at_ps[count:], part.kind[count:], part.input_tokens[count:], part.output_tokens[count:])
            waiting[name] = left if len(left.at_ps) else next(flows[name], None)
    return {name: Told(bits) for name, bits in told.items()}


def bucket_of(offer: ApiOffer) -> Bucket:
    """The limits of the account with one API."""
    return Bucket(offer.requests_per_minute, offer.tokens_per_minute)


def limited(offer: ApiOffer) -> bool:
    """Whether the account has any limit."""
    return offer.requests_per_minute is not None or offer.tokens_per_minute is not None


def needs(requests: Requests) -> np.ndarray:
    """Of each request: one, and its tokens."""
    return np.stack([np.ones(len(requests.at_ps)), (requests.input_tokens + requests.output_tokens).astype(float)], axis=1)


def for_account(offer: ApiOffer, options: tuple[Option, ...], part: Assigned) -> np.ndarray:
    """Which requests of a chunk count against the account's limits."""
    own = [k for k, one in enumerate(options) if one.mode in (API, BATCH) and one.offer.id == offer.id]
    return np.isin(part.option, own)


def _only(offer: ApiOffer, options: tuple[Option, ...], stream: Stream) -> Iterator[Requests]:
    for part in stream():
        requests = part.of(for_account(offer, options, part))
        if len(requests.at_ps):
            yield requests
