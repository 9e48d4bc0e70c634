"""What a solver's library prints by itself reaches nobody, and what Python prints meanwhile still arrives."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from planner.backends.quiet import _stream

NOISE = """
import ctypes, os, sys
libc = ctypes.CDLL(None)
"""
WITHIN = NOISE + """
from planner.backends.quiet import quiet
with quiet():
    with quiet():
        libc.printf(b"noise\\n")
    libc.printf(b"noise\\n")
    print("result", flush=True)
libc.printf(b"afterwards\\n")
"""
SOLVED = NOISE + """
import highspy
from planner.backends import solve
from planner.milp.model import LinearModel
run = highspy.Highs.run
highspy.Highs.run = lambda self: (libc.printf(b"noise\\n"), run(self))[1]
one = LinearModel([1.0], [0.0], [9.0], [True], [0, 1], [0], [2.0], [3.0], [9.0])
print(solve(one, backend="highs").objective)
"""
RESULTS = NOISE + """
from planner.cli.streams import results_only
with results_only():
    libc.printf(b"noise\\n")
print("result")
"""


def printed(program: str) -> str:
    """Standard output of a process as most are started, with C's own buffer."""
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"}
    return subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True).stdout


replaced = pytest.mark.skipif(_stream() is None, reason="C's standard output cannot be replaced here")


@replaced
def test_inside_nothing_that_c_prints_comes_out_and_all_that_python_prints_does():
    assert printed(WITHIN) == "result\nafterwards\n"


@replaced
def test_what_highs_prints_by_itself_does_not_reach_a_callers_output():
    assert printed(SOLVED) == "2.0\n"


@pytest.mark.skipif(os.name == "nt", reason="POSIX")
def test_what_a_library_holds_back_does_not_follow_the_results():
    assert printed(RESULTS) == "result\n"
