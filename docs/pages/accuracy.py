"""``docs/accuracy.md``: how far predictions are from measurements that no fit had seen, from the edition's evaluation."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from statistics import median

from planner.perf.fit.validate import equal_sources, weighted_quantile

ROOT = Path(__file__).resolve().parent.parent.parent
EVALUATION = "accuracy.csv"
TARGETS = {
    "throughput_full": "throughput at maximum load",
    "throughput": "throughput at a concurrency",
    "tpot": "TPOT at a concurrency",
    "ttft": "TTFT at a concurrency",
}
METRICS = {"throughput": "throughput", "tpot": "TPOT", "ttft": "TTFT"}
#: TTFT is also judged apart for requests that wait for others, and for those that mostly do not.
PARTS = {"alone": "TTFT, at most a fifth of it waiting", "queue": "TTFT, more of it waiting"}
GROUPS = {"accelerator": "accelerator", "vendor": "vendor", "family": "model family", "engine": "engine", "source": "source"}
WORST = 6
#: What one run is asked to carry over, by which corrections, and which of them is the floor.
CARRIED, FLOOR = "throughput_full", "all profiles elsewhere"
BASES = ("formula", "one profile", "one profile elsewhere", FLOOR)

INTRODUCTION = """# Accuracy of predictions

Made from `catalogs/{edition}/accuracy.csv` by `python -m docs.generate`. `planner catalog refit CALIBRATION.csv catalogs/{edition}`
makes that file, together with the fitted table itself.

Every row was predicted by a fit that had seen no measurement of its model on its accelerator: pairs are left out whole, in
twelve parts. The error is |predicted / measured − 1|. A pair counts with the median of its rows, every source weighs the
same, and 99th percentiles of latency are left out. *Bias* is the median of predicted / measured − 1.

*With one profile* the prediction is corrected by one measured run of the same configuration (model, accelerator, precision,
split, engine and version) by the same source: all figures that a benchmark reports at one pair of lengths and one load. It is
drawn at random among the runs that the row is not of, sixteen times for each row where there are so many. Where a run was
repeated, the repeat may be drawn; *profile elsewhere* draws among runs at other lengths or another load only.
"""

CARRIES = """
## How far one run carries

Throughput at maximum load by source, median errors over the pairs of which a configuration was run at two places or more. With *all
elsewhere* a row is corrected by every run of its configuration at other lengths or another load together. What these leave open
differs from run to run of one configuration: settings that a source tuned for each pair of lengths, the number of requests,
data. One run cannot know it, so the error with one run elsewhere has that with all of them as its floor, {floor} over sources
weighted equally. Only a run at the same lengths and load goes below.

| source | pairs | formula | one run, any | one run elsewhere | all elsewhere |
| --- | --- | --- | --- | --- | --- |
"""

BANDS = """
## Bands

Every prediction comes with a band that promises to hold 80 % of measurements. Of a time to first token there are two: one for a
request's own time, which plans use, and one for its waiting for other prompts and for room, which a closed load adds. Share of
left-out rows inside bands that were drawn from the other half of the pairs:

| metric | formula | with one profile |
| --- | --- | --- |
"""

MEMORY = """
## Memory

Every configuration in the table ran, so each should be predicted to fit: {fitting} of {ran} are. {misfits}
"""

EXCLUDED = """
## Left out of fit and evaluation

Rows that the source marks as suspect, whose weights cannot fit the accelerator, that generate faster than the accelerator's
peak rates allow (prompts found in a cache, or a narrower format than stated), whose throughput and latencies contradict
Little's law, latencies of a full queue, and throughput that only repeats an offered rate.

