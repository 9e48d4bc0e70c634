"""planner finds, proves and defends the cheapest way to run large language models."""

__version__ = "0.1.0"
