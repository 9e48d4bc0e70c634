"""Instances and runners that measure the planner; no part of the package."""
