"""Requests in order of arrival: from a trace, at its own or a scaled rate, or drawn with a stated burstiness."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from planner.simulate.kernel.world import PS_PER_S

#: Requests handed to the loop at once; what bounds memory on long runs.
CHUNK = 200_000
#: Answers of a class are drawn so far around its mean, all lengths alike likely (assumed; its standard deviation is 12 %). Without any spread
#: requests that began together end together, and full replicas fall into a step that no real traffic has.
SPREAD = 0.2
#: Burstiness is stated as the index of dispersion of counts over windows of this length.
WINDOW_S = 10.0
#: Sets the draws of lengths apart from those of instants and classes.
LENGTHS = 7


@dataclass(frozen=True, eq=False)
class Requests:
    """Some requests in order of arrival; the arrays are equally long.

    at_ps   instants in picoseconds; ``kind`` their request class
    """

    at_ps: np.ndarray
    kind: np.ndarray
    input_tokens: np.ndarray
    output_tokens: np.ndarray


def replayed(
    t_seconds: np.ndarray, input_tokens: np.ndarray, output_tokens: np.ndarray, classes: Sequence[tuple[float, float]], scale: float = 1.0
) -> Iterator[Requests]:
    """A trace from its first arrival at 0, ``scale`` times as fast; requests belong to the class nearest in length."""
    at = (np.asarray(t_seconds, float) - float(t_seconds[0])) / scale
    for first in range(0, len(at), CHUNK):
        part = slice(first, first + CHUNK)
        tokens_in, tokens_out = np.asarray(input_tokens[part], np.int64), np.asarray(output_tokens[part], np.int64)
        yield Requests(np.rint(at[part] * PS_PER_S).astype(np.int64), nearest_class(tokens_in, tokens_out, classes), tokens_in, tokens_out)


def drawn(
    stages: Sequence[tuple[float, float, Sequence[float]]],
    lengths: Sequence[tuple[float, float]],
    dispersion: float,
    seed: int,
    names: Sequence[int] | None = None,
    *,
    spread: float = 0.0,
    longest: float = math.inf,
) -> Iterator[Requests]:
    """Arrivals of ``stages`` (start, end in seconds, requests/s of each class), with the index of dispersion over 10 s.

    Above 1 the rate of every window of 10 s is drawn from a gamma distribution and arrivals within it are Poisson: the
    variance over the mean of counts is then the dispersion. Below 1 every k-th of a Poisson stream k times as fast
    arrives, k the nearest to its inverse. Lengths are the means of the classes, rounded; output ``spread`` evenly by that share
    of itself to either side, though a request of at most ``longest`` tokens becomes none of more.
    """
    draw, stretch = (np.random.Generator(np.random.PCG64([seed, *(names or ()), *more])) for more in ((), (LENGTHS,)))
    tokens = np.maximum(np.rint(np.array(lengths, float)), 1).astype(np.int64)
    for start, end, rates in stages:
        total = float(sum(rates))
        if total <= 0.0 or end <= start:
            continue
        share = np.cumsum(np.array(rates, float) / total)
        for at in _instants(draw, start, end, total, dispersion):
            kind = np.minimum(np.searchsorted(share, draw.random(len(at)), side="right"), len(share) - 1)
            given, made = tokens[kind, 0], tokens[kind, 1]
            if spread:
                factor = 1.0 + spread * (2.0 * stretch.random(len(at)) - 1.0)
                room = np.maximum(longest - given, made)
                made = np.maximum(np.minimum(np.rint(made * factor), room), 1).astype(np.int64)
            yield Requests(np.rint(at * PS_PER_S).astype(np.int64), kind.astype(np.int64), given, made)


def doubled(chunks: Iterable[Requests], start_s: float, end_s: float, seed: int) -> Iterator[Requests]:
    """Every request that arrives from ``start_s`` to ``end_s`` comes twice, the second time within a second of the first."""
    draw = np.random.Generator(np.random.PCG64([seed, 2]))
    for chunk in chunks:
        twice = (chunk.at_ps >= start_s * PS_PER_S) & (chunk.at_ps < end_s * PS_PER_S)
        if not twice.any():
            yield chunk
            continue
        later = chunk.at_ps[twice] + (draw.random(int(twice.sum())) * PS_PER_S).astype(np.int64)
        # Not beyond the chunk: the next one goes on from here.
        at = np.concatenate([chunk.at_ps, np.minimum(later, chunk.at_ps[-1])])
        order = np.argsort(at, kind="stable")
        every = (np.concatenate([part, part[twice]])[order] for part in (chunk.kind, chunk.input_tokens, chunk.output_tokens))
        yield Requests(at[order], *every)


def nearest_class(tokens_in: np.ndarray, tokens_out: np.ndarray, classes: Sequence[tuple[float, float]]) -> np.ndarray:
    """The class of each request: least distance, input and output each in units of the classes' root mean square."""
    centre = np.array(classes, float).reshape(-1, 2)
    scale = np.sqrt(np.maximum((centre**2).mean(axis=0), 1.0))
    best, found = np.full(len(tokens_in), np.inf), np.zeros(len(tokens_in), np.int64)
    for k, (mean_in, mean_out) in enumerate(centre):
        distance = ((tokens_in - mean_in) / scale[0]) ** 2 + ((tokens_out - mean_out) / scale[1]) ** 2
        nearer = distance < best
        best[nearer], found[nearer] = distance[nearer], k
    return found


def _instants(draw: np.random.Generator, start: float, end: float, rate: float, dispersion: float) -> Iterator[np.ndarray]:
    windows = max(1, int(CHUNK / max(rate * WINDOW_S, 1.0)))
    at = start
    carried = 0
    while at < end:
        past = min(end, at + windows * WINDOW_S)
        edges = np.append(np.arange(at, past, WINDOW_S), past)
        mean = rate * np.diff(edges)
        every = 1
        if dispersion > 1.0:
            mean = draw.gamma(mean / (dispersion - 1.0), dispersion - 1.0)
        else:
            every = max(1, round(1.0 / max(dispersion, 1e-3)))
        counts = draw.poisson(mean * every)
        instants = np.sort(np.repeat(edges[:-1], counts) + draw.random(int(counts.sum())) * np.repeat(np.diff(edges), counts))
        taken = instants[(every - 1 - carried) % every :: every]
        carried = (carried + len(instants)) % every
        yield taken
        at = past
