"""The dated catalogue of accelerators, models, prices and regions, and the user's facts over it."""

from planner.catalog.catalog import Catalog
from planner.catalog.load import load_catalog
from planner.catalog.recovery import Recovery
from planner.catalog.schema import (
    Accelerator, ApiPrice, Commitment, Cost, Mode, ModePrice, Model, Offer, Profile, Region, Source, Spot, Variant,
)

__all__ = [
    "Accelerator", "ApiPrice", "Catalog", "Commitment", "Cost", "Mode", "ModePrice", "Model", "Offer", "Profile",
    "Recovery", "Region", "Source", "Spot", "Variant", "load_catalog",
]
