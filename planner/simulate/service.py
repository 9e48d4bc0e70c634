"""Runs one service's requests through its replicas, once for every seed, and gathers what came of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from planner.simulate.arrivals import Requests
from planner.simulate.build import build, ps, with_room
from planner.simulate.fleet import Fleet, Outage
from planner.simulate.kernel.billing import settled
from planner.simulate.kernel.loop import abandon, advance
from planner.simulate.tally import Limit, Tally
from planner.simulate.kernel.world import NEVER, PS_PER_S, ROUTERS, World

#: After the last arrival the system has this long to finish what is in it, or this many times the largest limit.
DRAIN_S, DRAIN_LIMITS = 3600.0, 20.0


@dataclass(frozen=True)
class Rules:
    """How requests are sent and what happens to those whose replica is lost.

    router         a name of ``world.ROUTERS``
    retry          requests of a lost replica start anew elsewhere; otherwise they are lost
    stepping       one iteration at a time: the slow oracle of jumping
    start_delay_s  replicas added in a later period come so late
    """

    router: str = "plan"
    retry: bool = True
    stepping: bool = False
    start_delay_s: float = 0.0


@dataclass(frozen=True, eq=False)
class Played:
    """One seed's run: the final state of replicas, and how long it lasted [s]; ``area`` in request-seconds."""

    world: World
    arrivals: int
    last_arrival_s: float
    ended_s: float
    area: float
    tokens: tuple[int, int]


def play(
    fleet: Fleet,
    chunks: Iterable[Requests],
    tallies: Sequence[Tally],
    *,
    seed: int = 0,
    rules: Rules = Rules(),
    outages: Sequence[Outage] = (),
    limits: Sequence[Limit] = (),
    on_rows: Callable[[np.ndarray, np.ndarray], None] | None = None,
    paid_s: float = 0.0,
    drain_s: float | None = None,
    over: Callable[[], bool] | None = None,
) -> Played:
    """Plays all requests; every tally counts all rows, and ``on_rows`` is given them with their time before prefill.

    Gaps between tokens are counted in the batches of the first tally, and for all of them.

    The world starts empty and is given ``drain_s`` to finish at the end. Time up to ``paid_s`` is paid, where replicas come and
    go by themselves. What is still there when it is ``over``, as is asked before each chunk, is not counted.
    """
    world = build(
        fleet, outages, router=ROUTERS[rules.router], retry=rules.retry, stepping=rules.stepping, start_delay_s=rules.start_delay_s, paid_s=paid_s,
        gaps=tallies[0].gap_batches if tallies else (0, 1, 1),
    )  # fmt: skip
    draw = np.random.Generator(np.random.PCG64([seed, 1]))
    # Of every replica, and last of the requests that no replica took.
    prompt = np.array([*(ps(fleet.groups[g].times.prompt_s) for g, _, _ in fleet.replicas()), 0], np.int64)
    arrivals, last, asked_in, asked_out = 0, 0, 0, 0
    none = Requests(*(np.zeros(0, np.int64),) * 4)

    def hand_over(requests: Requests, until: int) -> None:
        nonlocal world
        world = with_room(world, len(requests.at_ps))
        draws = draw.random(len(requests.at_ps))
        advance(world, arrivals, requests.at_ps, requests.kind, requests.input_tokens, requests.output_tokens, draws, until)
        collect()

    def collect() -> None:
        rows = world.rows[: int(world.state[0]["rows"])]
        if len(rows):
            late = prompt[rows["replica"]]
            for tally in tallies:
                tally.add(rows, late)
            if on_rows is not None:
                on_rows(rows.copy(), late)
        world.state["rows"] = 0

    for requests in chunks:
        if len(requests.at_ps):
            hand_over(requests, NEVER)
            arrivals += len(requests.at_ps)
            last = int(requests.at_ps[-1])
            asked_in += int(requests.input_tokens.sum())
            asked_out += int(requests.output_tokens.sum())
    if drain_s is None:
        drain_s = max(DRAIN_S, DRAIN_LIMITS * max((limit.limit_ms / 1000.0 for limit in limits if limit.metric != "tpot"), default=0.0))
    end = max(last + ps(drain_s), ps(paid_s))
    stopped = over is not None and over()
    if not stopped:
        hand_over(none, end)
    settled(world, end)
    unfinished = int(world.state[0]["outstanding"])
    ended = end if unfinished else int(world.state[0]["last_change"])
    if not stopped:
        abandon(world, ended)
        collect()
    for tally in tallies:
        tally.add_gaps(world.gaps)
    # Batches are the tally's; the run itself keeps the sum of all.
    marks = world.marks[: int(world.state[0]["marked"])].copy()
    world = world._replace(gaps=np.stack([world.gaps[0], world.gaps[1:].sum(axis=0)]), marks=marks)
    area = float(world.state[0]["area"]) / PS_PER_S
    return Played(world, arrivals, last / PS_PER_S, ended / PS_PER_S, area, (asked_in, asked_out))


def kv_use(world: World) -> tuple[float, float]:
    """(mean over iterations, highest) share of the cache in use, over all replicas."""
    own = world.replicas
    used = own["capacity"] > 0
    weight = np.maximum(own["iterations"][used], 0).astype(float)
    if not weight.sum():
        return 0.0, 0.0
    mean = own["kv_sum"][used] / own["capacity"][used].astype(float)
    return float(mean.sum() / weight.sum()), float((own["kv_peak"][used] / own["capacity"][used]).max())
