"""Builds an edition of the catalogue from a folder of reference facts, byte for byte the same each time."""

from planner.catalog.curate.edition import curate

__all__ = ["curate"]