| source | rows |
| --- | --- |
"""


def accuracy_page() -> str:
    """The whole page."""
    folder = max(path.parent for path in (ROOT / "catalogs").glob(f"*/{EVALUATION}"))
    with (folder / EVALUATION).open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    text = INTRODUCTION.format(edition=folder.name) + _overall(rows) + _carries(rows) + BANDS + _bands(rows)
    single = [row for row in rows if row["basis"] == "formula" and row["source"]]
    for field, words in GROUPS.items():
        text += f"\n## By {words}\n\nMedian error / 90th percentile / bias of the formula alone, in per cent, and pairs.\n\n" + _grouped(single, field)
    text += "\n## Worst cases\n\nPairs with the largest median error of the formula alone.\n\n" + _worst(single)
    text += _memory([row for row in rows if row["basis"] == "memory"])
    left_out = [row for row in rows if row["basis"] == "excluded"]
    return text + EXCLUDED + "".join(f"| {row['source']} | {row['rows']} |\n" for row in left_out)


def _overall(rows: list[dict[str, str]]) -> str:
    text = "\n## Overall\n\n| | pairs | rows | median error | 90th percentile | bias |\n| --- | --- | --- | --- | --- | --- |\n"
    for basis, words in (("formula", ""), ("one profile", ", with one profile"), ("one profile elsewhere", ", profile elsewhere"), ("all profiles elsewhere", ", all profiles elsewhere")):
        for target, name in TARGETS.items():
            row = next(r for r in rows if r["basis"] == basis and not r["source"] and r["target"] == target and r["rows"])
            text += f"| {name}{words} | {row['pairs']} | {int(row['rows']):,} | {_percent(row['median_error'])} | "
            text += f"{_percent(row['p90_error'])} | {_bias(float(row['median_log_ratio']))} |\n"
    return text


def _carries(rows: list[dict[str, str]]) -> str:
    """One line a source: the same pairs by the formula, with one run, and with all of them."""
    floor = next(r for r in rows if r["basis"] == FLOOR and not r["source"] and r["target"] == CARRIED)
    text = CARRIES.format(floor=_percent(floor["median_error"]))
    errors: dict[tuple[str, str], dict[tuple[str, ...], float]] = defaultdict(dict)
    for row in rows:
        if row["source"] and row["target"] == CARRIED:
            errors[row["source"], row["basis"]][row["model"], row["accelerator"], row["engine"]] = float(row["median_error"])
    for source in sorted({source for source, basis in errors if basis == FLOOR}):
        pairs = errors[source, FLOOR]
        cells = [_percent(str(median(errors[source, basis][pair] for pair in pairs))) for basis in BASES]
        text += f"| {source} | {len(pairs)} | " + " | ".join(cells) + " |\n"
    return text


def _bands(rows: list[dict[str, str]]) -> str:
    held = {(r["basis"], r["target"]): r["coverage"] for r in rows if r["coverage"]}
    profiled = {metric: _percent(held["one profile", metric]) for metric in METRICS}
    return "".join(
        f"| {name} | {_percent(held['formula', metric])} | {profiled.get(metric, '')} |\n" for metric, name in {**METRICS, **PARTS}.items()
    )


def _grouped(rows: list[dict[str, str]], field: str) -> str:
    text = f"| {GROUPS[field]} | " + " | ".join(TARGETS.values()) + " |\n" + "| --- " * (1 + len(TARGETS)) + "|\n"
    pairs = Counter(row[field] for row in {(r["model"], r["accelerator"], r[field]): r for r in rows}.values())
    for name in sorted(pairs, key=lambda one: (-pairs[one], one)):
        text += f"| {name} | " + " | ".join(_cell([r for r in rows if r[field] == name and r["target"] == t]) for t in TARGETS) + " |\n"
    return text


def _cell(rows: list[dict[str, str]]) -> str:
    if not rows:
        return ""
    weight = equal_sources([row["source"] for row in rows])
    quantile: Callable[[str, float], float] = lambda column, share: weighted_quantile([float(r[column]) for r in rows], weight, share)  # noqa: E731
    bias = _bias(quantile("median_log_ratio", 0.5))
    count = len({(row["model"], row["accelerator"]) for row in rows})
    return f"{100 * quantile('median_error', 0.5):.0f} / {100 * quantile('median_error', 0.9):.0f} / {bias.removesuffix(' %')} ({count})"


def _worst(rows: list[dict[str, str]]) -> str:
    text = "| metric | model on accelerator | engine | source | rows | median error | bias |\n| --- | --- | --- | --- | --- | --- | --- |\n"
    by_target = defaultdict(list)
    for row in rows:
        by_target[row["target"]].append(row)
    for target, name in TARGETS.items():
        for row in sorted(by_target[target], key=lambda r: (-float(r["median_error"]), r["model"], r["accelerator"], r["engine"]))[:WORST]:
            pair = f"{row['model']} on {row['accelerator']}"
            bias = _bias(float(row["median_log_ratio"]))
            text += f"| {name} | {pair} | {row['engine']} | {row['source']} | {row['rows']} | {_percent(row['median_error'])} | {bias} |\n"
    return text


def _memory(rows: list[dict[str, str]]) -> str:
    total = [row for row in rows if not row["model"]]
    names = [f"{row['model']} on {row['accelerator']} ({row['source']})" for row in rows if row["model"]]
    misfits = f"Not so: {'; '.join(names)}, whose stated weights are larger than its memory." if names else ""
    return MEMORY.format(fitting=sum(int(r["pairs"]) for r in total), ran=sum(int(r["rows"]) for r in total), misfits=misfits)


def _percent(value: str) -> str:
    return f"{100 * float(value):.1f} %"


def _bias(log_ratio: float) -> str:
    from math import expm1

    return f"{100 * expm1(log_ratio):+.0f} %"
