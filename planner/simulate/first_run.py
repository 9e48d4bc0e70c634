"""Whether the event loop has to be compiled first, which takes longer than most simulations."""

from __future__ import annotations

from pathlib import Path

import numba

from planner.simulate.kernel.compiled import KEPT


def must_compile() -> bool:
    """No machine code of these sources was kept on this machine; the run then takes half a minute more."""
    return not KEPT or not Path(numba.config.CACHE_DIR).is_dir()
