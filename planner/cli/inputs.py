"""Options that several commands share: which catalogue, whose prices, machine-readable output."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from planner.cli.parameters import FILE, FOLDER
from planner.cli.streams import say
from planner.errors import InvalidInput

if TYPE_CHECKING:
    from planner.catalog.catalog import Catalog
    from planner.problem.load import LoadedProblem

Command = Callable[..., Any]


def catalog_options(command: Command) -> Command:
    """``--catalog`` and ``--overlay``."""
    command = click.option("--overlay", type=FILE, metavar="FILE", help="Private prices and hardware laid over the catalogue.")(command)
    return click.option("--catalog", "catalog", type=FOLDER, metavar="DIR", help="An edition's folder or name; default: the newest.")(command)


def json_option(command: Command) -> Command:
    """``--json``."""
    return click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")(command)


def strict_option(command: Command) -> Command:
    """``--strict``."""
    return click.option("--strict", is_flag=True, help="Treat warnings about the input as errors.")(command)


def read_inputs(problem: str, catalog: str | None, overlay: str | None, strict: bool) -> tuple[LoadedProblem, Catalog]:
    """The problem and its catalogue; doubts about the input are said, or refused with ``--strict``."""
    from planner.catalog import load_catalog
    from planner.problem.load import load_problem
    from planner.problem.meaning import check_meaning

    loaded = load_problem(problem)
    facts = load_catalog(catalog or loaded.problem.catalog, overlay)
    warnings = check_meaning(loaded, facts, strict=strict)
    if warnings:
        say_lines("warning", str(InvalidInput(loaded.file, warnings)))
    if loaded.notes:
        say_lines("note", "\n".join(loaded.notes))
    return loaded, facts


def say_lines(kind: str, text: str) -> None:
    """Each line of ``text`` to standard error, with what it is before it."""
    from planner.cli.guard import visible_lines

    for one in visible_lines(text).split("\n"):
        say(f"{kind}: {one}")
