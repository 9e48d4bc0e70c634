"""Reads a workload summary: rates per window, burstiness and the joint histogram of lengths, as one JSON document."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from planner.documents import Document, read
from planner.documents.wording import found
from planner.errors import Fault, InvalidInput
from planner.workload.lengths import LengthClasses, from_cells
from planner.workload.limits import MAX_TOKENS
from planner.workload.rates import WINDOW_SECONDS, RateSeries, series_of_rates

_RATES = re.compile(r"rate_rps_per_([1-9][0-9]{0,5})s")
_COLUMNS = ["input_bucket", "output_bucket", "probability", "mean_input", "mean_output"]
# Published probabilities are rounded; more than this is a histogram with parts missing.
_SUM_TOLERANCE = 0.01
_BUCKET_ROUNDING = 0.1


@dataclass(frozen=True)
class Summary:
    """A published workload. Whatever the file does not say is ``None``.

    mean_per_s      mean requests per second as published, which may count gaps as zero: prefer ``rates``
    rates           per window; from the list nearest to 10-minute windows
    dispersion_10s  index of dispersion of arrivals over 10 s
    classes         one length class per cell of the histogram, not yet merged
    notes           what was done to the file's content
    """

    name: str | None
    source: str | None
    mean_per_s: float | None
    rates: RateSeries | None
    dispersion_10s: float | None
    interarrival_cv: float | None
    classes: LengthClasses | None
    notes: tuple[str, ...] = ()


def read_summary(path: str | Path) -> Summary:
    """The summary in the JSON or YAML file ``path``; raises ``InvalidInput`` with every place that is wrong.

    Fields that it does not need are ignored: summaries carry percentiles and remarks of many kinds.
    """
    return summary_of(read(path))


def summary_of(document: Document) -> Summary:
    """The summary that a document holds; see ``read_summary``."""
    reading = _Reading(document)
    data = document.data if isinstance(document.data, dict) else {}
    if data is not document.data:
        reading.refuse((), document.data, "an object")
    bursts = {} if data.get("burstiness") is None else data["burstiness"]
    if not isinstance(bursts, dict):
        reading.refuse(("burstiness",), bursts, "an object")
        bursts = {}
    summary = Summary(
        reading.text(data, "name"),
        reading.text(data, "source"),
        reading.number(("mean_rate_rps",), data.get("mean_rate_rps")),
        reading.rates(data),
        reading.number(("burstiness", "index_of_dispersion_10s"), bursts.get("index_of_dispersion_10s")),
        reading.number(("burstiness", "cv_interarrival"), bursts.get("cv_interarrival")),
        reading.classes(data),
        (),
    )
    if not reading.faults and summary.mean_per_s is None and summary.rates is None and summary.classes is None:
        reading.faults.append(document.fault((), "empty", "the summary has neither rates (rate_rps_per_600s) nor a joint_histogram"))
    if reading.faults:
        raise InvalidInput(document.file, reading.faults)
    return Summary(**{**vars(summary), "notes": tuple(reading.notes)})


class _Reading:
    """Collects the faults and notes of one document."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.faults: list[Fault] = []
        self.notes: list[str] = []

    def refuse(self, steps: tuple, value: object, allowed: str) -> None:
        self.faults.append(self.document.fault(steps, "wrong_value", f"found {found(value)}; {allowed} is expected"))

    def text(self, data: dict, name: str) -> str | None:
        value = data.get(name)
        if value is not None and not isinstance(value, str):
            self.refuse((name,), value, "text")
        return value

    def number(self, steps: tuple, value: object, least: float = 0.0, most: float = 1e15) -> float | None:
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= most:
            self.refuse(steps, value, f"a number from {least:g} to {most:g}")
            return None
        return float(value)

    def list_at(self, data: dict, name: str) -> list:
        value = data.get(name)
        if value is not None and not isinstance(value, list):
            self.refuse((name,), value, "a list")
        return value if isinstance(value, list) else []

    def rates(self, data: dict) -> RateSeries | None:
        offered = {name: float(match[1]) for name in data if (match := _RATES.fullmatch(name))}
        if not offered:
            return None
        name = min(offered, key=lambda n: (abs(offered[n] - WINDOW_SECONDS), n))
        rates = [self.number((name, i), rate) for i, rate in enumerate(self.list_at(data, name))]
        gaps = self.list_at(data, "windows_without_data")
        for i, window in enumerate(gaps):
            if isinstance(window, bool) or not isinstance(window, int) or not 0 <= window < len(rates):
                self.refuse(("windows_without_data", i), window, f"the number of a window from 0 to {len(rates) - 1}")
        if not rates or self.faults:
            return None
        return series_of_rates(rates, offered[name], gaps)

    def classes(self, data: dict) -> LengthClasses | None:
        rows = self.list_at(data, "joint_histogram")
        if not rows:
            return None
        columns = data.get("joint_histogram_columns", _COLUMNS)
        if columns != _COLUMNS:
            self.refuse(("joint_histogram_columns",), columns, ", ".join(_COLUMNS))
        edges = [self.number(("bucket_edges", i), edge) for i, edge in enumerate(self.list_at(data, "bucket_edges"))]
        if len(edges) < 2 or None in edges or any(a >= b for a, b in zip(edges, edges[1:])):
            self.refuse(("bucket_edges",), data.get("bucket_edges"), "a list of increasing numbers")
            return None
        cells = [self._cell(i, row, edges) for i, row in enumerate(rows)]
        if self.faults or None in cells:
            return None
        twice = len(cells) - len({tuple(row[:2]) for row in rows})
        if twice:
            self.refuse(("joint_histogram",), rows, f"one row per pair of buckets ({twice} repeated)")
            return None
        share, inputs, outputs = zip(*cells)
        total = sum(share)
        if abs(total - 1.0) > _SUM_TOLERANCE:
            self.faults.append(self.document.fault(("joint_histogram",), "shares_do_not_sum", f"the probabilities sum to {total:.6g}; they must sum to 1"))
            return None
        silent = sum(s for s, i, o in cells if i < 1 or o < 1)
        if silent > 0:
            self.notes.append(f"{silent:.2g} of the requests have no input or no output tokens; they count as one token")
        return from_cells(share, [max(i, 1.0) for i in inputs], [max(o, 1.0) for o in outputs])

    def _cell(self, row_number: int, row: object, edges: list) -> tuple[float, float, float] | None:
        steps = ("joint_histogram", row_number)
        if not isinstance(row, list) or len(row) != len(_COLUMNS):
            self.refuse(steps, row, f"a list of {', '.join(_COLUMNS)}")
            return None
        values = [self.number((*steps, i), value if value is not None else "", 0, 1 if i == 2 else MAX_TOKENS) for i, value in enumerate(row)]
        if None in values:
            return None
        for column, mean in ((0, 3), (1, 4)):
            bucket = row[column]
            if not isinstance(bucket, int) or bucket >= len(edges) - 1:
                self.refuse((*steps, column), bucket, f"a bucket from 0 to {len(edges) - 2}")
            elif not edges[bucket] - _BUCKET_ROUNDING <= values[mean] <= edges[bucket + 1] + _BUCKET_ROUNDING:
                self.refuse((*steps, mean), row[mean], f"a mean within its bucket, {edges[bucket]:g} to {edges[bucket + 1]:g},")
        return values[2], values[3], values[4]
