"""A sweep on a real scheduler with two workers on this machine, one of them killed in the middle."""

import os
import signal

import pytest

from planner.analysis.cluster import Cluster
from planner.analysis.journal import Journal
from planner.analysis.scenarios import grid
from planner.analysis.sweep import answered, sweep
from planner.errors import PlannerError
from tests.analysis.small import bench

distributed = pytest.importorskip("distributed")


class Here:
    """An engine in this process, to compare with."""

    def __init__(self, on):
        self.bench = on

    def run(self, work):
        for key, scenario in work:
            yield key, answered(self.bench, key, scenario)


@pytest.fixture(scope="module")
def cluster():
    with distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1") as local:
        yield local


def test_a_killed_worker_changes_no_answer(cluster, tmp_path):
    scenarios = grid(["demand=0.5:6:0.5"])
    engine = Cluster(bench(), cluster.scheduler_address)
    pids = list(engine.client.run(os.getpid).values())
    killed = []

    def kill_one(done, of):
        if done >= 2 and not killed:
            killed.append(pids[0])
            os.kill(pids[0], signal.SIGKILL)

    found = sweep(bench(), scenarios, engine, journal=Journal(str(tmp_path / "j"), resume=False), tell=kill_one)
    engine.close()
    assert killed and found == sweep(bench(), scenarios, Here(bench()))


def test_a_scheduler_that_does_not_answer_is_said_so(monkeypatch):
    monkeypatch.setattr("planner.analysis.cluster.ANSWER_S", 0.5)
    with pytest.raises(PlannerError, match="no scheduler answers"):
        Cluster(bench(), "tcp://127.0.0.1:9")


def test_engine_and_scheduler_go_together(run, tmp_path):
    file = tmp_path / "p.json"
    file.write_text("{}")
    assert run("sweep", file, "--over", "demand=1", "--engine", "dask").code == 2
    assert run("sweep", file, "--over", "demand=1", "--scheduler", "tcp://127.0.0.1:9").code == 2
