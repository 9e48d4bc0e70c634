"""Commands warn of old prices by the day it is; own prices bear no date; nothing of it is in the plan."""

import json
from pathlib import Path

import pytest
from small import written

ROOT = Path(__file__).resolve().parents[2]
NOVEMBER, LONG_AGO = "1795219200", "1577836800"  # 2026-11-21 and 2020-01-01


@pytest.fixture
def on(monkeypatch):
    """Sets the day by which ages are judged."""
    return lambda epoch: monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)


def test_solve_warns_of_the_prices_that_the_plan_uses(run, on, tmp_path):
    stated = json.loads((ROOT / "problems" / "02-chat.json").read_text(encoding="utf-8"))
    services = [{**stated["services"][0], "workload": {"rate_per_s": 1, "classes": [{"input_tokens": 500, "output_tokens": 100, "share": 1}]}}]
    problem = tmp_path / "chat.json"
    problem.write_text(json.dumps({**stated, "services": services, "offers": {"only": ["aws:g7e.2xlarge@us-east-1"]}}), encoding="utf-8")
    on(NOVEMBER)
    done = run("solve", problem, "-o", tmp_path / "one.json")
    assert done.code == 0
    assert "warning: 1 list price in use is older than 90 days (oldest: aws:g7e.2xlarge@us-east-1 of 2026-07-20, 124 days); docs/prices.md" in done.err
    on(LONG_AGO)
    assert "older than" not in run("solve", problem, "-o", tmp_path / "two.json").err
    one, two = (json.loads((tmp_path / name).read_text(encoding="utf-8")) for name in ("one.json", "two.json"))
    assert {**one, "solver": None} == {**two, "solver": None}
    assert any(fact["reason"].endswith(", 104 days old when its edition began") for fact in one["assumptions"])


def test_check_warns_of_the_prices_to_choose_from_and_own_prices_are_not_judged(run, on, tmp_path):
    on(NOVEMBER)
    assert run("check", written(tmp_path)).err == ""
    own = {"offers": {"only": ["aws:g6e.xlarge@us-*"]}}
    done = run("check", written(tmp_path, **own))
    assert "spot prices to choose from are older than 7 days" in done.err


def test_the_catalogue_is_checked_and_shown_with_ages(run, on):
    on(NOVEMBER)
    done = run("catalog", "check", "2026-11", "-v")
    assert "list prices of the catalogue are older than 90 days" in done.err
    assert "price_age offers aws: " in done.out.replace("\n  ", " ")
    shown = json.loads(run("catalog", "show", "aws:g7e.2xlarge@us-east-1", "--table", "offers", "--json").out)
    assert shown["rows"][0]["age_days"] == 124


def test_a_plan_that_claims_another_age_does_not_hold(run, tmp_path):
    assert run("solve", ROOT / "problems" / "10-spot.json", "--gap", "1%", "-o", tmp_path / "plan.json").code == 0
    text = (tmp_path / "plan.json").read_text(encoding="utf-8")
    assert "518 days old" in text and "575 days old" in text
    for before, after in (("518 days old", "5 days old"), ("575 days old", "5 days old")):
        (tmp_path / "forged.json").write_text(text.replace(before, after), encoding="utf-8")
        assert run("verify", tmp_path / "forged.json").code == 7


@pytest.mark.parametrize("epoch", ["", "soon", "-5", "9" * 30, "٣"])
def test_a_day_that_is_none_is_today(run, on, epoch):
    on(epoch)
    assert run("catalog", "show", "H100-SXM", "--json").code == 0


def test_a_date_that_no_calendar_has_is_refused_where_it_is_read(run, tmp_path):
    overlay = tmp_path / "overlay.json"
    for date in ("2026-13", "2026-02-30", "0000"):
        overlay.write_text(json.dumps({"schema_version": 1, "as_of": date}), encoding="utf-8")
        done = run("catalog", "check", "--overlay", overlay)
        assert done.code == 3 and "no calendar has this date" in done.err
