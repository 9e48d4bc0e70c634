"""The event loop is compiled once for all workers of a test run."""

import fcntl
import tempfile
from pathlib import Path

import pytest


@pytest.fixture(scope="session", autouse=True)
def event_loop():
    """Whoever comes first compiles and keeps the machine code; the others wait and load it."""
    from tests.simulate.cases import fleet, group, requests, run, times

    with (Path(tempfile.gettempdir()) / "planner-event-loop.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        run(fleet(group(times())), requests([0.0], 1, 2))
