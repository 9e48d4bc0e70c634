"""What ``planner check`` shows of a service."""

from planner.cli.console import as_text
from planner.report.options import options_content, options_view

# 10 judged: 4 meet every rule (one of them dominated), 5 break memory alone, 1 breaks memory and ttft.
REPORT = {
    "services": [
        {
            "service": "chat", "considered": 10, "candidates": 4, "kept": 3, "removed": 6,
            "removed_by": [{"rules": ["memory"], "count": 5}, {"rules": ["memory", "ttft"], "count": 1}],
            "closest_miss": [
                {"rule": "memory", "candidate": "bf16 L4 tp1", "value": 25.0, "limit": 24.0, "unit": "GiB", "relative_miss": 1 / 24,
                 "message": "", "also_broken": []},
                {"rule": "allowed_vendor", "candidate": "fp8 MI300X tp1", "value": "AMD", "limit": "NVIDIA", "unit": "",
                 "relative_miss": None, "message": "", "also_broken": []},
            ],
            "dominated": [{"what": ["a"], "by": "b", "why": "dearer"}], "dominated_pools": 0,
        }
    ],
    "rules": {},
    "excluded_pools": [{"reason": "in p:far; allowed: here", "pools": ["p:*@far"], "services": ["chat"]}],
}


def test_the_counts_of_exact_sets_make_up_what_was_removed():
    (service,) = options_content(REPORT)["services"]
    assert (service["name"], service["candidates"], service["kept"], service["removed"]) == ("chat", 10, 4, 6)
    assert sum(one["count"] for one in service["removed_by"]) == service["candidates"] - service["kept"] == service["removed"]


def test_a_service_shows_what_is_kept_what_removed_the_rest_and_what_came_closest():
    text = as_text(options_view(options_content(REPORT), everything=False), 100)
    assert "chat  4 of 10 configurations kept, 1 of them dominated" in text
    assert "      5  memory\n      1  memory and ttft\n" in text
    assert "memory bf16 L4 tp1: 25 against 24 GiB, off by 4.2 %" in text
    assert "allowed_vendor fp8 MI300X tp1: AMD against NVIDIA" in text


def test_sets_that_are_not_shown_are_counted():
    many = [{"rules": [f"rule{n}"], "count": 1} for n in range(12)]
    report = {**REPORT, "services": [{**REPORT["services"][0], "removed_by": many}]}
    assert "and 4 by 4 more sets" in as_text(options_view(options_content(report), everything=False), 100)
    assert "rule9" in as_text(options_view(options_content(report), everything=True), 100)


def test_pools_left_out_are_shown_on_request_with_reason_and_services():
    assert "p:*@far" not in as_text(options_view(options_content(REPORT), everything=False), 100)
    text = as_text(options_view(options_content(REPORT), everything=True), 100)
    assert "in p:far; allowed: here (1) for chat" in text and "p:*@far" in text
