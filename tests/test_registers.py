"""One name does every job: each constraint and rule has its check, its case and its place in the manual."""

from __future__ import annotations

from pathlib import Path

from planner.candidates.registry import rules
from planner.formulation.registry import constraints
from planner.verify.checks import CHECKS
from tests.formulation.cases import CASES

MANUAL = Path(__file__).resolve().parents[1] / "docs" / "mathematics.md"


def test_every_constraint_has_a_check_of_the_same_name():
    assert set(constraints()) <= set(CHECKS)


def test_every_rule_has_a_check_of_the_same_name():
    assert set(rules()) <= set(CHECKS)


def test_every_constraint_has_a_case_worked_out_by_hand():
    assert {case.constraint for case in CASES} == set(constraints())


def test_every_constraint_and_rule_stands_in_the_manual():
    text = MANUAL.read_text(encoding="utf-8")
    named = ("### {}\n", "| {} |")
    missing = [name for name in [*constraints(), *rules()] if not any(form.format(name) in text for form in named)]
    assert missing == []
