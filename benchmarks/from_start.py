"""From the start of the process to the written plan, for the simple problems, and to the help text."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
#: One period, one service (08: four that share instances).
SIMPLE = (
    "01-greedy-pays-10.json", "02-chat.json", "03-code-completion.json", "04-long-context.json",
    "05-summarisation.json", "06-reasoning.json", "08-fleet.json", "12-eu-residency.json", "16-compression.json",
)  # fmt: skip
COMPILED = Path(tempfile.gettempdir()) / "planner-compiled"
ASKED_PLAN_S, ASKED_HELP_S = 1.5, 0.3


def measure(quick: bool, *, say: Callable[[str], None]) -> None:
    """Median and slowest of several runs; asked for: a plan within 1.5 s, help within 0.3 s."""
    runs = 2 if quick else 7
    say(f"From process start, median and slowest of {runs} runs")
    _line(say, "planner --help", ["--help"], runs, ASKED_HELP_S)
    for name in SIMPLE:
        _line(say, f"planner solve {name}", ["solve", f"problems/{name}", "--json"], runs, ASKED_PLAN_S)


def _line(say: Callable[[str], None], title: str, arguments: list[str], runs: int, asked: float) -> None:
    _run(arguments)  # the first run compiles and fills the file cache
    seconds = [_run(arguments) for _ in range(runs)]
    verdict = "" if median(seconds) <= asked else f"   over {asked} s"
    say(f"  {title:40s} {median(seconds):6.2f} s {max(seconds):6.2f} s{verdict}")


def _run(arguments: list[str]) -> float:
    began = time.perf_counter()
    # As after an installation: compiled files are kept between runs, whatever this shell says.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    environment.setdefault("PYTHONPYCACHEPREFIX", str(COMPILED))
    line = [sys.executable, "-m", "planner", *arguments]
    subprocess.run(line, cwd=ROOT, env=environment, check=True, capture_output=True)
    return time.perf_counter() - began
