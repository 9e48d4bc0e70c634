"""The accuracy report says for every metric how far off predictions are, broken down, with the worst cases by name."""

import csv
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
from docs.pages.accuracy import GROUPS, METRICS, PARTS, TARGETS, accuracy_page  # noqa: E402 - the repository's own scripts

PAGE = accuracy_page()
ROWS = list(csv.DictReader((ROOT / "catalogs" / "2026-11" / "accuracy.csv").open(encoding="utf-8")))


def test_every_metric_has_median_ninetieth_percentile_and_bias_with_and_without_a_profile():
    for name in TARGETS.values():
        for words in (name, f"{name}, with one profile"):
            assert re.search(rf"^\| {words} \| \d+ \| [\d,]+ \| [\d.]+ % \| [\d.]+ % \| [+-]\d+ % \|$", PAGE, re.MULTILINE)


@pytest.mark.parametrize("words", GROUPS.values())
def test_errors_are_broken_down(words):
    table = PAGE.split(f"## By {words}\n")[1].split("\n## ")[0]
    assert table.count("\n| ") >= 7  # heading, rule and several rows


def test_every_source_of_the_evaluation_is_named():
    assert all(f"| {source} |" in PAGE for source in {row["source"] for row in ROWS if row["source"]})


def test_the_worst_pair_of_every_metric_is_named():
    for target in TARGETS:
        rows = [row for row in ROWS if row["basis"] == "formula" and row["target"] == target and row["source"]]
        worst = max(rows, key=lambda row: float(row["median_error"]))
        assert f"{worst['model']} on {worst['accelerator']}" in PAGE.split("## Worst cases")[1]


def test_the_bands_hold_what_they_promise():
    # 80 % are promised; three quarters to 85 % of rows of pairs that bands were not drawn from are what holds that
    held = {(row["basis"], row["target"]): float(row["coverage"]) for row in ROWS if row["coverage"]}
    assert set(held) == {("formula", one) for one in (*METRICS, *PARTS)} | {("one profile", metric) for metric in METRICS}
    assert all(0.75 <= share <= 0.85 for (_, one), share in held.items() if one in METRICS)
