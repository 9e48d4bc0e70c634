"""A sweep on a real scheduler with two workers on this machine, one of them killed in the middle."""

import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from planner.analysis.cluster import Cluster
from planner.errors import UsageError
from tests.analysis.small import bench, problem

distributed = pytest.importorskip("distributed")


#: On the path of every process that is started: one scenario takes the process that solves it down, whenever it is asked.
KILLER = """
import os, signal
import planner.analysis.sweep as sweep
solve = sweep.answered
def answered(bench, key, scenario):
    if scenario.name == "demand=2.0":
        os.kill(os.getpid(), signal.SIGKILL)
    return solve(bench, key, scenario)
sweep.answered = answered
"""


@pytest.fixture(scope="module")
def killer(tmp_path_factory):
    """``demand=2.0`` kills its process."""
    folder = tmp_path_factory.mktemp("path")
    (folder / "sitecustomize.py").write_text(KILLER)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join((str(folder), os.getcwd())))
        yield


@pytest.fixture(scope="module")
def machines(tmp_path_factory, killer):
    """A scheduler and two workers as a user starts them: processes of their own on loopback, no nanny to start one again."""
    tmp_path = tmp_path_factory.mktemp("cluster")
    file = tmp_path / "scheduler.json"
    begun = []

    def start(module, *arguments):
        command = [sys.executable, "-m", f"distributed.cli.{module}", "--no-dashboard", "--host", "127.0.0.1", *arguments, "--scheduler-file", str(file)]
        begun.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=os.getcwd()))
        return begun[-1]

    start("dask_scheduler", "--port", "0")
    deadline = time.monotonic() + 60
    while not file.exists() or not file.read_text().strip():
        assert time.monotonic() < deadline, "the scheduler did not start"
        time.sleep(0.1)
    workers = [start("dask_worker", "--nthreads", "1", "--no-nanny", "--local-directory", str(tmp_path)) for _ in range(2)]
    yield json.loads(file.read_text())["address"], workers
    for process in begun:
        process.kill()
        process.wait()


def test_a_scenario_that_always_kills_costs_no_worker_and_is_recorded_alike_everywhere(run, tmp_path, machines):
    address, workers = machines
    file = tmp_path / "p.json"
    file.write_text(json.dumps(problem()))
    sweep_it = ("sweep", file, "--over", "demand=1.5,2.0,3.0", "-o")
    # 6: a scenario is not known. What comes before and after it is.
    assert run(*sweep_it, tmp_path / "cluster.json", "--engine", "dask", "--scheduler", address).code == 6
    assert all(worker.poll() is None for worker in workers)
    assert run(*sweep_it, tmp_path / "here.json", "--jobs", "1").code == 6
    assert (tmp_path / "cluster.json").read_bytes() == (tmp_path / "here.json").read_bytes()
    rows = json.loads((tmp_path / "here.json").read_text())["scenarios"]
    assert [row["name"] for row in rows if row["status"] == "crashed"] == ["demand=2.0"]
    assert [row["status"] for row in rows].count("optimal") == len(rows) - 1 == 3


def test_the_file_is_the_same_on_a_cluster_of_which_one_worker_is_killed_and_on_processes_here(run, tmp_path, machines):
    address, workers = machines
    with distributed.Client(address, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=60)
    file = tmp_path / "p.json"
    file.write_text(json.dumps(problem()))
    sweep_it = ("sweep", file, "--over", "demand=0.6:4:0.25", "-o")
    journal = tmp_path / "cluster.csv.journal"

    def kill_one_in_the_middle():
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if journal.exists() and journal.read_bytes().count(b"\n") >= 4:
                workers[0].send_signal(signal.SIGKILL)
                return
            time.sleep(0.005)

    killer = threading.Thread(target=kill_one_in_the_middle)
    killer.start()
    done = run(*sweep_it, tmp_path / "cluster.csv", "--engine", "dask", "--scheduler", address)
    killer.join()
    assert workers[0].wait(timeout=10) == -signal.SIGKILL and workers[1].poll() is None
    assert done.code == 0 and run(*sweep_it, tmp_path / "here.csv", "--jobs", "2").code == 0
    assert (tmp_path / "cluster.csv").read_bytes() == (tmp_path / "here.csv").read_bytes()


def test_a_scheduler_that_does_not_answer_is_said_so(monkeypatch):
    monkeypatch.setattr("planner.analysis.cluster.ANSWER_S", 0.5)
    with pytest.raises(UsageError, match="no scheduler answers"):
        Cluster(bench(), "tcp://127.0.0.1:9")


def test_engine_and_scheduler_go_together(run, tmp_path):
    file = tmp_path / "p.json"
    file.write_text("{}")
    assert run("sweep", file, "--over", "demand=1", "--engine", "dask").code == 2
    assert run("sweep", file, "--over", "demand=1", "--scheduler", "tcp://127.0.0.1:9").code == 2
