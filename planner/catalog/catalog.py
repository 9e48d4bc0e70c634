"""The catalogue in memory: frozen mappings by id and the look-ups that everyone needs."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any

from planner.catalog.coverage import covers
from planner.catalog.recovery import Recovery, methods_for, recovery_of
from planner.catalog.schema import (
    Accelerator, ApiPrice, Coefficient, Commitment, Cost, Mode, ModePrice, Model, Offer, Profile, Region, Source, Spot, Variant,
)
from planner.catalog.spot import spot_for

Loader = Callable[[str], Mapping[str, Any]]


@dataclass(frozen=True, eq=False)
class Catalog:
    """One edition, with a private overlay applied where one was given.

    edition   such as ``2026-11``
    digest    SHA-256 over the tables' digests and the overlay's: equal digests, equal facts
    overlay_digest  of the private overlay, None without one
    private         the overlay's facts (``planner.catalog.overlay.PrivateFacts``), None without one
    offers, regions, ...  rows by id, in the order of their files
    """

    edition: str
    digest: str
    sources: Mapping[str, Source]
    accelerators: Mapping[str, Accelerator]
    models: Mapping[str, Model]
    regions: Mapping[str, Region]
    offers: Mapping[str, Offer]
    region_hours: Mapping[str, tuple[float, ...]]
    spot: Mapping[str, Spot]
    commitments: Mapping[str, Commitment]
    variants: Mapping[str, Variant]
    owned: tuple[Any, ...] = ()
    overlay_digest: str | None = None
    private: Any = None
    table_digests: Mapping[str, str] = field(default_factory=dict)
    _late: Loader = field(default=lambda table: {}, repr=False)

    # Tables that few problems look at are read when first asked for.

    @cached_property
    def modes(self) -> Mapping[str, Mode]:
        return MappingProxyType(dict(self._late("modes")))

    @cached_property
    def mode_prices(self) -> Mapping[str, ModePrice]:
        return MappingProxyType(dict(self._late("mode_prices")))

    @cached_property
    def api_prices(self) -> Mapping[str, ApiPrice]:
        return MappingProxyType(dict(self._late("api_prices")))

    @cached_property
    def costs(self) -> Mapping[str, Cost]:
        return MappingProxyType(dict(self._late("costs")))

    @cached_property
    def profiles(self) -> Mapping[str, Profile]:
        return MappingProxyType(dict(self._late("profiles")))

    @cached_property
    def performance(self) -> Mapping[str, Coefficient]:
        return MappingProxyType(dict(self._late("performance")))

    def table(self, name: str) -> Mapping[str, Any]:
        """The rows of a table by id; raises KeyError for a table that does not exist."""
        if name not in TABLE_ATTRIBUTES:
            raise KeyError(name)
        return getattr(self, name)

    def accelerator(self, name: str) -> Accelerator | None:
        """By name or alias, in any case of letters; None when the catalogue lacks it."""
        return self.accelerators.get(name) or self.accelerators.get(self._accelerator_names.get(_folded(name), ""))

    def model(self, name: str) -> Model | None:
        """By name, alias or Hugging Face id, in any case of letters; None when the catalogue lacks it."""
        return self.models.get(name) or self.models.get(self._model_names.get(_folded(name), ""))

    def region(self, region_id: str) -> Region | None:
        """By ``provider:region``."""
        return self.regions.get(region_id)

    def region_of(self, offer: Offer) -> Region | None:
        return self.regions.get(offer.region_id)

    def offers_of(self, accelerator: str) -> tuple[Offer, ...]:
        """Offers with an accelerator, named or by alias, in file order."""
        found = self.accelerator(accelerator)
        return self._offers_by_accelerator.get(found.name, ()) if found else ()

    def spot_of(self, offer: Offer) -> Spot | None:
        """What is known of the offer's interruptions: its own row, completed by the provider's rule."""
        return spot_for(self.spot, offer)

    def commitments_of(self, offer: Offer) -> tuple[Commitment, ...]:
        """Commitments that are good for an offer, in file order."""
        return tuple(row for row in self.commitments.values() if covers(row, offer))

    def variants_of(self, model: str) -> tuple[tuple[Variant, ...], ...]:
        """Every method that the model can be served by, each with its rows by benchmark; native first."""
        return methods_for(self._variants_by_model, model)

    def recovery(self, model: str, method: str, benchmark: str) -> Recovery | None:
        """Share of the model's score that a method keeps on a benchmark; None: unknown, so out."""
        return recovery_of(self._variants_by_model, model, method, benchmark)

    def hourly_ratio(self, zone: str | None) -> tuple[float, ...] | None:
        """24 ratios to the annual mean carbon of a grid, by hour in UTC; None: unknown."""
        return self.region_hours.get(zone) if zone else None

    def near_models(self, name: str, count: int = 3) -> tuple[str, ...]:
        """Names of models that read like ``name``, best first."""
        return _near(name, self._model_names, count)

    def near_accelerators(self, name: str, count: int = 3) -> tuple[str, ...]:
        """Names of accelerators that read like ``name``, best first."""
        return _near(name, self._accelerator_names, count)

    def near_regions(self, name: str, count: int = 3) -> tuple[str, ...]:
        """Ids of regions that read like ``name``, best first."""
        names = {**{_folded(r.region): r.id for r in self.regions.values()}, **{_folded(r): r for r in self.regions}}
        return _near(name, names, count)

    def near_offers(self, name: str, count: int = 3) -> tuple[str, ...]:
        """Ids of offers that read like ``name``, best first."""
        return _near(name, {_folded(offer): offer for offer in self.offers}, count)

    @cached_property
    def _accelerator_names(self) -> dict[str, str]:
        return _by_name((row.name, (row.name, *row.aliases)) for row in self.accelerators.values())

    @cached_property
    def _model_names(self) -> dict[str, str]:
        return _by_name((row.name, (row.name, *row.aliases, row.hf_id or "")) for row in self.models.values())

    @cached_property
    def _offers_by_accelerator(self) -> dict[str, tuple[Offer, ...]]:
        grouped: dict[str, list[Offer]] = {}
        for offer in self.offers.values():
            grouped.setdefault(offer.accelerator, []).append(offer)
        return {name: tuple(rows) for name, rows in grouped.items()}

    @cached_property
    def _variants_by_model(self) -> dict[str, dict[str, tuple[Variant, ...]]]:
        grouped: dict[str, dict[str, list[Variant]]] = {}
        for row in self.variants.values():
            grouped.setdefault(row.model, {}).setdefault(row.method, []).append(row)
        return {model: {method: tuple(rows) for method, rows in found.items()} for model, found in grouped.items()}


TABLE_ATTRIBUTES = (
    "sources", "accelerators", "models", "regions", "offers", "region_hours", "spot", "commitments", "variants",
    "modes", "mode_prices", "api_prices", "costs", "profiles", "performance",
)


def _folded(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter not in " _-")


def _by_name(names: Any) -> dict[str, str]:
    """Folded name to the row's own name; a row's own name wins over another's alias."""
    found: dict[str, str] = {}
    rows = list(names)
    for own, every in rows:
        for name in every[1:]:
            if name:
                found.setdefault(_folded(name), own)
    for own, _ in rows:
        found[_folded(own)] = own
    return found


def _near(name: str, names: Mapping[str, str], count: int) -> tuple[str, ...]:
    close = difflib.get_close_matches(_folded(name), sorted(names), n=4 * count, cutoff=0.5)
    return tuple(dict.fromkeys(names[found] for found in close))[:count]
