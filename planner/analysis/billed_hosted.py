"""Rows of a bill that pay for hosted options: which option, by which meter, and how much of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from planner.documents import csv_safe, visible
from planner.economics.api import ApiOffer, names_of
from planner.economics.meters import CACHED, INPUT, KEPT, OUTPUT, REQUESTS, UNITS, WORKERS
from planner.economics.serverless import ServerlessOffer

#: What bills call the sellers that catalogues name shortly, without blanks and case.
SELLERS = {
    "amazonwebservices": "aws", "amazon": "aws", "microsoft": "azure", "microsoftazure": "azure", "google": "gcp", "googlecloud": "gcp",
    "googlecloudplatform": "gcp", "oracle": "oci", "oraclecloudinfrastructure": "oci", "oraclecloud": "oci",
    "gemini": "gcp",
}  # fmt: skip
#: What companies call themselves beyond their name.
_COMPANY = re.compile(r"(inc|llc|ltd|pbc|gmbh|corporation|corp|labs|ai)$")
_PARTS = re.compile(r"[a-z]+|\d+")
#: Words after a model's name that make it another model.
_OTHER_MODEL = frozenset("mini nano lite pro flash turbo max plus air fast large small medium micro vision audio realtime coder distill image".split())
_HOURS_OF = {"hour": 1.0, "hr": 1.0, "h": 1.0, "minute": 60.0, "min": 60.0, "second": 3600.0, "sec": 3600.0, "s": 3600.0}
_THOUSANDS = {"k": 1e3, "thousand": 1e3, "m": 1e6, "mn": 1e6, "million": 1e6, "b": 1e9, "billion": 1e9}
_PROVISIONED = frozenset({"provisioned", "ptu", "ptus", "gsu", "gsus"})
# Discs and tables are provisioned too: units of models without a model's name are of one of these.
_MODELS = frozenset({"ptu", "ptus", "gsu", "gsus", "model", "models", "bedrock", "openai", "foundry", "vertex", "gemini"})
_BESIDE_ACCELERATORS = frozenset({"cpu", "vcpu", "core", "cores", "memory", "gib", "gb", "ram"})


@dataclass(frozen=True)
class Sold:
    """A hosted option that a bill may speak of.

    name    as in a plan
    usd     that the plan means to pay for it in a month; None: it is no part of the plan
    models  names of the model, as words; empty for workers
    """

    name: str
    mode: str
    offer: ApiOffer | ServerlessOffer
    usd: float | None
    models: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True)
class Recognised:
    """A row's part of an option; ``quantity`` in the meter's unit, None where the row does not say."""

    name: str
    meter: str
    share: float
    quantity: float | None


def sold(planned: Mapping[str, tuple[Any, Any, float]], services: Iterable[Any], apis: Mapping[str, ApiOffer], catalog: Any) -> tuple[Sold, ...]:
    """What the plan uses (name → use, offer, USD a month), and token prices of the services' own models that it does not use."""
    found = [Sold(name, use.mode, offer, usd, _models(offer, catalog) if use.workers is None else ()) for name, (use, offer, usd) in sorted(planned.items())]
    wanted = {name for one in services for name in (one.model, getattr(catalog.model(one.model), "name", None)) if name}
    chosen = {f"{other.provider}:{other.model}" for one in services for other in one.substitutes}
    for key, offer in sorted(apis.items()):
        if key in chosen or offer.model in wanted or offer.api_model in wanted:
            for mode, ending in (("provider_api", ""), ("batch", " batch"), ("provisioned", " provisioned")):
                if f"{key}{ending}" not in planned:
                    found.append(Sold(f"{key}{ending}", mode, offer, None, _models(offer, catalog)))
    return tuple(found)


class HostedSales:
    """Finds the option that a row of a bill pays for."""

    def __init__(self, options: Sequence[Sold]) -> None:
        self.options = options

    def find(self, row: Any) -> tuple[Recognised, ...]:
        """Parts of the row by option; none where it pays for no option that is known."""
        own = [one for one in self.options if _sells(one.offer.provider, row.provider)]
        if not own:
            return ()
        texts = [words(text) for text in (row.sku, row.instance_type, row.description, row.service)]
        named = [one for one in own if {one.name, visible(csv_safe(one.name))} & {row.instance_type, row.description, row.sku}]
        found = named or self._by_model(own, texts, row) or self._by_worker(own, texts) or self._by_units(own, texts)
        whole = sum(one.usd or 0.0 for one in found)
        return tuple(
            Recognised(one.name, meter, share, None if quantity is None else quantity * share)
            for one in found
            for share in ((one.usd or 0.0) / whole if whole else 1.0 / len(found),)
            for meter, quantity in (_metered(one, texts, row),)
        )

    def _by_model(self, own: list[Sold], texts: list[tuple[str, ...]], row: Any) -> list[Sold]:
        """The option with the longest name of a model in the texts, in the row's mode; planned ones first."""
        mode = _mode(texts, row)
        lengths = {one: max((_said(name, text) for name in one.models for text in texts), default=0) for one in own}
        longest = max(lengths.values(), default=0)
        found = [one for one, length in lengths.items() if length == longest > 0 and one.mode == mode]
        return sorted(found, key=lambda one: (one.usd is None, one.name))[:1]

    def _by_worker(self, own: list[Sold], texts: list[tuple[str, ...]]) -> list[Sold]:
        """Serverless options whose accelerator is named, else those whose service is; several share the row by what they cost."""
        workers = [one for one in own if one.mode == "serverless"]
        found = [one for one in workers if one.offer.accelerator and any(_within(words(one.offer.accelerator), text) for text in texts)]
        return found or [one for one in workers if any(_within(words(one.offer.service), text) for text in texts)]

    def _by_units(self, own: list[Sold], texts: list[tuple[str, ...]]) -> list[Sold]:
        """Units of throughput are sold without a model's name too: all that the plan buys of the seller."""
        said = {word for text in texts for word in text}
        if not (said & _PROVISIONED and said & _MODELS):
            return []
        return [one for one in own if one.mode == "provisioned" and one.usd is not None]


