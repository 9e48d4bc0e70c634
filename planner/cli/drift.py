"""``planner drift``: how what runs differs from the plan."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import click

from planner.cli.export import asked_of
from planner.cli.inputs import catalog_options, json_option
from planner.cli.parameters import FILE
from planner.errors import ExitCode, Fault, InvalidInput


@click.command("drift", epilog="Example: planner drift plan.json --against manifests/")
@click.argument("plan", type=FILE)
@click.option("--against", type=FILE, required=True, metavar="FILE", help="Manifests: a file or a folder of YAML or JSON, as kubectl get -o yaml prints.")
@click.option("--weights", multiple=True, metavar="SERVICE[:VARIANT]=ID", help="What was exported with. May be repeated.")
@click.option("--season", metavar="NAME", help="Whose replicas; default: the first.")
@json_option
@catalog_options
def command(plan: str, against: str, as_json: bool, catalog: str | None, overlay: str | None, **asked: Any) -> int:
    """Compare PLAN with Kubernetes manifests of what runs: replicas, arguments, nodes, accelerators, schedules.

    What the plan says nothing about is not compared. Exit code 7: something differs.
    """
    from planner.export.drift import drift
    from planner.plan.read import read_plan

    found = drift(asked_of(read_plan(plan), catalog, overlay, asked).units(), _manifests(against))
    code = ExitCode.CHECK_FAILED if found else ExitCode.DONE
    if as_json:
        from planner.cli.outcome import document, write_json

        write_json(document(code, differences=[asdict(one) for one in found]))
        return code
    from planner.cli.console import show
    from planner.report.drift import drift_view

    show(lambda width: drift_view(found))
    return code


def _manifests(path: str) -> Iterator[Any]:
    """Every document of every file, in order of name."""
    names = [path]
    if os.path.isdir(path):
        names = sorted(os.path.join(folder, name) for folder, _, files in os.walk(path) for name in files if name.endswith((".yaml", ".yml", ".json")))
        if not names:
            raise InvalidInput(path, [Fault("", "no_manifests", "the folder holds no YAML or JSON file")])
    for name in names:
        yield from _documents(name)


def _documents(name: str) -> Iterator[Any]:
    """A stream of YAML is read document by document, each as strictly as any input."""
    from planner.documents import parse
    from planner.documents.read import bytes_of

    raw = bytes_of(name, "manifests")
    if name.endswith(".json"):
        yield parse(raw, name).data
        return
    part: list[bytes] = []
    for line in [*raw.splitlines(keepends=True), b"---\n"]:
        if line.rstrip() == b"---":
            text = b"".join(part)
            if any(row.strip() and not row.lstrip().startswith(b"#") for row in part):
                yield parse(text, name if name.endswith((".yaml", ".yml")) else f"{name}.yaml").data
            part = []
        else:
            part.append(line)
