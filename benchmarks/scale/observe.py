"""Watches a child that solves a problem: what it notes, how much memory it and its workers take, and when it must end."""

from __future__ import annotations

import json
import math
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
#: How often memory is looked at, and how long a child may take over its limit to end by itself.   [s]
EVERY_S, GRACE_S = 0.25, 45.0
GIB = 2**30


@dataclass(frozen=True)
class Run:
    """What came of one run.

    notes        what the child noted, in order, each with its ``seconds``
    peak_gib     of the child and its workers together, pages they share counted for each
    seconds      from the start of the process to its end
    """

    method: str
    notes: tuple[dict[str, Any], ...]
    peak_gib: float
    seconds: float
    known: dict[str, Any] = field(default_factory=dict)

    def figure(self, name: str) -> Any:
        """The last value noted under a name; None: never."""
        return self.known.get(name)

    def first_incumbent_s(self) -> float | None:
        """When the first plan was there."""
        return next((n["seconds"] for n in self.notes if n.get("incumbent") is not None), None)

    def reached(self, gap: float) -> float | None:
        """When the best plan and the best bound so far were first within ``gap``; None: never."""
        best, bound = math.inf, -math.inf
        for note in self.notes:
            best = min(best, math.inf if note.get("incumbent") is None else note["incumbent"])
            bound = max(bound, -math.inf if note.get("bound") is None else note["bound"])
            if math.isfinite(best) and best - bound <= gap * abs(best) + 1e-9:
                return note["seconds"]
        return None

    def final_gap(self) -> float | None:
        """(cost - bound) / cost at the end; None without a plan or a bound."""
        cost, bound = self.figure("incumbent"), self.figure("bound")
        if cost is None or bound is None:
            return None
        return max(0.0, cost - bound) / abs(cost) if cost else 0.0


def observed(
    problem: Path, method: str, *, gap: float, seconds: float, threads: int = 1, most_gib: float | None = None
) -> Run:
    """Runs the child on ``problem``; one that takes more memory than ``most_gib`` or overstays is ended."""
    with tempfile.TemporaryDirectory() as folder:
        notes = Path(folder, "notes")
        arguments = [str(problem), method, str(gap), str(seconds), str(threads), str(notes)]
        began = time.monotonic()
        child = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.scale.child", *arguments],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        peak, ended = _watched(child, seconds + GRACE_S, most_gib)
        took = time.monotonic() - began
        said = child.stderr.read().decode(errors="replace")
        child.stderr.close()
        lines = notes.read_text(encoding="utf-8").splitlines() if notes.exists() else []
    found = [_finite(json.loads(line)) for line in lines if line.endswith("}")]
    if ended is None and not any("ended" in note for note in found):
        last = said.strip().splitlines()
        ended = f"failed: {last[-1] if last else f'code {child.returncode}'}"[:300]
    if ended is not None:
        found.append({"seconds": round(took, 3), "ended": ended})
    known: dict[str, Any] = {}
    for note in found:
        known.update({name: value for name, value in note.items() if value is not None})
    return Run(method, tuple(found), peak, took, known)


def _finite(note: dict[str, Any]) -> dict[str, Any]:
    """A note without the figures that are not known, written as infinite."""
    return {name: v for name, v in note.items() if not (isinstance(v, float) and not math.isfinite(v))}


def _watched(child: subprocess.Popen, seconds: float, most_gib: float | None) -> tuple[float, str | None]:
    """(peak memory, why it was ended or None)."""
    until, peak = time.monotonic() + seconds, 0.0
    family: dict[int, float] = {}
    try:
        while child.poll() is None:
            family = _family(child.pid)
            peak = max(peak, sum(family.values()))
            if most_gib is not None and peak > most_gib:
                return peak, f"out of memory ({most_gib:g} GiB)"
            if time.monotonic() > until:
                return peak, "overstayed"
            time.sleep(EVERY_S)
        return peak, None
    finally:
        if child.poll() is None:
            for process in family:
                _end(process)
        child.wait()


def _end(process: int) -> None:
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        pass


def _family(first: int) -> dict[int, float]:
    """Resident memory of a process and all its descendants [GiB]; empty where the system does not tell."""
    parent, memory = {}, {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        process = int(entry.parent.name)
        parent[process] = int(fields[1])
        memory[process] = int(fields[21]) * resource.getpagesize() / GIB
    found: dict[int, float] = {}
    young = [first]
    while young:
        process = young.pop()
        if process in memory and process not in found:
            found[process] = memory[process]
            young += [p for p, above in parent.items() if above == process]
    return found
