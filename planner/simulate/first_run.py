"""Whether the event loop has to be compiled first, which takes longer than most simulations."""

from __future__ import annotations

from pathlib import Path

import numba

import planner.simulate.kernel.compiled  # noqa: F401 - says where machine code is kept


def must_compile() -> bool:
    """No machine code of these sources was kept on this machine; the first run then takes about 20 s more."""
    return not Path(numba.config.CACHE_DIR).is_dir()
