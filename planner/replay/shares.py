"""The safe share of saturation by number of replicas, found by simulation and kept on disk by what it was found from."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

import numpy as np

from planner.documents.write import write_atomic
from planner.errors import CannotWrite
from planner.perf.iteration import IterationTimes
from planner.replay.arrival_replay import surely_missed
from planner.replay.sources import Source
from planner.simulate.fleet import Fleet, Group, Part, Stage
from planner.simulate.service import play
from planner.simulate.tally import Limit, Tally

#: Numbers of replicas at which shares are found; between them the next lower one holds.
COUNTS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64)
#: A share is found to within this much of itself, but no finer than the finest, and never promised above the highest.
RESOLUTION, FINEST, HIGHEST = 0.02, 0.001, 0.98
WARM_UP = 0.05
#: What a table means; raised when the simulation changes what it finds.
VERSION = 1
#: Tables of the problems that come with the planner: digest → levels.
SHIPPED = Path(__file__).parent / "shipped_shares.json"

Levels = tuple[tuple[int, float], ...]


def share_table(
    times: IterationTimes, work_s: Sequence[float], limits: Sequence[Limit], source: Source, most: int, cache: Path | None = None
) -> Levels:
    """(N, share of saturation that N replicas carry with every limit kept with confidence), up to ``most`` replicas.

    work_s  replica-seconds per request at saturation, by class
    cache   folder for tables that were found before; None: nothing is kept

    Shares do not fall with N: more replicas can always do what fewer did. 0 where the least load misses a limit.
    """
    counts = tuple(count for count in COUNTS if count <= max(most, 1))
    key = _digest(times, work_s, limits, source, counts)
    known = _read(key, cache)
    if known is not None:
        return known
    mean = sum(share * work for share, work in zip(source.shares, work_s) if share > 0.0)
    found, least = [], 0.0
    for count in counts:
        least = _share(lambda share, count=count: _holds(times, limits, source, count, share * count / mean), least)
        found.append((count, least))
    _keep(key, tuple(found), cache)
    return tuple(found)


def cache_folder() -> Path:
    """Where tables are kept between runs."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "llm-deployment-planner" / "safe-shares"


def _share(holds: Callable[[float], bool], least: float) -> float:
    """The largest share that holds, from ``least`` (known to hold) up, by halving."""
    low, high = least, HIGHEST
    if holds(high):
        return high
    while high - low > max(FINEST, RESOLUTION * high):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if holds(middle) else (low, middle)
    return math.floor(low * 1000.0) / 1000.0


def _holds(times: IterationTimes, limits: Sequence[Limit], source: Source, replicas: int, rate: float) -> bool:
    chunks, seconds = source.at(rate)
    if replicas == 1 and surely_missed(times, limits, source.at(rate)[0], WARM_UP * seconds):
        return False
    classes = len(source.shares)
    group = Group("probe", times, (Part("probe", "probe", "firm", (replicas,)),), ((1.0,),) * classes, 1.0)
    tally = Tally(tuple(limits), WARM_UP * seconds, seconds)
    play(Fleet("probe", (group,), ((1.0, 1.0),) * classes, (Stage(0, 0.0),)), chunks, (tally,), limits=limits)
    # Of a limit that none of these requests can meet or miss, such as TPOT of answers of one token, nothing is learnt.
    return all(one.confident is not False for one in tally.attainments())


def _digest(times: IterationTimes, work_s: Sequence[float], limits: Sequence[Limit], source: Source, counts: Sequence[int]) -> str:
    made = sha256(repr((VERSION, tuple(work_s), tuple(limits), source.digest, tuple(counts))).encode())
    for field in fields(times):
        value = getattr(times, field.name)
        made.update(value.tobytes() if isinstance(value, np.ndarray) else repr(value).encode())
    return made.hexdigest()


def _read(key: str, cache: Path | None) -> Levels | None:
    levels = shipped().get(key)
    if levels is None and cache is not None:
        try:
            levels = json.loads((cache / f"{key}.json").read_text(encoding="ascii"))
        except (OSError, ValueError):
            return None
    return None if levels is None else tuple((int(count), float(share)) for count, share in levels)


def _keep(key: str, levels: Levels, cache: Path | None) -> None:
    """Writes a table; one that cannot be kept is found again next time."""
    if cache is None:
        return
    try:
        cache.mkdir(parents=True, exist_ok=True)
        write_atomic(cache / f"{key}.json", json.dumps(levels))
    except (OSError, CannotWrite):
        return


@lru_cache(maxsize=1)
def shipped() -> dict[str, list]:
    """Tables that come with the planner, by digest."""
    return json.loads(SHIPPED.read_text(encoding="ascii")) if SHIPPED.exists() else {}
