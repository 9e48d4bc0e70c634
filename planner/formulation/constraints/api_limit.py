"""Requests and tokens sent to a provider API stay within the limits of the account."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from planner.formulation.registry import constraint
from planner.formulation.rows import Rows
from planner.units import SECONDS_PER_MINUTE


@constraint(unit="per minute", limit=True)
def api_limit(sets, var, data) -> Iterator[Rows]:
    r"""What all services send to one model of one provider stays within its requests and tokens per minute.

    .. math:: 60 \sum_{s,b} x_{sbot} \le \bar R_o, \qquad 60 \sum_{s,b} (in_b + out_b) \, x_{sbot} \le \bar T_o

    x_sbot   rate of class b of service s sent to API o                       [requests/s]
    in, out  tokens of a request of the class                                 [tokens]
    R_bar    limit on requests       [requests/minute]                        apis.requests_per_minute
    T_bar    limit on tokens         [tokens/minute]                          apis.tokens_per_minute

    Mean rates of a period are held against the limits: what a minute's burst needs beyond them is asked for with
    ``workload.headroom``. Absent where no limit is stated; the plan then lists the API as assumed obtainable.
    """
    for name, members in limited(sets).items():
        offer = members[0].option.offer
        for what, most in (("requests", offer.requests_per_minute), ("tokens", offer.tokens_per_minute)):
            if most is None:
                continue
            rows = Rows(
                sets.period_count,
                upper=float(most),
                where=f"{name} {what}",
                labels=lambda n=name, w=what: [f"{n} {w} {t}" for t in sets.period_names()],
            )
            for choice in members:
                rows.add(var.hosted[choice.index], SECONDS_PER_MINUTE * weights(choice, what)[:, None] * var.hosted_unit[choice.index])
            yield rows


def api_use(built, decided) -> Iterator[tuple[str, str, np.ndarray, float]]:
    """(API, what is counted, use a minute by period, limit) of every limit of an account."""
    for name, members in limited(built.sets).items():
        offer = members[0].option.offer
        for what, most in (("requests", offer.requests_per_minute), ("tokens", offer.tokens_per_minute)):
            if most is not None:
                used = sum(weights(choice, what) @ decided.hosted[choice.index] for choice in members)
                yield name, what, SECONDS_PER_MINUTE * used, float(most)


def limited(sets) -> dict[str, list]:
    """Hosted choices by the name of the API that they share, those with a limit."""
    found: dict[str, list] = {}
    for choice in sets.hosted:
        offer = choice.option.offer
        if choice.option.workers is not None or choice.option.mode == "provisioned":
            continue
        if offer.requests_per_minute is not None or offer.tokens_per_minute is not None:
            found.setdefault(offer.id, []).append(choice)
    return dict(sorted(found.items()))


def weights(choice, what: str) -> np.ndarray:
    """What one request of each class counts for: one, or its tokens."""
    tokens = np.array(choice.option.tokens)
    return tokens if what == "tokens" else np.ones_like(tokens)
