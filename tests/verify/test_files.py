"""Plan files: read strictly, written the same every time, checked against what they embed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import tiny

from planner.errors import InvalidInput
from planner.plan.read import read_plan
from planner.plan.write import plan_text, write_plan
from planner.problem.schema import Problem
from planner.verify.file import verify_file


def catalog_of(edition: str) -> Any:
    assert edition == "test"
    return tiny.catalog()


@pytest.fixture()
def file(tmp_path: Path) -> Path:
    path = tmp_path / "plan.json"
    write_plan(tiny.plan(), path)
    return path


def test_a_plan_read_and_written_again_has_the_same_bytes(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert plan_text(read_plan(file)) == text == plan_text(tiny.plan())
    assert text.endswith("}\n") and json.loads(text)["cost"]["total_usd_per_month"] == tiny.TOTAL


def test_figures_keep_every_digit() -> None:
    plan = tiny.plan().model_copy(update={"gap": 0.1 + 0.2})
    assert '"gap": 0.30000000000000004' in plan_text(plan)


def test_figures_that_are_not_finite_are_never_written() -> None:
    with pytest.raises(ValueError):
        plan_text(tiny.plan().model_copy(update={"gap": float("nan")}))


def test_a_plan_file_holds_with_the_problem_that_it_embeds(file: Path) -> None:
    plan, certificate = verify_file(file, load_catalog=catalog_of)
    assert certificate.passed and plan == tiny.plan()


def test_a_plan_of_another_problem_fails_inputs(file: Path) -> None:
    def other(path: str) -> Problem:
        return tiny.problem({**tiny.PROBLEM, "name": path})

    _, certificate = verify_file(file, "problem.json", load_catalog=catalog_of, load_problem=other)
    assert [c.name for c in certificate.checks if not c.passed] == ["inputs"]


def test_a_plan_of_another_catalogue_fails_inputs(file: Path) -> None:
    from dataclasses import replace

    _, certificate = verify_file(file, load_catalog=lambda edition: replace(tiny.catalog(), digest="1" * 64))
    assert [(c.name, c.where) for c in certificate.checks if not c.passed] == [("inputs", "catalog_digest")]


def test_a_problem_that_is_none_is_invalid_input(tmp_path: Path) -> None:
    data = tiny.plan_data()
    data["inputs"]["problem"] = {"services": []}
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(data))
    with pytest.raises(InvalidInput, match="inputs.problem"):
        verify_file(path, load_catalog=catalog_of)


def test_a_field_nobody_knows_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_text(json.dumps({**tiny.plan_data(), "cots": {}}))
    with pytest.raises(InvalidInput, match="cots"):
        read_plan(path)
