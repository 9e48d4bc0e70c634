"""As ``tests.simulate``: the event loop is compiled once for all workers."""

from tests.simulate.conftest import event_loop

__all__ = ["event_loop"]
