"""``python -m planner.catalog.curate REFERENCE_DIR OUT_DIR`` rebuilds an edition from its reference facts."""

import sys
from pathlib import Path

from planner.catalog.curate.edition import curate

if len(sys.argv) != 3:
    sys.exit("usage: python -m planner.catalog.curate REFERENCE_DIR OUT_DIR")
curate(Path(sys.argv[1]), Path(sys.argv[2]))
