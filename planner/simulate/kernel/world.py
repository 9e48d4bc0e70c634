"""Everything a simulated service consists of, as arrays that the compiled loop works on; times are whole picoseconds.

Whole numbers make time exact: many equal steps at once give the very instants that the steps one by one would give.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

PS_PER_S = 1_000_000_000_000
#: Later than every event; leaves room to add durations without overflow.
NEVER = 2**62
NOBODY = -1
#: Cache is counted in thousandths of a token, because a token beyond a sliding window costs a fraction of one.
KV_UNIT = 1000
#: Gaps between tokens are counted in bins this much apart (relative).
GAP_STEP = 1.005
SHORTEST_GAP_PS = 10_000_000


def _fields(*names: str) -> list[tuple[str, type]]:
    return [(name, np.int64) for name in names]


#: How often an autoscaler looks, as Kubernetes' does by default; work is the mean over so many looks.
LOOK_PS, WORK_LOOKS = 15 * PS_PER_S, 4
#: Longest memory of an autoscaler, in looks: an hour.
MOST_LOOKS = 240
#: Comings and goings of replicas that are written down.
MOST_MARKS = 200_000
#: Most bends that decode time has over the context: none, a sliding window, sparse attention.
KNOTS = 4

STATE = np.dtype([
    *_fields(
        "free",  # slots on the stack of free ones
        "rows",  # written
        "next_event", "due",  # of the schedule; replicas in the heap of segment ends
        "period", "turn",  # of the plan; of the router
        "outstanding", "last_change", "retried", "segments",
        "stepping", "retry", "router",
        "by_class",  # some group is of workers or has a queue: its part of each class goes there whatever the router
        "look", "looks",  # next of the autoscaler, and those so far
        "landing", "landing_at",  # next end of a transfer, and the replica it ends at
        "gaps_from", "gaps_batch",  # gaps between tokens count from then on, in batches of this length
        "paid_until",  # nothing after it counts as paid
        "marked",  # comings and goings of replicas under autoscalers, also those for which there was no room
    ),
    ("area", np.float64),  # requests in the system times time, in picoseconds (Little's law)
])

REPLICA = np.dtype([
    *_fields(
        "record",
        "accepting",  # takes new requests
        "phase",  # off, starting or up
        "away",  # lost: cannot be started
        "starts", "sent", "cold",  # that it made; requests sent here, and those of them that met a start
        "up_ps", "up_since",  # starting or up
        "outstanding",  # requests sent here and not finished
        "seqs",  # hold cache: running, and being read
        "running",  # decode one token in every iteration
        "context",  # tokens of all running sequences
        "kv", "kv_rate", "capacity",  # cache in use, its growth per iteration, and its limit
        "iterations",  # completed
        "busy",  # an iteration is under way
        "started", "planned", "ends",  # its segment: ``planned`` alike iterations
        "chunk_ps",  # of which prompts' part, only where planned is 1
        "head", "tail",  # waiting
        "partial",  # whose prompt is read in part
        "read_head", "read_tail",  # whose prompts end with this segment
        "orders",  # admissions so far
        "busy_ps", "tokens_out", "tokens_in", "preempted", "kv_sum", "kv_peak",
        "heap", "place",  # not of this replica: entry of the heap of segment ends; and its own place there
        "role",  # of a prompt and its answer
        "link",  # is free from then on
        "out_head", "out_tail",  # whose prompts were read here and that are to be handed over now
        "coming_head", "coming_tail",  # whose cache is on its way here, in order of landing
        "landed",  # who begin to decode with the next segment
        "fresh",  # who began to decode with this one, their last token being older than it
        "held",  # cache kept for others that will decode, of the cache in use
        "moved", "moved_kv",  # requests that came over the link, and their cache
        "bill",  # first replica of its instance, where its time is paid as it comes to pass
        "paid_replicas", "paid_since",  # of the instance that begins here
    ),
    ("speed", np.float64),
    ("moving_ps", np.float64), ("stood_ps", np.float64),  # on the link; and before, from the first token on
])

REQUEST = np.dtype(_fields(
    "index", "kind", "arrived", "input", "output",
    "left",  # prompt tokens still to be read
    "made",  # output tokens so far
    "kv_weight",  # thousandths of a cache token per token
    "first", "last",  # instants of its first and its latest token
    "order", "following", "retries", "replica",
    "source", "ready",  # replica that still holds its cache for the one that will decode; when it is over
    "stack",  # not of this slot: entry of the stack of free slots
))

ROW = np.dtype(_fields("index", "kind", "arrived", "first", "last", "input", "output", "made", "status", "retries", "replica"))

RECORD = np.dtype([
    *_fields(
        "limit_seqs", "limit_tokens", "limit_context", "whole", "window", "first", "past",
        "scaling", "start_ps", "idle_ps",
        "least", "most", "measure", "memory",  # of the autoscaler: replicas, what it looks at, looks that it remembers
        "queued", "head", "tail",  # requests wait here until a replica has room
        "middle",  # first of the replicas that only decode; the past one where none does
        "latency_ps",  # of a transfer
    ),
    ("advice", np.int64, (MOST_LOOKS,)), ("work", np.float64, (WORK_LOOKS,)), ("arriving", np.float64), ("target", np.float64),
    ("knots", np.int64, (KNOTS,)), ("seen", np.float64, (KNOTS,)), ("seen_slope", np.float64, (KNOTS,)),
    ("kv_ps", np.float64),  # on the link, per thousandth of a cache token
    ("pair_ps", np.float64), ("full_share", np.float64), ("cached_share", np.float64),
])

#: How a request ended.
FINISHED, REFUSED, TOO_LONG, LOST, UNFINISHED = range(5)
ENDINGS = ("finished", "refused", "too_long", "lost", "unfinished")

#: What an event of the schedule does.
OPEN, CLOSE, FAIL, PERIOD = range(4)

#: A replica's phase, and how the replicas of a group come and go: as the schedule says, with requests, or by an autoscaler.
OFF, STARTING, UP = range(3)
FIXED, WORKERS, AUTOSCALED = range(3)
#: What a replica does: prompts and answers; prompts alone, whose cache then moves to another; answers alone.
BOTH, READS, WRITES = range(3)
ROLES = {"both": BOTH, "prefill": READS, "decode": WRITES}
#: What an autoscaler looks at: requests in the group's replicas, or replicas' worth of work that arrives.
REQUESTS, UTILISATION = range(2)
MEASURES = {"requests": REQUESTS, "utilisation": UTILISATION}

#: Routers: by class as the plan routes, then least outstanding; or over all replicas alike.
BY_CLASS, LEAST_OUTSTANDING, ROUND_ROBIN, RANDOM = range(4)
ROUTERS = {"plan": BY_CLASS, "least-outstanding": LEAST_OUTSTANDING, "round-robin": ROUND_ROBIN, "random": RANDOM}


class World(NamedTuple):
    """State of one service, changed in place, and the tables it runs by.

    state     one record
    finish    [replica, place in its heap, (iteration, slot)]
    schedule  [event, (instant, what, which replica or period)]
    by_class  [row, class, group]: cumulative shares of the groups, a row for each routing and period; in the last two rows
              picoseconds of a single piece of work, and of a request at saturation
    records   one a group; ``whole``: requests are single pieces of work; ``first``, ``past``: the group's replicas
    marks     (instant, replica, 1 where it comes and -1 where it goes) of replicas under autoscalers
    by_period [replica or group after them, period]: picoseconds paid, at the first replica of each instance; workers that never stop
    decode    [group, running, knot, (time at the knot, more per token from it on)]
    pass_ps   [group, tokens]
    gaps      [row, bin]: upper edges of the bins, the last of which has none; gaps counted of the warm-up, and of each batch
    """

    state: np.ndarray
    replicas: np.ndarray
    requests: np.ndarray
    rows: np.ndarray
    finish: np.ndarray
    schedule: np.ndarray
    by_class: np.ndarray
    records: np.ndarray
    decode: np.ndarray
    pass_ps: np.ndarray
    gaps: np.ndarray
    by_period: np.ndarray
    marks: np.ndarray


def gap_edges() -> np.ndarray:
    """Upper edges of the bins for gaps between tokens, from 10 microseconds to over an hour."""
    steps = int(np.ceil(np.log(4e15 / SHORTEST_GAP_PS) / np.log(GAP_STEP)))
    return np.unique((SHORTEST_GAP_PS * GAP_STEP ** np.arange(steps + 1)).astype(np.int64))
