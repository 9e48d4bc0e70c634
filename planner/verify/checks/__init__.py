"""All checks, one topic a file; ``CHECKS`` holds them by name, in the order they run."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

# The order of imports is the order of checks: form first, then rules, constraints, claims and the certificate.
from planner.verify.checks import inputs  # isort: skip
from planner.verify.checks import whole_numbers  # isort: skip
from planner.verify.checks import rules  # isort: skip
from planner.verify.checks import deadline, hosted, managed, serverless  # isort: skip
from planner.verify.checks import capacity, commitments, demand, growth, min_instances, spot, stock, survival
from planner.verify.checks import caches, caps, jobs, quality
from planner.verify.checks import changes  # isort: skip
from planner.verify.checks import assumptions, cost, performance
from planner.verify.checks import serving_group  # isort: skip
from planner.verify.checks import safety  # isort: skip
from planner.verify.checks import proof  # isort: skip
from planner.verify.registry import REGISTER, Registered

CHECKS: Mapping[str, Registered] = MappingProxyType(REGISTER)

__all__ = ["CHECKS"]
