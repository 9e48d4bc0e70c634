"""When spot instances were to be had, as a probe recorded it, turned into losses of a plan's spot pools."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from pathlib import Path

from planner.documents.clean import shortened, visible
from planner.errors import Fault as Wrong
from planner.errors import InvalidInput, UsageError
from planner.replay.case import Case
from planner.replay.faults import Fault

TIMES = ("start_seconds", "duration_seconds")
#: Which column says that instances were to be had, and the value that says so; the first that a file has counts.
STATES = {"available": "1", "unavailable": "0", "value": "1"}
#: Or run lengths in one cell, a series in each row: ``0x246 1x3`` are 246 probes that found no instance and three that found one.
RUNS, RUN_SERIES, PROBE_S = "rle_available_x_run", "trace_id", "gap_seconds"
SHOWN, MOST_BYTES = 20, 2**28


def spot_trace_losses(case: Case, given: tuple[str, ...]) -> tuple[Fault, ...]:
    """``[POOL=]FILE[#SERIES]`` each; without a pool, every spot pool of the plan follows the file.

    The file is CSV, also gzipped, with start_seconds, duration_seconds and one of ``STATES``; of a file with a column ``series``
    the one whose name holds SERIES counts. Or it has ``RUNS`` with ``RUN_SERIES`` and ``PROBE_S``. Other columns are ignored. Time 0 is that of the run. Raises InvalidInput with line
    numbers, UsageError where no series or more than one is meant.
    """
    spot = sorted({d.pool for s in case.plan.services for d in s.deployments if d.purchase == "spot" and any(d.replicas)})
    found: list[Fault] = []
    for text in given:
        pool, separator, file = text.partition("=")
        if not separator or pool not in spot:
            if separator and not Path(text.partition("#")[0]).exists():
                raise UsageError(f'the plan has no spot instances in "{pool}"', hint="one of " + ", ".join(spot) if spot else "it uses no spot")
            pool, file = "", text
        away = _away(*_named(file))
        found += [Fault("spot_pool", name, start, end) for name in ([pool] if pool else spot) for start, end in away]
    return tuple(found)


def _named(text: str) -> tuple[str, str]:
    """(file, series); a file whose own name has the sign is meant as it stands."""
    file, _, series = text.partition("#")
    return (text, "") if Path(text).exists() else (file, series)


def _away(file: str, series: str) -> list[tuple[float, float]]:
    """Stretches without instances, those that touch joined."""
    shown = visible(file)
    rows = _unrolled(_rows(file, shown), shown)
    names = tuple(rows[0][1]) if rows else ()
    state = next((name for name in STATES if name in names), None)
    missing = [name for name in TIMES if name not in names] + ([] if state else ["available"])
    if missing:
        text = f"the first line must name {', '.join(TIMES)}, available, and rows must follow; {', '.join(missing)} is missing"
        raise InvalidInput(shown, [Wrong("", "wrong_columns", text, 1)])
    faults: list[Wrong] = []
    found: list[tuple[float, float]] = []
    for line, row in _of_series(rows, series, file):
        try:
            start, length = float(row["start_seconds"]), float(row["duration_seconds"])
            usable = 0.0 <= start < 1e9 and 0.0 < length < 1e9 and row[state] in ("0", "1")
        except (TypeError, ValueError):
            usable = False
        if not usable:
            value = shortened(",".join(str(row[name]) for name in (*TIMES, state)))
            faults.append(Wrong("", "bad_value", f'found "{value}"; a start from 0, a duration above 0, and 0 or 1 are expected', line))
        elif row[state] != STATES[state]:
            found.append((start, start + length))
    if faults:
        raise InvalidInput(shown, faults[:SHOWN])
    return _joined(sorted(found))


def _rows(file: str, shown: str) -> list[tuple[int, dict[str, str]]]:
    """(line, cells by name) of a file; raises InvalidInput where it cannot be read."""
    try:
        raw = Path(file).read_bytes()
        if raw[:2] == b"\x1f\x8b":
            with gzip.open(io.BytesIO(raw)) as stream:
                raw = stream.read(MOST_BYTES + 1)
        if len(raw) > MOST_BYTES:
            raise InvalidInput(shown, [Wrong("", "too_large", f"the file holds more than {MOST_BYTES:,} bytes")])
        reader = csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline=""))
        return [(reader.line_num, row) for row in reader]
    except OSError as error:
        raise InvalidInput(shown, [Wrong("", "cannot_read", f"the file cannot be read: {error.strerror or visible(str(error))}")]) from None
    except (UnicodeError, csv.Error, zlib.error, EOFError) as error:
        raise InvalidInput(shown, [Wrong("", "not_csv", f"the file is no CSV text: {visible(str(error))}")]) from None


def _unrolled(rows: list[tuple[int, dict[str, str]]], shown: str) -> list[tuple[int, dict[str, str]]]:
    """Rows of run lengths as a row for each run; others as they are. Of several instances that were asked for at once one is enough."""
    if not rows or not {RUNS, RUN_SERIES, PROBE_S} <= set(rows[0][1]):
        return rows
    found: list[tuple[int, dict[str, str]]] = []
    for line, row in rows:
        at = 0.0
        for run in str(row[RUNS]).split():
            try:
                there, count, gap = *map(int, run.split("x")), float(row[PROBE_S])
            except (TypeError, ValueError):
                there, count, gap = -1, 0, 0.0
            if there < 0 or count < 1 or not 0.0 < gap < 1e6:
                text = f'found "{shortened(run)}" and a gap of "{shortened(str(row[PROBE_S]))}"; such as 0x246 and seconds above 0 are expected'
                raise InvalidInput(shown, [Wrong("", "bad_value", text, line)])
            state = "1" if there else "0"
            found.append((line, {"series": str(row[RUN_SERIES]), "start_seconds": repr(at), "duration_seconds": repr(count * gap), "available": state}))
            at += count * gap
    return found


def _of_series(rows: list[tuple[int, dict[str, str]]], series: str, file: str) -> list[tuple[int, dict[str, str]]]:
    """The rows of one series; all where the file tells none apart."""
    names = sorted({str(row.get("series")) for _, row in rows}) if "series" in rows[0][1] else []
    if not names:
        if series:
            raise UsageError(f'the file has no column "series" to find "{visible(series)}" in', where=visible(file))
        return rows
    meant = [name for name in names if name == series] or [name for name in names if series in name]
    if len(meant) != 1:
        some = ", ".join(visible(name) for name in (meant or names)[:4]) + (", …" if len(meant or names) > 4 else "")
        raise UsageError(f"{len(meant)} of the {len(names)} series could be meant", where=visible(file), hint=f"FILE#SERIES, with a part of a name that no other has: {some}")
    return [(line, row) for line, row in rows if row["series"] == meant[0]]


def _joined(stretches: list[tuple[float, float]]) -> list[tuple[float, float]]:
    joined: list[tuple[float, float]] = []
    for start, end in stretches:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined
