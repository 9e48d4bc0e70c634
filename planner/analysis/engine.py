"""Where scenarios are solved: in this process, or in others that live as long as the sweep and hold the problem once."""

from __future__ import annotations

import os
import pickle
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import replace
from typing import Any, Protocol

from planner.analysis.bench import Bench
from planner.analysis.scenarios import Scenario
from planner.documents import Document
from planner.problem.load import LoadedProblem

Work = Sequence[tuple[str, Scenario]]


class Lost:
    """In place of an answer: the process that was at it died."""


class Engine(Protocol):
    """Solves scenarios in any order and yields each answer as it comes."""

    def run(self, work: Work) -> Iterator[tuple[str, Any]]: ...


class Processes:
    """``jobs`` processes of joblib's, one thread of the solver each.

    Also with one job the work is done in another process: a scenario that takes its process down then is an answer,
    not the end of the sweep.
    """

    def __init__(self, bench: Bench, jobs: int) -> None:
        self.jobs = jobs
        self.payload = payload_of(bench)
        self.stop = bench.stop or _never

    def run(self, work: Work) -> Iterator[tuple[str, Any]]:
        """Work that was begun or waiting when a process died is told as lost only if it was begun; the rest goes on."""
        left = list(work)
        while left:
            begun: set[str] = set()
            finished: set[str] = set()
            yield from self._until_broken(left, begun, finished)
            for key, _ in left:
                if key in begun and key not in finished:
                    finished.add(key)
                    yield key, Lost()
            left = [(key, scenario) for key, scenario in left if key not in finished]

    def _until_broken(self, work: Work, begun: set[str], finished: set[str]) -> Iterator[tuple[str, Any]]:
        from joblib.externals.loky import ProcessPoolExecutor

        # At most as many at a time as there are processes: what is handed over counts as begun.
        waiting = iter(work)
        pool = ProcessPoolExecutor(max_workers=self.jobs, initializer=prepare, initargs=(self.payload,), env=ONE_THREAD)
        at_work: dict[Future, str] = {}
        try:
            while True:
                while len(at_work) < self.jobs and (following := next(waiting, None)) is not None:
                    begun.add(following[0])
                    at_work[pool.submit(solve_one, *following)] = following[0]
                if not at_work:
                    return
                if self.stop():
                    raise KeyboardInterrupt
                for future in wait(at_work, timeout=_LISTEN_S, return_when=FIRST_COMPLETED).done:
                    key = at_work.pop(future)
                    answer = future.result()
                    finished.add(key)
                    yield key, answer
        except BrokenProcessPool:
            return
        finally:
            pool.shutdown(wait=True, kill_workers=bool(at_work))


def _never() -> bool:
    return False


#: How often a waiting sweep looks up to hear Ctrl-C.
_LISTEN_S = 0.5
#: Solvers and arrays of a worker use one thread: the processes themselves fill the machine.
ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")}


def payload_of(bench: Bench) -> bytes:
    """Problem, name of the catalogue and options as bytes for another process; the places in the document stay here."""
    loaded = bench.loaded
    file = os.path.abspath(loaded.file) if os.path.exists(loaded.file) else loaded.file
    parts = loaded.problem, loaded.stated, file, loaded.document.data, loaded.notes
    source = bench.source or (bench.catalog.edition, None)
    return pickle.dumps((parts, source, replace(bench.options, threads=1)), protocol=5)


def bench_from(payload: bytes) -> Bench:
    """The bench that ``payload_of`` was made of."""
    from planner.catalog import load_catalog

    (problem, stated, file, data, notes), source, options = pickle.loads(payload)  # noqa: S301 - between our own processes
    return Bench(LoadedProblem(problem, stated, Document(file, data), file, notes), load_catalog(*source), options)


_current: list[Bench] = []


def prepare(payload: bytes) -> None:
    """In a worker: takes the problem over, once. Ctrl-C is for the process that asked."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    watch_parent(os.getppid())
    _current[:] = [bench_from(payload)]


def watch_parent(parent: int) -> None:
    """Lets this process end with the one that started it."""
    threading.Thread(target=_end_with, args=(parent,), daemon=True, name="parent").start()


def _end_with(parent: int) -> None:
    """Ends this process when the one that asked is gone: killed at once, it had no time to say so."""
    while os.getppid() == parent:
        time.sleep(_LISTEN_S)
    os._exit(1)


def solve_one(key: str, scenario: Scenario) -> dict[str, Any]:
    """In a worker: one scenario's answer."""
    from planner.analysis.sweep import answered

    return answered(_current[0], key, scenario)
