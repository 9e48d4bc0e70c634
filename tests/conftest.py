"""What all tests share: the same random cases in every run, and the command line called in this process."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent

# The same cases everywhere and no judgement by the clock: a failure is always the code's.
settings.register_profile("fixed", derandomize=True, deadline=None, database=None)
settings.load_profile("fixed")


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


@pytest.fixture
def run(capsys, monkeypatch):
    """Runs a command in this process, on no terminal, 80 columns wide unless told otherwise."""
    from planner.cli.main import main

    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("PLANNER_DEBUG", raising=False)

    def command(*arguments):
        capsys.readouterr()
        code = main([str(one) for one in arguments])
        said = capsys.readouterr()
        return Done(code, said.out, said.err)

    return command


@pytest.fixture
def process():
    """Runs a command in a process of its own, where streams, signals and locale are real."""

    def command(*arguments, shell=None, **variables):
        environment = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
        line = [sys.executable, "-m", "planner", *map(str, arguments)]
        done = subprocess.run(
            ["sh", "-c", shell, "sh", *line] if shell else line, capture_output=True, env=environment, cwd=ROOT, timeout=60
        )
        return Done(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))

    return command
