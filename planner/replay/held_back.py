"""Traces cut in three: planned with, held back to pick plans on, and left untouched until the final plan is scored."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from planner.problem.canonical import canonical
from planner.problem.load import LoadedProblem
from planner.problem.mirror import with_mirrors
from planner.problem.normalise import normalise
from planner.problem.schema import Problem
from planner.problem.with_serves import with_serves
from planner.workload import Trace, read_trace, resolve_beside

#: Of what is held back, the part at the end that is left untouched until the final plan is scored.
SCORED = 0.5


@dataclass(frozen=True)
class Split:
    """A problem that knows only the first part of its traces, and all parts by service.

    planning  rates, lengths and burstiness are of this part
    picking   tells which plans are refuted; a service is missing where nobody came in that time
    scoring   is played once, with the final plan
    uncut     services whose traces are too short to be cut: all of them is planned with, and nothing is left to score
    """

    problem: Problem
    planning: Mapping[str, Trace]
    picking: Mapping[str, Trace]
    scoring: Mapping[str, Trace]
    uncut: tuple[str, ...] = ()


def split(loaded: LoadedProblem, share: float) -> Split:
    """``share`` of each trace's time is held back, half to pick on and half to score; services without a trace are left as they are."""
    planning: dict[str, Trace] = {}
    picking: dict[str, Trace] = {}
    scoring: dict[str, Trace] = {}
    uncut: list[str] = []
    with tempfile.TemporaryDirectory(prefix="planner-") as folder:
        cut: dict[str, Path] = {}

        def find(reference: str, path: str) -> Path:
            return cut.get(reference) or resolve_beside(loaded.file, reference, path=path)

        for number, service in enumerate(loaded.stated.services):
            reference = service.workload.trace
            if reference is None:
                continue
            trace = read_trace(resolve_beside(loaded.file, reference), file=reference)
            since = trace.t_seconds - trace.t_seconds[0]
            first, last = since <= (1.0 - share) * trace.span_seconds, since > (1.0 - SCORED * share) * trace.span_seconds
            if first.all() or first.sum() < 2 or not last.any():
                uncut.append(service.name)
                continue
            planning[service.name], scoring[service.name] = _part(trace, first), _part(trace, last)
            if not (first | last).all():
                picking[service.name] = _part(trace, ~(first | last))
            cut[reference] = Path(folder) / f"{number}.csv"
            _write(planning[service.name], cut[reference])
        problem, _ = normalise(loaded.stated, find)
    return Split(canonical(with_serves(with_mirrors(problem))), planning, picking, scoring, tuple(uncut))


def _part(trace: Trace, kept: np.ndarray) -> Trace:
    return Trace(trace.t_seconds[kept], trace.input_tokens[kept], trace.output_tokens[kept], trace.notes)


def _write(trace: Trace, path: Path) -> None:
    rows = zip(trace.t_seconds.tolist(), trace.input_tokens.tolist(), trace.output_tokens.tolist())
    text = "".join(f"{at!r},{given},{made}{os.linesep}" for at, given, made in rows)
    path.write_text(f"t_seconds,input_tokens,output_tokens{os.linesep}{text}", encoding="ascii", newline="")
