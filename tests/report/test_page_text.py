"""A page that no name can break, in any of its formats, and that asks nothing of a network."""

import csv
import io
import re

from page_elements import Page
from page_plans import HOSTILE, fleet, hostile, page_plan

from planner.report.page.build import report_of
from planner.report.page.html import html_text
from planner.report.page.markdown import markdown_text
from planner.report.page.tidy_csv import tidy_csv_text


def test_hostile_names_are_words_and_nothing_else():
    text = html_text(report_of(hostile(), other=hostile()))
    page = Page(text)
    allowed = {
        "html", "head", "meta", "title", "style", "body", "a", "header", "div", "h1", "button", "p", "data", "bdi", "nav", "ul", "li", "main",
        "section", "h2", "figure", "figcaption", "svg", "rect", "path", "text", "tspan", "line", "table", "caption", "thead", "tbody", "tr",
        "th", "td", "details", "summary", "input", "label", "span", "script",
    }  # fmt: skip
    assert {tag for tag, _ in page.tags} <= allowed
    assert sum(tag == "script" for tag, _ in page.tags) == 1
    assert [found for _, found in page.tags if any(name.startswith("on") or name in ("style", "src") for name in found)] == []
    assert "\x1b" not in text and "\u202e" not in text and "x" * 10_000 in text
    assert all(target.startswith("#") for target in (found["href"] for tag, found in page.tags if tag == "a"))


def test_everything_is_in_the_file_and_the_policy_allows_nothing_else():
    text = html_text(report_of(page_plan()))
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1].replace("&#x27;", "'")
    assert policy.startswith("default-src 'none'; style-src 'sha256-") and "unsafe" not in policy
    assert re.findall(r"https?://", text) == []


def test_hostile_names_make_no_formula_and_no_escape_in_csv():
    text = tidy_csv_text(report_of(hostile()))
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert not any(cell.startswith(("=", "@", "+")) for cell in cells)
    assert "\x1b" not in text and "\u202e" not in text


def test_hostile_names_make_no_link_image_or_heading_in_markdown():
    text = markdown_text(report_of(hostile()))
    assert "<script" not in text.replace("\\<script", "") and "](javascript" not in text.replace("\\](javascript", "").replace("\\]\\(javascript", "")
    assert not [line for line in text.split("\n") if line.startswith("|") and "\n" in line]
    # Every row of a table has as many bars as its head: a bar in a name is escaped.
    bars = [len(re.findall(r"(?<!\\)\|", line)) for line in text.split("\n") if line.startswith("|") and HOSTILE[8][:2] in line]
    assert bars == [] or min(bars) > 2


def test_a_report_of_fifty_services_is_under_six_megabytes():
    assert len(html_text(report_of(fleet())).encode()) < 6_000_000


def test_every_chart_has_a_table_with_its_figures():
    text = html_text(report_of(page_plan()))
    tables = {origin for origin in re.findall(r'<data value="[^"]*" data-from="([^"]*)"', text)}
    charts = {origin for origin in re.findall(r'<(?:rect|path|line|circle|tspan)[^>]*data-from="([^"]*)"', text)}
    # What a ribbon is wide stands beside it in replicas, TP and PP.
    assert {one for one in charts if not one.startswith("accelerators_of")} <= tables
