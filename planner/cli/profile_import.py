"""``planner profile import``: benchmark results become profiles of a problem, with the formula before and after."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import click

from planner.cli.inputs import catalog_options, json_option, say_lines
from planner.cli.output import refuse_output
from planner.cli.parameters import FILE, Number
from planner.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from planner.imports.benchmark import Benchmark

CONCURRENCY = Number("REQUESTS", 1.0, what="requests in flight, such as 32")


@click.command("import", epilog="Example: planner profile import bench.json --problem problem.json --accelerator H100 -o measured.json")
@click.argument("files", type=FILE, nargs=-1, required=True)
@click.option("--problem", type=FILE, required=True, metavar="FILE", help="The problem whose service was measured.")
@click.option("--service", metavar="NAME", help="The service; may be left out where there is one.")
@click.option("--accelerator", required=True, metavar="NAME", help="What it ran on.")
@click.option("--variant", default="native", show_default=True, metavar="NAME", help="Precision or compression that was served.")
@click.option("--tp", type=click.IntRange(1, 1024), default=1, show_default=True, help="Tensor parallelism.")
@click.option("--pp", type=click.IntRange(1, 1024), default=1, show_default=True, help="Pipeline parallelism.")
@click.option("--max-num-seqs", type=click.IntRange(1, 100_000), help="The engine's limit on running requests.")
@click.option("--concurrency", type=CONCURRENCY, help="Requests in flight, where a file does not say.")
@click.option("--replicas", type=click.IntRange(1, 10_000), default=1, show_default=True, help="Replicas that shared the load.")
@click.option("-o", "--output", type=FILE, metavar="FILE", help="Write the problem with the profile to a file.")
@json_option
@catalog_options
def command(files: tuple[str, ...], problem: str, output: str | None, **asked: Any) -> int:
    """Read FILES (vllm bench serve, GuideLLM, GenAI-Perf, AIPerf, or CSV) as measurements of one configuration of a service.

    Units are read, never guessed: a figure without one is refused. The profile corrects the formula for this configuration
    and, in part, for other lengths, loads and tensor parallelism of it.
    """
    refuse_output(output, (*files, problem, asked["overlay"]))
    from planner.analysis.profiles import compared, median_errors, refuse_other_units, runs_in
    from planner.catalog import load_catalog
    from planner.documents import from_data, read
    from planner.imports.benchmarks import read_benchmarks
    from planner.problem.load import problem_of

    runs = [one for file in files for one in read_benchmarks(file, asked["concurrency"])]
    for note in dict.fromkeys(note for one in runs for note in one.notes):
        say_lines("note", note)
    document = read(problem)
    _refuse_elsewhere(document.data, problem, output)
    stated = problem_of(document)
    service = _service(stated.problem, asked["service"])
    catalog = load_catalog(asked["catalog"] or stated.problem.catalog, asked["overlay"])
    data = _with_profile(json.loads(json.dumps(document.data)), service.name, _profile(runs, asked, files))
    after = problem_of(from_data(data, problem)).problem
    measured = runs_in(_service(after, service.name), catalog, after.offers.accelerators, problem)
    rows = compared(measured)
    refuse_other_units(rows, ", ".join(files))
    if output is not None:
        from planner.documents import write_atomic

        write_atomic(output, json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n")
    if asked["as_json"]:
        from dataclasses import asdict

        from planner.cli.outcome import document as answer
        from planner.cli.outcome import write_json

        profile = data["services"][_index(data, service.name)]["profiles"][-1]
        content = {"service": service.name, "profile": profile, "compared": [asdict(row) for row in rows]}
        write_json(answer(ExitCode.DONE, **content, median_error=median_errors(rows), written=output))
        return ExitCode.DONE
    from planner.cli.console import show
    from planner.report.profiles import before_after_view

    show(lambda width: before_after_view(service.name, rows, median_errors(rows), output, width))
    return ExitCode.DONE


def _refuse_elsewhere(data: Any, problem: str, output: str | None) -> None:
    """A problem that names files beside it must stay beside them."""
    loads = [one.get("workload") for one in data.get("services", ()) if isinstance(one, dict)] if isinstance(data, dict) else []
    beside = [load[name] for load in loads if isinstance(load, dict) for name in ("trace", "summary") if load.get(name)]
    if output is None or not beside:
        return
    folders = [os.path.dirname(os.path.realpath(file)) for file in (problem, output)]
    if folders[0] != folders[1]:
        hint = f"write it into {folders[0]}"
        raise UsageError(f"the problem refers to {beside[0]} beside it, which would not be found from there", where=output, hint=hint)


def _service(problem: Any, name: str | None) -> Any:
    names = [service.name for service in problem.services]
    if name is None and len(names) == 1:
        return problem.services[0]
    if name is None:
        raise UsageError("the problem has several services", where="--service", hint=f"name one of {', '.join(names)}")
    for service in problem.services:
        if service.name == name:
            return service
    from planner.documents.near import did_you_mean

    raise UsageError(f'the problem has no service "{name}"{did_you_mean(name, names)}', where="--service")


def _profile(runs: list[Benchmark], asked: dict[str, Any], files: tuple[str, ...]) -> dict[str, Any]:
    """The profile as the problem format has it; figures of several replicas are those of one."""
    share = float(asked["replicas"])
    points = []
    for one in runs:
        load = None if one.concurrency is None else max(one.concurrency / share, 1.0)
        flow = None if one.output_tokens_per_s is None else one.output_tokens_per_s / share
        figures = {"ttft_ms": one.ttft_ms, "tpot_ms": one.tpot_ms, "output_tokens_per_s": flow}
        lengths = {"input_tokens": one.input_tokens, "output_tokens": one.output_tokens, "concurrency": load}
        points.append({name: value for name, value in (lengths | figures).items() if value is not None})
    names = {"variant": asked["variant"], "accelerator": asked["accelerator"], "tp": asked["tp"], "pp": asked["pp"]}
    engine = next((one.engine for one in runs if one.engine), None)
    optional = {"max_num_seqs": asked["max_num_seqs"], "engine": engine}
    source = ", ".join(os.path.basename(file) for file in files)[:200]
    return {**names, **{k: v for k, v in optional.items() if v is not None}, "source": source, "points": points}


def _index(data: dict[str, Any], name: str) -> int:
    return next(at for at, one in enumerate(data["services"]) if one["name"] == name)


def _with_profile(data: dict[str, Any], name: str, profile: dict[str, Any]) -> dict[str, Any]:
    data["services"][_index(data, name)].setdefault("profiles", []).append(profile)
    return data
