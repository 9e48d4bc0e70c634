"""Names from files are shown safely and compared kindly."""

import pytest

from planner.documents import csv_safe, nearest, visible
from planner.documents.near import did_you_mean
from planner.documents.places import path_steps, path_text


@pytest.mark.parametrize(
    "text, shown",
    [
        ("\x1b[2J", "\\x1b[2J"), ("\x1b]0;t\x07", "\\x1b]0;t\\x07"), ("a\u202eb", "a\\u202eb"), ("a\nb\tc", "a\\nb\\tc"),
        ("\u200b\ufeff", "\\u200b\\ufeff"), ("\x9b31m", "\\x9b31m"), ("\U000e0041", "\\U000e0041"), ("\u2028", "\\u2028"),
        ("plain [red] %s ${HOME} \\x1b", "plain [red] %s ${HOME} \\x1b"), ("Zürich 東京 😀", "Zürich 東京 😀"),
    ],
)
def test_what_could_steer_a_terminal_is_escaped_and_the_rest_is_not(text, shown):
    assert visible(text) == shown


@pytest.mark.parametrize("text", ['=HYPERLINK("http://x")', "+1", "-1", "@SUM(A1)", "\tx", "\rx", "\n=1", " =1", "\uff1d1"])
def test_text_that_would_start_a_formula_gets_a_quote(text):
    assert csv_safe(text) == "'" + text


@pytest.mark.parametrize("cell", [-1, -1.5, None, True, "a=b", "", "H100", "3-x"])
def test_numbers_and_plain_text_are_unchanged(cell):
    assert csv_safe(cell) is cell


def test_near_names_ignore_case_and_separators():
    assert nearest("h100-SXM", ["H100_sxm", "A100_sxm", "L4"]) == ("H100_sxm", "A100_sxm")
    assert nearest("qqq", ["abc"]) == ()


def test_the_number_and_order_of_near_names_are_fixed():
    assert nearest("ab", ["abe", "abd", "abc", "abf"], 3) == ("abc", "abd", "abe")


def test_a_suggestion_is_a_question_or_nothing():
    assert did_you_mean("budegt", ["budget", "x"]) == '; did you mean "budget"?'
    assert did_you_mean("abx", ["abc", "abd"]) == '; did you mean "abc" or "abd"?'
    assert did_you_mean("q", ["budget"]) == ""


@pytest.mark.parametrize("steps", [(), ("services", 0, "slo", "ttft_ms"), ("a b", 12, "", 'x"y', "a.b"), ("1",)])
def test_a_path_can_be_read_back(steps):
    assert path_steps(path_text(steps)) == steps


def test_a_path_reads_as_people_write_it():
    assert path_text(("services", 0, "slo", "ttft_ms")) == "services[0].slo.ttft_ms"
    assert path_text(("limits", "a b")) == 'limits["a b"]'
