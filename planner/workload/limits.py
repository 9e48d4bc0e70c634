"""How large a trace may be, with reasons."""

from __future__ import annotations

# After decompression: a million requests are about 20 MB, and reading this much stays under 2 GiB of memory.
MAX_TRACE_BYTES = 128 * 2**20
# Five hours at 275 requests per second; longer histories belong in a summary.
MAX_TRACE_REQUESTS = 5_000_000  # counted in lines
# Beyond any context length announced (10 million tokens); larger values are another unit or a mistake.
MAX_TOKENS = 10_000_000
# 2^53 microseconds, 285 years: times stay exact to the microsecond as doubles, seconds since 1970 included.
MAX_SECONDS = 9e9
# From first to last arrival, two years: longer ones are milliseconds taken for seconds, or two clocks in one file.
MAX_SPAN_SECONDS = 2 * 366 * 86_400
# Faults collected in one trace before reading stops (20 are shown).
MAX_FAULTS = 100
