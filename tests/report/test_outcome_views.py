"""No plan, no answer, a gate, a certificate, a table: each in its own words."""

import csv
import io
from dataclasses import dataclass

import pytest
from plans import plan

from planner.cli.console import as_text
from planner.documents.clean import visible
from planner.plan.schema import Certificate
from planner.report.certificate import certificate_view
from planner.report.gate import gate_line
from planner.report.no_plan import infeasible_content, infeasible_view, unknown_view
from planner.report.redact import REDACTED, redacted
from planner.report.rows import csv_text, rows_view


@dataclass(frozen=True)
class Conflict:
    constraint: str
    where: str
    limit: float | None
    least: float | None
    unit: str
    message: str

    @property
    def named(self) -> str:
        return f"{self.constraint} of {self.where}"


@dataclass(frozen=True)
class WayOut:
    change: str
    cost_usd_per_month: float | None
    message: str


@dataclass(frozen=True)
class Infeasible:
    conflicts: tuple = (
        Conflict("carbon_cap", "all services", 9000.0, 10700.0, "kgCO2e/month",
                 "carbon_cap of all services: 9,000 kgCO2e/month; the least possible is 10,700"),
        Conflict("memory", "chat", None, None, "", "needs 141 GiB, the largest has 2 × 80 × 0.9"),
    )
    ways_out: tuple = (
        WayOut("allow eu-north-1 for chat", 66900.0, ""),
        WayOut("carbon_cap 9,000 → 10,700 kgCO2e/month", 61200.0, ""),
        WayOut("memory for chat", None, "H200: short by 3 GiB"),
    )
    confirmed_by: str = "highs and scip"


@dataclass(frozen=True)
class Unknown:
    reason: str = "stopped"
    message: str = "no plan was found in the time given"
    bound_usd_per_month: float | None = 48000.0


def test_an_infeasible_answer_names_the_limits_and_the_ways_out_cheapest_first():
    lines = as_text(infeasible_view(Infeasible()), 100).split("\n")
    assert lines[0] == "No plan meets all limits."
    assert " ".join(lines[1].split()) == "carbon_cap 9,000 kgCO2e/month; the least possible is 10,700 (all services)"
    assert " ".join(lines[2].split()) == "memory needs 141 GiB, the largest has 2 × 80 × 0.9"
    assert lines[3] == "Any one of these would do:"
    assert [line.split()[0] for line in lines[4:7]] == ["1.", "2.", "3."]
    assert "61,200.00 USD/month" in lines[4] and "66,900.00" in lines[5] and "short by 3 GiB" in lines[6]
    assert lines[7] == "Confirmed by highs and scip."
    assert [way["cost_usd_per_month"] for way in infeasible_content(Infeasible())["ways_out"]] == [61200.0, 66900.0, None]


def test_what_is_one_rule_away_is_not_said_to_do_since_other_rules_may_rest_on_what_the_broken_one_leaves_unknown():
    nearest = (WayOut("memory for chat", None, "Lambda has 10 GiB"),)
    text = as_text(infeasible_view(Infeasible(ways_out=nearest, confirmed_by="recount of the rules")), 100)
    assert "would do" not in text and "Nearest, turned away by one rule alone as far as can be judged:" in text


def test_an_unknown_answer_gives_the_bound_that_was_reached():
    text = as_text(unknown_view(Unknown()), 100)
    assert "no plan was found in the time given" in text and "No plan costs less than 48,000.00 USD/month." in text
    assert "No lower bound was reached." in as_text(unknown_view(Unknown(bound_usd_per_month=None)), 100)


def test_a_gate_is_one_line_that_says_by_how_much():
    passed = gate_line(50000.0, 52000.0, "--max-cost", passed=True, bound=50000.0, proven=True)
    assert passed == "gate passed: 50,000.00 USD/month is within 52,000.00 (--max-cost), 2,000.00 left"
    # 54,600 / 52,000 = 1.05
    failed = gate_line(54600.0, 52000.0, "--max-cost", passed=False, bound=54600.0, proven=True)
    assert failed == "gate failed: 54,600.00 USD/month is above 52,000.00 (--max-cost), 5 % over"


@pytest.mark.parametrize(("bound", "words"), [(53000.0, "no plan costs less than 53,000.00"), (51000.0, "leaves room for a longer search")])
def test_a_gate_that_an_unproven_plan_fails_says_whether_searching_on_could_pass_it(bound, words):
    assert words in gate_line(54600.0, 52000.0, "--max-cost", passed=False, bound=bound, proven=False)


def test_a_certificate_shows_what_failed_and_what_it_cannot_check():
    checks = [{"name": "cost", "passed": False, "worst": 0.1, "where": "total", "detail": "plan 10, recomputed 11"},
              {"name": "demand_served", "passed": True, "worst": 0.0}]
    text = as_text(certificate_view(plan(), Certificate.model_validate({"passed": False, "checks": checks}), everything=False), 100)
    assert "The plan does not hold: 1 of 2 checks failed." in text
    assert "FAIL" in text and "plan 10, recomputed 11" in text and "demand_served" not in text
    assert "Not checked: the bound rests on the solver's search" in text


def test_a_plan_that_holds_says_that_the_bound_was_not_proven_again():
    certificate = Certificate.model_validate({"passed": True, "checks": [{"name": "cost", "passed": True, "worst": 0.0}]})
    text = as_text(certificate_view(plan(), certificate, everything=True), 100)
    assert "The plan holds: 1 check passed, 11,680.00 USD/month" in text and "pass" in text and "not the proof" in text


@pytest.mark.parametrize("name", ['=HYPERLINK("http://x","y")', "+1", "-1", "@SUM", "\tx", "\rx"])
def test_a_spreadsheet_takes_every_name_as_text_and_numbers_as_numbers(name):
    (header, row) = csv.reader(io.StringIO(csv_text(["id", "value"], [{"id": name, "value": -1.5}]), newline=""))
    assert header == ["id", "value"] and row == [visible(f"'{name}"), "-1.5"]


def test_rows_too_wide_for_the_terminal_become_entries():
    rows = [{"id": "x" * 60, "accelerator": "H100", "price": 1.5}]
    assert len(as_text(rows_view("Rows", rows, 100), 100).split("\n")) == 5
    text = as_text(rows_view("Rows", rows, 60), 60)
    assert "accelerator H100, price 1.5" in text


def test_a_redacted_plan_keeps_the_answer_and_loses_the_prices():
    private = {"path": "offers.x.on_demand", "value": 1.2345, "kind": "private", "reason": "negotiated at 1.2345"}
    problem = {"services": [{"name": "chat"}], "offers": {"own": [{"instance_type": "x", "on_demand_usd_per_hour": 1.2345}]}}
    inputs = {**plan().inputs.model_dump(), "problem": problem, "facts": {"offers": [1.2345]}, "overlay_digest": "2" * 64}
    bought = {**plan().commitments[0].model_dump(), "usd_per_unit_hour": 1.2345}
    hidden = redacted(plan(assumptions=[private], inputs=inputs, commitments=[bought]))
    assert "1.2345" not in hidden.model_dump_json() and REDACTED in hidden.model_dump_json()
    assert hidden.cost == plan().cost and hidden.services == plan().services and hidden.pools == plan().pools


def test_commitments_at_list_price_stay_in_a_redacted_plan():
    assert redacted(plan()).commitments == plan().commitments
