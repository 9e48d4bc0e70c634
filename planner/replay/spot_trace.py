"""When spot instances were to be had, as a probe recorded it, turned into losses of a plan's spot pools."""

from __future__ import annotations

import csv
from pathlib import Path

from planner.documents.clean import shortened, visible
from planner.errors import Fault as Wrong
from planner.errors import InvalidInput, UsageError
from planner.replay.case import Case
from planner.replay.faults import Fault

COLUMNS = ("start_seconds", "duration_seconds", "available")
SHOWN = 20


def spot_trace_losses(case: Case, given: tuple[str, ...]) -> tuple[Fault, ...]:
    """``[POOL=]FILE`` each; without a pool, every spot pool of the plan follows the file.

    The file is CSV with start_seconds, duration_seconds and available (1 there, 0 away); other columns are ignored. Time 0 is
    that of the run. Raises InvalidInput with line numbers.
    """
    spot = sorted({d.pool for s in case.plan.services for d in s.deployments if d.purchase == "spot" and any(d.replicas)})
    found: list[Fault] = []
    for text in given:
        pool, separator, file = text.partition("=")
        if not separator or pool not in spot:
            if separator and not Path(text).exists():
                raise UsageError(f'the plan has no spot instances in "{pool}"', hint="one of " + (", ".join(spot) or "none: it uses no spot"))
            pool, file = "", text
        away = _away(file)
        found += [Fault("spot_pool", name, start, end) for name in ([pool] if pool else spot) for start, end in away]
    return tuple(found)


def _away(file: str) -> list[tuple[float, float]]:
    """Stretches without instances, those that touch joined."""
    shown = visible(file)
    try:
        with open(file, newline="", encoding="utf-8") as stream:
            reader = csv.DictReader(stream)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                text = f"the first line must name {', '.join(COLUMNS)}; {', '.join(missing)} is missing"
                raise InvalidInput(shown, [Wrong("", "wrong_columns", text, 1)])
            rows = [(reader.line_num, row) for row in reader]
    except OSError as error:
        raise InvalidInput(shown, [Wrong("", "cannot_read", f"the file cannot be read: {error.strerror}")]) from None
    except (UnicodeError, csv.Error) as error:
        raise InvalidInput(shown, [Wrong("", "not_csv", f"the file is no CSV text: {visible(str(error))}")]) from None
    faults: list[Wrong] = []
    found: list[tuple[float, float]] = []
    for line, row in rows:
        try:
            start, length = float(row["start_seconds"]), float(row["duration_seconds"])
            usable = 0.0 <= start < 1e9 and 0.0 < length < 1e9 and row["available"] in ("0", "1")
        except (TypeError, ValueError):
            usable = False
        if not usable:
            value = shortened(",".join(str(row[name]) for name in COLUMNS))
            faults.append(Wrong("", "bad_value", f'found "{value}"; a start from 0, a duration above 0, and 0 or 1 are expected', line))
        elif row["available"] == "0":
            found.append((start, start + length))
    if faults:
        raise InvalidInput(shown, faults[:SHOWN])
    return _joined(sorted(found))


def _joined(stretches: list[tuple[float, float]]) -> list[tuple[float, float]]:
    joined: list[tuple[float, float]] = []
    for start, end in stretches:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined
