"""What other commands found becomes sections: a tornado, a frontier, bundles, simulated limits, and anything else as tables."""

import pytest
from page_elements import Page
from page_plans import page_plan

from planner.report.page.analyses import Analysis
from planner.report.page.build import report_of
from planner.report.page.content import Bars, Points, Table
from planner.report.page.html import html_text

SAME = {"problem_digest": "0" * 64}
PRICES = {
    "base": SAME,
    "limits": [
        {"limit": "carbon ≤ 200", "steps": [
            {"words": "-20%", "delta": {"value": 879.0, "least": 878.5, "most": 879.5}, "same_plan": False},
            {"words": "+20%", "delta": {"value": -545.5, "least": -546.0, "most": -545.0}, "same_plan": False},
        ]},
        {"limit": "budget ≤ 5", "steps": [{"words": "-20%", "delta": None, "same_plan": False}]},
    ],
}  # fmt: skip
FRONTIER = {
    "base": SAME, "between": ["cost", "carbon"], "unit": "kgCO2e/month",
    "points": [
        {"total_usd_per_month": 100.0, "bound_usd_per_month": 99.5, "carbon": 40.0, "knee": False},
        {"total_usd_per_month": 120.0, "bound_usd_per_month": 119.0, "carbon": 20.0, "knee": True},
    ],
}  # fmt: skip
BUNDLES = {
    "asked": SAME, "conflicts": [{"limits": [{"limit": "budget ≤ 9"}, {"limit": "EU only"}], "confirmed_by": "highs and scip"}],
    "bundles": [{"characters": ["fewest changes"], "concessions": [{"words": "drop: EU only"}], "plan": {"total_usd_per_month": 8.5},
                 "saves_usd_per_month": 3.25, "who_must_agree": ["legal"]}],
}  # fmt: skip
SIMULATED = {
    "simulated_s": 600.0,
    "services": [{"name": "chat", "limits": [
        {"metric": "ttft_ms", "percentile": 95.0, "limit_ms": 500.0, "measured_ms": 221.0, "attainment": 0.99, "lower_bound": 0.98, "met": True, "confident": True},
        {"metric": "tpot_ms", "percentile": 95.0, "limit_ms": 50.0, "measured_ms": None, "attainment": None, "lower_bound": None, "met": False, "confident": False},
    ]}],
}  # fmt: skip


def section(content):
    report = report_of(page_plan(), analyses=[Analysis("found", content)])
    return next(one for one in report.sections if one.key == "analysis-0")


def part(content, kind):
    return next(one for one in section(content).parts if isinstance(one, kind))


def test_prices_of_limits_are_a_tornado_the_longest_bar_first():
    bars = part(PRICES, Bars).bars
    assert [(bar.label, bar.figure.value) for bar in bars] == [("carbon ≤ 200, -20%", 879.0), ("carbon ≤ 200, +20%", -545.5)]
    rows = part(PRICES, Table).rows
    assert [row[-1] for row in rows] == ["another plan", "another plan", "no plan"] and rows[2][2] is None


def test_a_frontier_is_points_with_the_knee_marked():
    chart = part(FRONTIER, Points)
    assert [(a.value, b.value) for _, a, b in chart.points] == [(40.0, 100.0), (20.0, 120.0)] and chart.marked == (1,)


def test_what_a_frontier_leaves_out_is_counted_and_named():
    content = {**FRONTIER, "cheaper_of_unknown_usd_per_month": 90.0, "left_out_count": 2, "left_out": [
        {"what": "host:m", "reason": "emissions of host:m unknown", "services": ["chat"]}, {"what": "own:x@y", "reason": "power draw of own:x@y unknown", "services": []},
    ]}  # fmt: skip
    _, cheaper, left_out = (one for one in section(content).parts if isinstance(one, Table))
    assert cheaper.caption == "Not among them, since its carbon is not known" and cheaper.rows[0][1].value == 90.0
    assert left_out.caption == "Left out, since their carbon is not known: 2"
    assert [tuple(cell.text for cell in row) for row in left_out.rows] == [("host:m", "chat", "emissions of host:m unknown"), ("own:x@y", "all", "power draw of own:x@y unknown")]


def test_bundles_say_what_is_given_what_it_costs_and_who_must_agree():
    conflicts, bundles = (one for one in section(BUNDLES).parts)
    assert conflicts.rows[0][0].text == "budget ≤ 9 + EU only"
    character, given, cost, saves, agrees = bundles.rows[0]
    assert (character.text, given.text, cost.value, saves.value, agrees.text) == ("fewest changes", "drop: EU only", 8.5, 3.25, "legal")


def test_what_one_limit_alone_would_have_to_be_stands_below():
    reach = [
        {"limit": "budget ≤ 9", "suffices": True, "smallest_change": {"words": "budget 9 → 10", "plan": {"total_usd_per_month": 9.75}}},
        {"limit": "quota ≤ 3", "suffices": False, "smallest_change": None},
    ]
    *_, alone = section({**BUNDLES, "single_step_reach": reach}).parts
    assert [cell if isinstance(cell, str) else cell.text for row in alone.rows for cell in row[:2]] == ["budget ≤ 9", "budget 9 → 10", "quota ≤ 3", "not enough"]
    assert alone.rows[0][2].value == 9.75 and alone.rows[1][2] is None


def test_simulated_limits_stand_beside_what_was_measured():
    bar = part(SIMULATED, Bars).bars[0]
    assert (bar.figure.value, bar.limit.value) == (221.0, 500.0)
    assert [row[-1] for row in part(SIMULATED, Table).rows] == ["kept", "MISSED"]


def test_any_other_document_is_shown_as_tables_without_whole_plans_in_it():
    content = {"answer": 42, "plan": {"services": [{"name": "x"}]}, "rows": [{"what": "a", "usd": 1.5}, {"what": "b", "usd": None}]}
    parts = section(content).parts
    assert [one.caption for one in parts] == ["In short", "rows"] and parts[1].rows[0][1].value == 1.5


def test_a_result_about_another_problem_says_so():
    assert section(PRICES).lines == ()
    assert "another problem" in section({**PRICES, "base": {"problem_digest": "f" * 64}}).lines[0][0]


@pytest.mark.parametrize("content", [PRICES, FRONTIER, BUNDLES, SIMULATED])
def test_every_figure_names_its_place_in_the_document(content):
    page = Page(html_text(report_of(page_plan(), analyses=[Analysis("found", content)])))
    own = [(origin, float(value)) for origin, value, _ in page.figures if origin.startswith("analysis0:")]
    assert own
    for origin, value in own:
        found = content
        for step in origin.removeprefix("analysis0:/").split("/"):
            found = found[int(step)] if isinstance(found, list) else found[step]
        assert found == value


def test_hidden_prices_leave_no_room_for_words_of_others():
    with pytest.raises(ValueError, match="states prices"):
        report_of(page_plan(), analyses=[Analysis("found", PRICES)], hide_prices=True)


def test_periods_of_seasons_are_named_by_the_season_where_it_begins_and_by_hours_after_it():
    periods = [{"name": f"{season}/h{hour:02d}", "hours_per_month": 730 / 24} for season in ("spring", "autumn") for hour in range(0, 24, 2)]
    plan = page_plan(periods=periods)
    page = Page(html_text(report_of(plan)))
    # Twelve of 24 columns are named, every second one.
    shown = [text for text in page.names if text in ("spring", "autumn", "h04", "h20")]
    assert shown[:6] == ["spring", "h04", "h20", "autumn", "h04", "h20"]
