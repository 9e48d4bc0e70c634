"""``planner schema``: the JSON Schema of the problem format, for editors."""

from __future__ import annotations

import json

import click

from planner.cli.parameters import FILE
from planner.errors import ExitCode


@click.command("schema", epilog="Example: planner schema > problem.schema.json")
@click.option("-o", "--output", type=FILE, metavar="FILE", help="Write to a file instead of standard output.")
def command(output: str | None) -> int:
    """Print the JSON Schema of the problem format: editors then complete fields and show their meaning."""
    from planner.cli.outcome import write_json_text
    from planner.problem.json_schema import json_schema

    text = json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
    if output is None:
        write_json_text(text)
    else:
        from planner.documents import write_atomic

        write_atomic(output, text)
    return ExitCode.DONE
