"""Demand as files describe it: traces and summaries, turned into rates per period and a few length classes."""

from planner.workload.beside import resolve_beside
from planner.workload.burstiness import index_of_dispersion, interarrival_cv
from planner.workload.clock import Clock
from planner.workload.lengths import LengthClasses, from_cells, joint_histogram, merged
from planner.workload.rates import (
    PeriodRates,
    RateSeries,
    rate_per_period,
    series_of_rates,
    series_of_trace,
    with_mean_for_unknown,
)
from planner.workload.summary import Summary, read_summary
from planner.workload.trace import Trace, longer_than, read_trace

__all__ = [
    "Clock", "LengthClasses", "PeriodRates", "RateSeries", "Summary", "Trace", "from_cells", "index_of_dispersion",
    "interarrival_cv", "joint_histogram", "longer_than", "merged", "rate_per_period", "read_summary", "read_trace",
    "resolve_beside", "series_of_rates", "series_of_trace", "with_mean_for_unknown",
]
