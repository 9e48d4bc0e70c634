"""``planner import litellm``: its price list as a private overlay."""

from planner.cli.import_prices import litellm as command

__all__ = ["command"]
