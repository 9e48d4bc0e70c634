"""``planner import skypilot``: its price list as a private overlay."""

from planner.cli.import_prices import skypilot as command

__all__ = ["command"]
