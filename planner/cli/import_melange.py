"""``planner import melange``: Mélange's configuration as a problem with measured profiles."""

from __future__ import annotations

import json
import os

import click

from planner.cli.output import refuse_output
from planner.cli.parameters import FILE
from planner.errors import ExitCode


@click.command("melange", epilog="Example: planner import melange config.json -o problem.json")
@click.argument("config", type=FILE)
@click.option("-o", "--output", type=FILE, metavar="FILE", help="Write to a file instead of standard output.")
@click.option("--name", metavar="NAME", help="Name of the problem; default: the file's.")
def command(config: str, output: str | None, name: str | None) -> int:
    """Turn CONFIG (gpu_info, workload_distribution, total_request_rate, slice_factor) into a problem.

    Its cheapest plan costs 730 times what Mélange's program pays an hour.
    """
    refuse_output(output, (config,))
    from planner.cli.outcome import write_json_text
    from planner.documents import read, write_atomic
    from planner.imports.melange import melange_problem

    problem = melange_problem(read(config), name or os.path.splitext(os.path.basename(config))[0])
    text = json.dumps(problem, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    if output is None:
        write_json_text(text)
    else:
        write_atomic(output, text)
    return ExitCode.DONE
