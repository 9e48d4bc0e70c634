"""Every row of the scope page has its answer, and what it points to is there: problems held, commands run, facts found."""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from planner.candidates.registry import rules
from planner.catalog import load_catalog
from planner.formulation.registry import constraints

ROOT = Path(__file__).resolve().parents[2]
ROWS = [
    [part.strip() for part in re.split(r"(?<!\\)\|", row)[1:-1]]
    for row in (ROOT / "docs" / "scope.md").read_text(encoding="utf-8").split("\n")
    if re.match(r"\| \d+ \|", row)
]
SHOWN = sorted({token for row in ROWS for token in re.findall(r"`([^`]+)`", row[3])})


def of(kind: str) -> list[str]:
    return [token.removeprefix(kind).strip() for token in SHOWN if token.startswith(kind)]


def test_every_row_is_answered_in_order():
    # 91 things that the articles name, and what goes beyond them.
    assert len(ROWS) >= 91 and [int(row[0]) for row in ROWS] == list(range(1, len(ROWS) + 1))
    assert all(row[1] and row[2] and re.search(r"`[^`]+`", row[3]) for row in ROWS)


def test_everything_shown_is_of_a_kind_that_is_checked():
    kinds = ("problems/", "planner ", "fact ", "field ", "rule ", "constraint ", "docs/")
    assert [token for token in SHOWN if not token.startswith(kinds)] == []


@pytest.mark.parametrize("name", of("problems/"))
def test_a_problem_shown_has_its_golden_result(name):
    assert name in json.loads((ROOT / "problems" / "golden.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("command", of("planner "))
def test_a_command_shown_runs(command):
    from planner.cli.program import program

    done = CliRunner().invoke(program, shlex.split(command), standalone_mode=False)
    assert done.exception is None and done.return_value in (None, 0), done.output
    assert done.output


@pytest.mark.parametrize("fact", of("fact "))
def test_a_fact_shown_is_in_the_catalogue(fact):
    table, _, row = fact.partition(" ")
    assert row in load_catalog("2026-11").table(table)


@pytest.mark.parametrize("field", of("field "))
def test_a_field_shown_is_one_of_the_problem_format(field):
    import planner.problem as package

    models = {}
    for module in pkgutil.iter_modules(package.__path__):
        models |= vars(importlib.import_module(f"planner.problem.{module.name}"))
    model, _, name = field.partition(".")
    assert name in models[model].model_fields


def test_rules_constraints_and_pages_shown_exist():
    assert set(of("rule ")) <= set(rules())
    assert set(of("constraint ")) <= set(constraints())
    assert [page for page in of("docs/") if not (ROOT / "docs" / page).exists()] == []
