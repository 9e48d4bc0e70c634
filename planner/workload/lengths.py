"""Length classes of requests: a joint histogram of input and output tokens, and its reduction to a few classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

MOST_CLASSES = 12
# Half-octave buckets up to 16 million tokens: 0, 1, 2, 3, 4, 6, 8, 11, 16, 23, 32, ...
DEFAULT_EDGES = (0, *sorted({round(2 ** (k / 2)) for k in range(49)}))


@dataclass(frozen=True)
class SecondMoments:
    """Means of products over requests, in tokens squared: prefill attention grows with the first, KV with the others."""

    input_input: float
    input_output: float
    output_output: float


@dataclass(frozen=True)
class LengthClasses:
    """Requests by length, in order of input, then output; the tuples are equally long.

    share          of the requests; the shares sum to 1
    input_tokens   mean prompt tokens of each class
    output_tokens  mean generated tokens of each class
    names          unique, such as ``in1033-out134``
    moments        second moments of the requests that the classes were made from, not of the classes
    """

    share: tuple[float, ...]
    input_tokens: tuple[float, ...]
    output_tokens: tuple[float, ...]
    names: tuple[str, ...]
    moments: SecondMoments

    @property
    def second_moment_kept(self) -> SecondMoments:
        """Second moments of the class means as a share of the requests' own; 1 means that nothing was lost."""
        own = _moments(np.array(self.share), np.array(self.input_tokens), np.array(self.output_tokens))
        return SecondMoments(
            own.input_input / self.moments.input_input,
            own.input_output / self.moments.input_output,
            own.output_output / self.moments.output_output,
        )


def joint_histogram(
    input_tokens: Sequence[int] | np.ndarray,
    output_tokens: Sequence[int] | np.ndarray,
    input_edges: Sequence[float] = DEFAULT_EDGES,
    output_edges: Sequence[float] = DEFAULT_EDGES,
) -> LengthClasses:
    """One class per occupied cell of the grid; bucket k holds ``edges[k] <= tokens < edges[k + 1]``.

    Raises ``ValueError`` without requests, for tokens outside the edges, and for edges that do not increase.
    """
    tokens_in, tokens_out = np.asarray(input_tokens, dtype=float), np.asarray(output_tokens, dtype=float)
    if len(tokens_in) != len(tokens_out) or not len(tokens_in):
        raise ValueError("input and output tokens must be equally many, at least one each")
    cell = _bucket(tokens_in, input_edges) * len(output_edges) + _bucket(tokens_out, output_edges)
    _, member = np.unique(cell, return_inverse=True)
    count = np.bincount(member)
    every = np.full(len(tokens_in), 1 / len(tokens_in))
    return _classes(
        count / len(tokens_in),
        np.bincount(member, tokens_in) / count,
        np.bincount(member, tokens_out) / count,
        _moments(every, tokens_in, tokens_out),
    )


def from_cells(share: Sequence[float], input_tokens: Sequence[float], output_tokens: Sequence[float]) -> LengthClasses:
    """Classes from given cells; empty ones are dropped and the shares scaled to sum to 1.

    The cells' own second moments stand for the requests', which a histogram no longer knows.
    """
    weight = np.asarray(share, dtype=float)
    used = weight > 0
    weight = weight[used] / weight[used].sum()
    tokens_in, tokens_out = np.asarray(input_tokens, dtype=float)[used], np.asarray(output_tokens, dtype=float)[used]
    return _classes(weight, tokens_in, tokens_out, _moments(weight, tokens_in, tokens_out))


def merged(classes: LengthClasses, most: int = MOST_CLASSES) -> LengthClasses:
    """At most ``most`` classes, each the exact mean of those it joins.

    Mean input and output over all requests, and so all work linear in them, stay the same. Joined are always the two
    classes whose union loses the least second moment, share₁·share₂/(share₁+share₂) times their squared distance with
    input and output each scaled by their root mean square (Ward, J. Am. Stat. Assoc. 58, 1963); ties go to the first.
    """
    if most < 1:
        raise ValueError("at least one class is needed")
    share, tokens = np.array(classes.share), np.array([classes.input_tokens, classes.output_tokens])
    scale = np.sqrt((share * tokens**2).sum(axis=1, keepdims=True))
    point = tokens / scale
    loss = _losses(share, point)
    alive = len(share)
    while alive > most:
        keep, gone = sorted(divmod(int(np.argmin(loss)), len(share)))
        total = share[keep] + share[gone]
        point[:, keep] = (share[keep] * point[:, keep] + share[gone] * point[:, gone]) / total
        share[keep], share[gone] = total, 0.0
        loss[gone, :] = loss[:, gone] = np.inf
        others = share > 0
        others[keep] = False
        fresh = share[keep] * share / (share[keep] + share) * ((point - point[:, [keep]]) ** 2).sum(axis=0)
        loss[keep, others] = loss[others, keep] = fresh[others]
        alive -= 1
    used = share > 0
    return _classes(share[used], *(point * scale)[:, used], classes.moments)


def _losses(share: np.ndarray, point: np.ndarray) -> np.ndarray:
    distance = ((point[:, :, None] - point[:, None, :]) ** 2).sum(axis=0)
    loss = share[:, None] * share[None, :] / (share[:, None] + share[None, :]) * distance
    np.fill_diagonal(loss, np.inf)
    return loss


def _bucket(tokens: np.ndarray, edges: Sequence[float]) -> np.ndarray:
    bounds = np.asarray(edges, dtype=float)
    if len(bounds) < 2 or np.any(np.diff(bounds) <= 0):
        raise ValueError("edges must increase")
    if tokens.min() < bounds[0] or tokens.max() >= bounds[-1]:
        raise ValueError(f"tokens from {tokens.min():g} to {tokens.max():g} do not fit the edges {bounds[0]:g} to {bounds[-1]:g}")
    return np.searchsorted(bounds, tokens, side="right") - 1


def _moments(share: np.ndarray, tokens_in: np.ndarray, tokens_out: np.ndarray) -> SecondMoments:
    return SecondMoments(
        float((share * tokens_in**2).sum()),
        float((share * tokens_in * tokens_out).sum()),
        float((share * tokens_out**2).sum()),
    )


def _classes(share: np.ndarray, tokens_in: np.ndarray, tokens_out: np.ndarray, moments: SecondMoments) -> LengthClasses:
    order = np.lexsort((share, tokens_out, tokens_in))
    share, tokens_in, tokens_out = share[order], tokens_in[order], tokens_out[order]
    share = share / share.sum()
    names: list[str] = []
    for inputs, outputs in zip(tokens_in, tokens_out):
        name = f"in{inputs:.0f}-out{outputs:.0f}"
        twins = sum(other == name or other.startswith(f"{name}-") for other in names)
        names.append(f"{name}-{twins + 1}" if twins else name)
    return LengthClasses(
        tuple(map(float, share)), tuple(map(float, tokens_in)), tuple(map(float, tokens_out)), tuple(names), moments
    )
