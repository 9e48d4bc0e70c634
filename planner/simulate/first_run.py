"""Whether the event loop has to be compiled first, which takes longer than most simulations."""

from __future__ import annotations

from pathlib import Path

import numba

from planner.simulate.kernel.compiled import KEPT


def must_compile() -> bool:
    """No machine code of these sources was kept on this machine; the run then takes half a minute more.

    What is compiled last is looked for: a first run that was interrupted leaves a folder with the rest.
    """
    return not KEPT or not any(Path(numba.config.CACHE_DIR).glob("*/loop.advance-*.nbc"))