def words(text: str) -> tuple[str, ...]:
    """Letters and digits apart, in lower case: ``llama3-1-70b`` and ``Llama 3.1 70B`` read alike."""
    return tuple(_PARTS.findall(text.casefold()))


def seller(text: str) -> str:
    """A company's name without what companies append, or the catalogue's name of it."""
    plain = "".join(words(text))
    while plain not in SELLERS and (shorter := _COMPANY.sub("", plain)) not in ("", plain):
        plain = shorter
    return SELLERS.get(plain, plain)


def _sells(provider: str, billed: str) -> bool:
    return seller(billed) in {seller(name) for name in names_of(provider)} | {"".join(words(provider))} or billed == provider.casefold()


def _models(offer: ApiOffer, catalog: Any) -> tuple[tuple[str, ...], ...]:
    known = catalog.model(offer.model) if offer.model else None
    names = (offer.api_model, offer.api_model.rpartition("/")[2], getattr(known, "name", ""))
    return tuple(dict.fromkeys(found for name in names if (found := words(name))))


def _said(name: tuple[str, ...], text: tuple[str, ...]) -> int:
    """How many words of a model's name a text has one after the other; 0 where another model's name goes on."""
    for at in range(len(text) - len(name) + 1):
        if text[at : at + len(name)] == name:
            after = text[at + len(name)] if at + len(name) < len(text) else ""
            # A date may follow a name; a short number is a version or a size.
            if after not in _OTHER_MODEL and not (after.isdigit() and len(after) < 4):
                return len(name)
    return 0


def _within(part: tuple[str, ...], text: tuple[str, ...]) -> bool:
    return bool(part) and any(text[at : at + len(part)] == part for at in range(len(text) - len(part) + 1))


def _mode(texts: list[tuple[str, ...]], row: Any) -> str:
    said = {word for text in texts for word in text}
    if "batch" in said:
        return "batch"
    return "provisioned" if said & _PROVISIONED or row.hours is not None else "provider_api"


def _metered(one: Sold, texts: list[tuple[str, ...]], row: Any) -> tuple[str, float | None]:
    said = {word for text in texts for word in text}
    if one.mode == "provisioned":
        return UNITS, _first(_hours(amount, unit) for amount, unit in row.quantities)
    if one.mode == "serverless" and one.offer.by_request:
        # Time and bytes are rows of their own, and are not more requests.
        return REQUESTS, _first(_million_requests(amount, unit) for amount, unit in row.quantities) or 0.0
    if one.mode == "serverless":
        meter = KEPT if said & {"kept", "provisioned", "minimum", "idle"} else WORKERS
        # Processors and memory of a worker are billed apart, and their hours are not more workers.
        beside = said & _BESIDE_ACCELERATORS and not _within(words(one.offer.accelerator or ""), tuple(texts[0] + texts[1]))
        return meter, 0.0 if beside else _first(_hours(amount, unit) for amount, unit in row.quantities)
    meter = CACHED if said & {"cached", "cache"} and "write" not in said else OUTPUT if said & {"output", "completion", "generated", "generation"} else INPUT
    return meter, _first(_million_tokens(amount, unit, said) for amount, unit in row.quantities)


def _first(values: Iterator[float | None]) -> float | None:
    return next((value for value in values if value is not None), None)


def _hours(amount: float, unit: str) -> float | None:
    for word in words(unit):
        if (factor := _HOURS_OF.get(word) or _HOURS_OF.get(word.removesuffix("s"))) is not None:
            return amount / factor
    return None


def _million_tokens(amount: float, unit: str, said: set[str]) -> float | None:
    """``1K tokens``, ``1,000 tokens``, ``1M`` of something that is tokens; None for other units."""
    parts = words(unit.replace(",", ""))
    tokens = {"token", "tokens"} & set(parts)
    if not tokens and not ({"token", "tokens"} & said and parts[-1:] and parts[-1] in _THOUSANDS):
        return None
    return _millions(amount, parts)


def _million_requests(amount: float, unit: str) -> float | None:
    parts = words(unit.replace(",", ""))
    return _millions(amount, parts) if {"request", "requests", "invocations"} & set(parts) else None


def _millions(amount: float, parts: tuple[str, ...]) -> float:
    number = next((float(part) for part in parts if part.isdigit()), 1.0)
    return amount * number * next((_THOUSANDS[part] for part in parts if part in _THOUSANDS), 1.0) / 1e6
