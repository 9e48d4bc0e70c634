"""Condenses published workload summaries into ``observed.json``: what fleets are drawn from, small enough to keep here.

Run once for a folder of summaries: ``python -m benchmarks.fleet.condense FOLDER``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from benchmarks.fleet.observed import FILE
from planner.workload.lengths import merged
from planner.workload.summary import read_summary

LENGTHS = 48
WINDOWS_PER_HOUR = 6
HOURS_PER_DAY = 24
#: Key in the fleets, file stem, and the dispersion over 10 s where its arrivals were measured or drawn from measured rates.
SOURCES = (
    ("conversation", "azure2023_conv_first30min"),
    ("code", "azure2023_code_first30min"),
    ("documents", "mooncake_conversation_first30min"),
    ("reasoning", "servegen_deepseek_r1_h00_12"),
    ("agents", "servegen_m_mid_14days"),
    ("extraction", "servegen_m_small_week1"),
    ("sharegpt", "sharegpt8k_lengths"),
    ("summarisation", "arxiv_summarization_lengths"),
)


def condense(folder: Path) -> dict:
    """Lengths, burstiness and complete days of hourly rates of each summary in ``folder``."""
    return {
        "what": (
            "Length classes (share, input tokens, output tokens), index of dispersion of arrivals over 10 s, and hourly "
            "rates of complete local days over the mean of all hours, condensed from public traces."
        ),
        "workloads": {key: _workload(folder / f"{stem}.summary.json") for key, stem in SOURCES},
    }


def _workload(path: Path) -> dict:
    stated = json.loads(path.read_text(encoding="utf-8"))
    few = merged(read_summary(path).classes, LENGTHS)
    bursts = stated.get("burstiness") or stated.get("realisation", {}).get("burstiness") or {}
    return {
        "source": stated["source"],
        "licence": stated["licence"],
        "date": stated["date"],
        "dispersion_10s": bursts.get("index_of_dispersion_10s"),
        "lengths": [[_short(s), _short(i), _short(o)] for s, i, o in zip(few.share, few.input_tokens, few.output_tokens)],
        "days": _complete_days(stated),
    }


def _complete_days(stated: dict) -> list[list[float]]:
    """24 hourly rates of each day in which no window lacks data, over the mean of the hours of those days."""
    rates = stated.get("rate_rps_per_600s", [])
    gaps = set(stated.get("windows_without_data", ()))
    per_day = WINDOWS_PER_HOUR * HOURS_PER_DAY
    days = []
    for first in range(0, len(rates) - per_day + 1, per_day):
        if gaps.isdisjoint(range(first, first + per_day)):
            hours = [rates[h : h + WINDOWS_PER_HOUR] for h in range(first, first + per_day, WINDOWS_PER_HOUR)]
            days.append([sum(hour) / WINDOWS_PER_HOUR for hour in hours])
    mean = sum(map(sum, days)) / (HOURS_PER_DAY * len(days)) if days else 1.0
    return [[_short(rate / mean) for rate in day] for day in days]


def _short(value: float) -> float:
    return float(f"{value:.5g}")


def _text(data: dict) -> str:
    """JSON with one workload's figures a line."""
    body = json.dumps(data, indent=1, sort_keys=True)
    flat: list[str] = []
    for line in body.splitlines():
        inner = line.strip()
        opened = flat and flat[-1].count("[") > flat[-1].count("]")
        if opened:
            flat[-1] += (" " if flat[-1].endswith(",") else "") + inner
        else:
            flat.append(line)
    return "\n".join(flat) + "\n"


if __name__ == "__main__":
    FILE.write_text(_text(condense(Path(sys.argv[1]))), encoding="utf-8")
