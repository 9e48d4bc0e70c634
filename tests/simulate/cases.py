"""Small fleets whose behaviour is known, and runs of them."""

import numpy as np

from planner.perf.iteration import IterationTimes, measured_work
from planner.simulate.arrivals import Requests
from planner.simulate.fleet import Fleet, Group, Part, Stage
from planner.simulate.service import Rules, play
from planner.simulate.tally import Tally
from planner.simulate.kernel.world import PS_PER_S


def times(seqs=8, budget=64, kv=10_000.0, step=0.01, per_running=0.0, slope=1e-6, token=1e-4, pair=0.0, knots=(0,), **more):
    """Iterations that last ``step`` (+ per running sequence, + slope per token of context), and ``token`` per prompt token."""
    running = np.arange(seqs + 1, dtype=float)[:, None]
    # Beyond each knot the slope doubles, and the time is continuous.
    at, grows = np.zeros((seqs + 1, len(knots))), np.zeros((seqs + 1, len(knots)))
    for k in range(len(knots)):
        grows[:, k] = slope * 2**k
        at[:, k] = (step + per_running * running)[:, 0] if k == 0 else at[:, k - 1] + grows[:, k - 1] * running[:, 0] * (knots[k] - knots[k - 1])
    none = (0.0,) * len(knots)
    seen = tuple(float(k) for k in knots)
    return IterationTimes(seqs, budget, kv, knots, at, grows, token * np.arange(budget + 1), pair, seen, (1.0, *none[1:]), 0.0, **more)


def group(record, replicas=(1,), *, rates=((1.0,),), parts=None, speed=1.0, name="a", context=None, cached=0.0):
    """One group with its replicas in one pool."""
    parts = parts or (Part(f"pool-{name}", "here", "firm", tuple(replicas)),)
    return Group(name, record, parts, rates, speed, context, cached)


def fleet(*groups, classes=((10.0, 10.0),), stages=(Stage(0, 0.0),)):
    return Fleet("s", groups, classes, stages)


def server(work_s, replicas=1):
    """Single pieces of work, one after the other."""
    return fleet(group(measured_work((work_s,)), (replicas,)))


def requests(at_s, tokens_in, tokens_out, kind=None):
    """One chunk of requests."""
    count = len(at_s)
    whole = lambda values: np.broadcast_to(np.asarray(values, np.int64), (count,)).copy()  # noqa: E731
    return Requests(np.rint(np.asarray(at_s, float) * PS_PER_S).astype(np.int64), whole(0 if kind is None else kind), whole(tokens_in), whole(tokens_out))


def run(place, *chunks, limits=(), begin_s=0.0, end_s=None, **more):
    """(rows in order of arrival, what was played, tally) of a run."""
    found = []
    end = end_s if end_s is not None else max((float(c.at_ps[-1]) / PS_PER_S for c in chunks if len(c.at_ps)), default=1.0)
    tally = Tally(tuple(limits), begin_s, end, 2)
    played = play(place, chunks, (tally,), on_rows=lambda rows, _: found.append(rows), limits=limits, **more)
    rows = np.concatenate(found) if found else np.zeros(0)
    return np.sort(rows, order=["index"]), played, tally


STEPPING = Rules(stepping=True)
