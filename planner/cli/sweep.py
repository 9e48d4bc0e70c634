"""``planner sweep``: many scenarios of one problem, side by side on several processes, resumable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from planner.cli.bench import bench_of, bench_options, put
from planner.cli.output import refuse_output
from planner.cli.parameters import FILE
from planner.cli.streams import say
from planner.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from planner.cli.interrupts import Interrupts


@click.command("sweep", epilog="Example: planner sweep problems/02-chat.json --over demand=0.5:2:0.5 -o sweep.csv")
@click.argument("problem", type=FILE)
@click.option("--over", multiple=True, metavar="PATH=FROM:TO:STEP", help="Values of a path, also PATH=a,b,c; of several, all combinations.")
@click.option("--scenarios", type=FILE, metavar="FILE", help='A list of {"name", "set": {PATH: VALUE}, "weight"}, JSON or YAML.')
@click.option("--monte-carlo", type=click.IntRange(1, 100_000), metavar="N", help="So many draws of what --vary names.")
@click.option("--vary", multiple=True, metavar="PATH=SPEC", help="For --monte-carlo: a..b evenly, or +-20% around what it is now.")
@click.option("-o", "--output", type=FILE, metavar="FILE", help="Write all scenarios: CSV where it ends in .csv, else JSON.")
@click.option("--resume", is_flag=True, help="Go on with what FILE.journal holds of a sweep that was stopped.")
@click.option("--jobs", type=click.IntRange(1, 256), default=1, show_default=True, help="Processes, one thread of the solver each.")
@click.option("--engine", type=click.Choice(["local", "dask"]), default="local", show_default=True, help="Where: processes here, or a Dask cluster of yours.")
@click.option("--scheduler", metavar="ADDRESS", help="For --engine dask: its scheduler, such as tcp://127.0.0.1:8786.")
@bench_options
@click.pass_obj
def command(
    interrupts: Interrupts, problem: str, over: tuple[str, ...], scenarios: str | None, monte_carlo: int | None, vary: tuple[str, ...],
    output: str | None, resume: bool, jobs: int, engine: str, scheduler: str | None, **asked: Any,
) -> int:
    """Solve PROBLEM under many scenarios and tell which plan holds where.

    With -o each finished scenario is kept at once in FILE.journal, and --resume does only what is missing. The file is the
    same, byte for byte, on whatever engine, with however many jobs and wherever it was stopped. A scenario that takes its process down
    again and again is recorded as crashed.
    """
    refuse_output(output, (problem, asked["overlay"], scenarios))
    if sum((bool(over), scenarios is not None, monte_carlo is not None)) != 1:
        raise UsageError("one of --over, --scenarios and --monte-carlo says what to sweep", where="planner sweep", hint="--over demand=0.5:2:0.1")
    if resume and output is None:
        raise UsageError("there is nothing to resume without -o", where="--resume", hint="the same -o as before")
    if (engine == "dask") != (scheduler is not None):
        raise UsageError("--engine dask and --scheduler go together", where="planner sweep", hint="--engine dask --scheduler tcp://127.0.0.1:8786")
    chosen = _chosen(over, scenarios, monte_carlo, vary, asked["seed"])
    with bench_of(problem, asked, interrupts) as bench:
        from planner.analysis.journal import Journal
        from planner.analysis.sweep import sweep
        from planner.analysis.swept import NOW, swept
        from planner.solve import Progress

        for scenario in chosen[:1]:
            bench.after(*scenario.changes)  # a path that leads nowhere is told before anything is solved
        journal = None if output is None else Journal(f"{output}.journal", resume=resume)

        done = [0]

        def tell(count: int, of: int) -> None:
            done[0] = count
            bench.on_progress(Progress("sweeping", note=f"{count} of {of}"))

        try:
            found = swept(sweep(bench, (NOW, *chosen), _engine(bench, jobs, scheduler), journal=journal, tell=tell))
        except KeyboardInterrupt:
            if journal is not None and done[0]:
                say(f"{done[0]} of {len(chosen) + 1} scenarios are kept in {journal.path}; --resume goes on from there")
            raise
    from planner.report.sweep import sweep_content, sweep_view

    code = _code(found)
    if output is not None:
        _write(output, found, code)
        journal.remove()
    return put(code, lambda: sweep_content(found), lambda width: sweep_view(found, width), as_json=asked["as_json"])


def _engine(bench: Any, jobs: int, scheduler: str | None) -> Any:
    if scheduler is not None:
        from planner.analysis.cluster import Cluster

        return Cluster(bench, scheduler)
    from planner.analysis.engine import Processes

    return Processes(bench, jobs)


def _chosen(over: tuple[str, ...], file: str | None, draws: int | None, vary: tuple[str, ...], seed: int) -> Any:
    from planner.analysis.scenarios import drawn, grid, listed

    if file is not None:
        from planner.documents import read

        return listed(read(file))
    return grid(over) if over else drawn(vary, draws or 0, seed)


def _code(found: Any) -> ExitCode:
    """Scenarios without a plan are answers; what is no scenario, not known or not proven is not."""
    states = {row.result.status for row in found.rows}
    if "invalid" in states:
        return ExitCode.INVALID
    if "unknown" in states or "crashed" in states:
        return ExitCode.STOPPED_WITHOUT
    return ExitCode.STOPPED_WITH_PLAN if "feasible" in states else ExitCode.DONE


def _write(output: str, found: Any, code: ExitCode) -> None:
    import json

    from planner.cli.outcome import document
    from planner.documents import write_atomic
    from planner.report.sweep import sweep_content, sweep_csv

    if output.lower().endswith(".csv"):
        write_atomic(output, sweep_csv(found))
    else:
        write_atomic(output, json.dumps(document(code, **sweep_content(found)), indent=1, ensure_ascii=False, allow_nan=False) + "\n")
