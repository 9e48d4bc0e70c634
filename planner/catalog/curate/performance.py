"""Where the constants of the performance model come from; ``planner catalog refit`` makes the table itself."""

from __future__ import annotations

import hashlib
from pathlib import Path

from planner.catalog.curate.facts import Draft

#: The table that the fit writes and curation leaves as it is.
TABLE = "performance"
SOURCE = "Measured throughput, TTFT and TPOT of served models"
DATE = "2026-11"


def performance(calibration: Path, draft: Draft) -> None:
    """Cites the measurements, with the digest of their file."""
    draft.cite(SOURCE, DATE, citation=f"perf/calibration.csv sha256:{hashlib.sha256(calibration.read_bytes()).hexdigest()}")
