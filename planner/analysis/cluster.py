"""Scenarios solved on a Dask cluster that the user runs; beside each worker a process takes the problem over once."""

from __future__ import annotations

import time
from collections.abc import Iterator
from threading import Lock
from typing import Any

from planner.analysis.apart import Apart
from planner.analysis.bench import Bench
from planner.analysis.engine import Lost, Work, payload_of
from planner.analysis.scenarios import Scenario
from planner.errors import PlannerError, UsageError

#: How long a scheduler may take to answer, and how long a cluster may be without any worker.
ANSWER_S, NOBODY_S = 20.0, 60.0
#: How often a waiting sweep looks up, to hear Ctrl-C and to see whether anybody works.
_LISTEN_S = 0.1


class Cluster:
    """A scheduler by its address, such as ``tcp://127.0.0.1:8786``.

    Workers need the planner, the catalogue and the overlay under the same names. The scheduler itself gives the work of one
    that died to another. A scenario of which a worker's process died, or that the scheduler gives up on, is told as lost.
    """

    def __init__(self, bench: Bench, address: str) -> None:
        try:
            from distributed import Client
        except ImportError:
            raise UsageError("this engine needs Dask, which is not installed", where="--engine dask", hint="pip install 'llm-deployment-planner[cluster]'") from None
        try:
            self.client = Client(address, timeout=ANSWER_S, set_as_default=False)
        except (OSError, ValueError, TimeoutError) as error:
            reason = str(error).split("\n")[0][:200]
            raise UsageError(f"no scheduler answers: {reason}", where=f"--scheduler {address}", hint="dask scheduler, and dask worker ADDRESS") from None
        self.payload = payload_of(bench)
        self.stop = bench.stop or (lambda: False)

    def run(self, work: Work) -> Iterator[tuple[str, Any]]:
        """Answers in the order in which they come."""
        left = {self.client.submit(solve_there, self.payload, key, scenario, pure=False): key for key, scenario in work}
        seen = time.monotonic()
        try:
            while left:
                done = [future for future in left if future.done()]
                if self.stop():
                    raise KeyboardInterrupt
                if done or self.client.scheduler_info()["workers"]:
                    seen = time.monotonic()
                elif time.monotonic() - seen > NOBODY_S:
                    raise PlannerError(f"the cluster has had no worker for {NOBODY_S:.0f} s", where="--scheduler", hint="dask worker ADDRESS, then --resume")
                for future in done:
                    yield left.pop(future), self._answer(future)
                if not done:
                    time.sleep(_LISTEN_S)
        finally:
            self.client.cancel(list(left))

    def close(self) -> None:
        """Leaves the cluster as it is."""
        self.client.close()

    def _answer(self, future: Any) -> Any:
        from distributed import KilledWorker

        try:
            return future.result()
        except KilledWorker:
            return Lost()


_children: list[Apart] = []
_one_at_a_time = Lock()


def solve_there(payload: bytes, key: str, scenario: Scenario) -> dict[str, Any] | Lost:
    """On a worker: one scenario's answer, from a process beside it that holds the problem; a worker of several threads still solves one at a time.

    A scenario that takes its process down so costs no worker, whether anything would start that again or not.
    """
    with _one_at_a_time:
        if _children and (_children[0].payload != payload or not _children[0].alive):
            _children.pop().close()
        if not _children:
            _children.append(Apart(payload))
        return _children[0].answer(key, scenario)
