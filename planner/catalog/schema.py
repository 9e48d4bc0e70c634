"""Every table of an edition and the row it holds, in one place."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import BaseModel

from planner.catalog.hardware import Accelerator, Model
from planner.catalog.market import GEOS, PRICE_FIELDS, Commitment, Offer, Region, RegionHour, Spot
from planner.catalog.row import KINDS, Kind, Row
from planner.catalog.sources import Source
from planner.catalog.usage import ANY, ApiPrice, Coefficient, Cost, Mode, ModePrice, Profile, Variant

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Table:
    """A table of an edition: its file is ``<name>.csv``, its columns the fields of ``row``.

    lazy  read only when first asked for: most problems never look at it
    """

    name: str
    row: type[BaseModel]
    lazy: bool = False

    @property
    def file(self) -> str:
        return f"{self.name}.csv"

    @property
    def columns(self) -> tuple[str, ...]:
        """Fields in the order they are written; ``private`` never appears in an edition."""
        own = [name for name in self.row.model_fields if name not in _TAIL and name != "private"]
        return (*own, *(name for name in _TAIL if name in self.row.model_fields))


_TAIL = ("source", "as_of", "kind", "note")

TABLES: tuple[Table, ...] = (
    Table("sources", Source),
    Table("accelerators", Accelerator),
    Table("models", Model),
    Table("regions", Region),
    Table("offers", Offer),
    Table("region_hours", RegionHour),
    Table("spot", Spot),
    Table("commitments", Commitment),
    Table("variants", Variant),
    Table("modes", Mode, lazy=True),
    Table("mode_prices", ModePrice, lazy=True),
    Table("api_prices", ApiPrice, lazy=True),
    Table("costs", Cost, lazy=True),
    Table("profiles", Profile, lazy=True),
    Table("performance", Coefficient, lazy=True),
)

TABLE_BY_NAME: dict[str, Table] = {table.name: table for table in TABLES}

__all__ = [
    "ANY", "Accelerator", "ApiPrice", "Coefficient", "Commitment", "Cost", "GEOS", "KINDS", "Kind", "Mode", "ModePrice", "Model",
    "Offer", "PRICE_FIELDS", "Profile", "Region", "RegionHour", "Row", "SCHEMA_VERSION", "Source", "Spot", "TABLES",
    "TABLE_BY_NAME", "Table", "Variant",
]
