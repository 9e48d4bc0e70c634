"""``planner report``: which format is written where, and what is refused."""

import json

import pytest
from small import written

from planner.cli.main import main


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    file = folder / "plan.json"
    assert main(["solve", str(written(folder)), "-o", str(file)]) == 0
    return file


@pytest.mark.parametrize(("ending", "begins"), [("html", "<!DOCTYPE html>"), ("md", "# Deployment plan small"), ("csv", "section,table")])
def test_the_ending_of_the_output_decides_the_format(plan, tmp_path, capsys, ending, begins):
    file = tmp_path / f"report.{ending}"
    assert main(["report", str(plan), "-o", str(file)]) == 0
    assert file.read_text(encoding="utf-8").startswith(begins)
    assert capsys.readouterr().out == ""


def test_without_an_output_the_report_goes_to_standard_output(plan, capsys):
    assert main(["report", str(plan), "--format", "md"]) == 0
    # 2 × 10 USD × 730 h.
    assert "costs 14,600.00 USD a month" in capsys.readouterr().out


def test_what_another_command_found_becomes_a_section(plan, tmp_path, capsys):
    found = tmp_path / "prices.json"
    found.write_text(json.dumps({"limits": [{"limit": "budget", "usd_per_month": 5.5}]}), encoding="utf-8")
    assert main(["report", str(plan), "--format", "md", "--with", str(found)]) == 0
    assert "## prices" in capsys.readouterr().out


def test_an_input_is_not_overwritten_and_a_list_is_no_result(plan, tmp_path, capsys):
    assert main(["report", str(plan), "-o", str(plan)]) == 2
    other = tmp_path / "list.json"
    other.write_text("[1]", encoding="utf-8")
    assert main(["report", str(plan), "--with", str(other)]) == 3
    assert "no JSON object" in capsys.readouterr().err
    other.write_text(json.dumps({"status": "invalid", "errors": [{"path": "x"}]}), encoding="utf-8")
    assert main(["report", str(plan), "--with", str(other)]) == 3
    assert main(["report", str(plan), "--with", str(other), "--redact-prices"]) == 2
