"""Lays a user's private facts over the catalogue; every row it adds or changes is marked private."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from planner.catalog.catalog import Catalog
from planner.catalog.huggingface import read_config
from planner.catalog.negotiated import negotiate
from planner.catalog.overlay_schema import OVERLAY_SOURCE, ConfiguredModel, Overlay
from planner.catalog.schema import TABLE_BY_NAME, Model, Source, Variant
from planner.errors import Fault, InvalidInput

# Tables whose rows an overlay may replace; in the others a second row with one id is a conflict.
REPLACEABLE = ("spot", "variants", "api_prices")
_ADDED = ("accelerators", "regions", "offers", "commitments", *REPLACEABLE)


@dataclass(frozen=True)
class PrivateFacts:
    """An overlay as read: its file, what it says and the digest of both it and the configs it names."""

    file: str
    overlay: Overlay
    models: tuple[Model, ...]
    digest: str


def read_overlay(path: str | Path) -> PrivateFacts:
    """The overlay in a JSON or YAML file, with the model configs it names.

    Raises InvalidInput with every fault at its place; a config outside the overlay's folder is refused.
    """
    from planner import documents

    document = documents.read(str(path))
    overlay = documents.validate(document, Overlay)
    faults: list[Fault] = []
    models: list[Model] = []
    digest = hashlib.sha256(document.digest.encode())
    for index, configured in enumerate(overlay.model_configs):
        try:
            model, content = _configured(Path(path), configured, overlay.as_of)
        except InvalidInput as error:
            message = "; ".join(fault.message for fault in error.faults)
            faults.append(document.fault(("model_configs", index, "config"), "model_config", f"{error.file}: {message}"))
        else:
            models.append(model)
            digest.update(hashlib.sha256(content).digest())
    if faults:
        raise InvalidInput(document.file, faults)
    return PrivateFacts(document.file, overlay, tuple(models), digest.hexdigest())


def stated(facts: PrivateFacts) -> dict[str, Any]:
    """The facts as plain data, so that a plan can carry what its check needs."""
    return {
        "file": facts.file,
        "overlay": facts.overlay.model_dump(mode="json", exclude_none=True),
        "models": [model.model_dump(mode="json", exclude_none=True) for model in facts.models],
        "digest": facts.digest,
    }


def from_stated(content: dict[str, Any], file: str) -> PrivateFacts:
    """The facts that `stated` wrote. Raises InvalidInput where they are not such facts."""
    try:
        overlay = Overlay.model_validate_json(json.dumps(content["overlay"]))
        models = tuple(Model.model_validate_json(json.dumps(model)) for model in content["models"])
        return PrivateFacts(str(content["file"]), overlay, models, str(content["digest"]))
    except (KeyError, TypeError, ValueError) as error:
        text = f"these are not the private facts that a plan carries: {str(error).splitlines()[0]}"
        raise InvalidInput(file, [Fault("inputs.facts", "facts", text)]) from error


def apply_overlay(catalog: Catalog, facts: PrivateFacts) -> Catalog:
    """A new catalogue with the private facts over the public ones.

    Order: rows are added; negotiated prices replace listed ones; discounts come off what is still listed.
    Raises InvalidInput when a name leads nowhere, an id is taken, or two agreements contradict.
    """
    faults: list[Fault] = []
    overlay = facts.overlay
    tables: dict[str, dict[str, Any]] = {name: dict(catalog.table(name)) for name in ("models", *_ADDED)}
    for name in _ADDED:
        faults += _add(tables[name], _own_rows(name, overlay), name)
    own_models = (*(_row(Model, row, overlay.as_of) for row in overlay.models), *facts.models)
    faults += _add(tables["models"], own_models, "models")
    stated = {row.model for row in overlay.variants if row.native}
    released = (_native(model) for model in own_models if model.name not in stated)
    faults += _add(tables["variants"], released, "variants")
    faults += _unknown_names(tables, overlay)
    offers, found = negotiate(tables["offers"], overlay.prices, overlay.discounts, overlay.as_of)
    faults += found
    if faults:
        raise InvalidInput(facts.file, faults)
    source = Source(key=OVERLAY_SOURCE, title="private overlay", date=overlay.as_of)
    late = {name: tables.pop(name) for name in list(tables) if TABLE_BY_NAME[name].lazy}
    tables["offers"] = offers
    return replace(
        catalog,
        digest=hashlib.sha256(f"{catalog.digest}{facts.digest}".encode()).hexdigest(),
        overlay_digest=facts.digest,
        private=facts,
        sources=MappingProxyType({**catalog.sources, OVERLAY_SOURCE: source}),
        owned=(*catalog.owned, *overlay.owned),
        _late=lambda name: late[name] if name in late else catalog.table(name),
        **{name: MappingProxyType(rows) for name, rows in tables.items()},
    )


def _own_rows(table: str, overlay: Overlay) -> tuple[Any, ...]:
    row = TABLE_BY_NAME[table].row
    return tuple(_row(row, own, overlay.as_of) for own in getattr(overlay, table))


def _row(row: type[Any], own: Any, as_of: str) -> Any:
    """The catalogue's own row type, so that nothing downstream tells private from public by type."""
    values = {name: getattr(own, name) for name in row.model_fields}
    values["as_of"] = own.as_of or as_of
    return row.model_construct(**values)


def _add(rows: dict[str, Any], added: Iterable[Any], table: str) -> list[Fault]:
    faults = []
    new: set[str] = set()
    for row in added:
        taken = row.id in new or (row.id in rows and table not in REPLACEABLE)
        if taken:
            hint = "; to change its prices use prices" if table == "offers" else "; choose another name"
            faults.append(Fault(table, "duplicate_row", f"{row.id!r} exists already{hint}"))
        new.add(row.id)
        rows[row.id] = row
    return faults


def _native(model: Model) -> Variant:
    """An added model is served as released until the overlay states a variant of it."""
    bits = {"fp32": 32.0, "fp8": 8.0, "int8": 8.0, "mxfp4": 4.25, "nvfp4": 4.5, "int4": 4.5}.get(model.native_precision, 16.0)
    return Variant(
        model=model.name, method=model.native_precision, native=True, weight_precision=model.native_precision,
        activation_precision="bf16", weight_bits=bits, size_factor=bits / 16.0, benchmark="*", recovery=1.0,
        preparation_accelerator_hours=0, source=OVERLAY_SOURCE, as_of=model.as_of, kind="derived",
        note="the released weights: the score that recoveries are measured against", private=True,
    )


def _unknown_names(tables: Mapping[str, Mapping[str, Any]], overlay: Overlay) -> list[Fault]:
    from planner.documents import nearest

    def lacking(path: str, table: str, name: str) -> list[Fault]:
        if name in tables[table]:
            return []
        near = nearest(name, tables[table])
        hint = f"; near: {', '.join(near)}" if near else ""
        return [Fault(path, f"unknown_{table[:-1]}", f"{table} have no {name!r}{hint}")]

    faults: list[Fault] = []
    for index, offer in enumerate(overlay.offers):
        faults += lacking(f"offers[{index}].accelerator", "accelerators", offer.accelerator)
        faults += lacking(f"offers[{index}].region", "regions", offer.region_id)
    for index, pool in enumerate(overlay.owned):
        faults += lacking(f"owned[{index}].accelerator", "accelerators", pool.accelerator)
    for index, variant in enumerate(overlay.variants):
        if variant.model != "*":
            faults += lacking(f"variants[{index}].model", "models", variant.model)
    return faults


def _configured(overlay: Path, configured: ConfiguredModel, as_of: str) -> tuple[Model, bytes]:
    """A config must lie in the overlay's folder or below it, links followed."""
    home = overlay.resolve().parent
    path = (home / configured.config).resolve()
    if not path.is_relative_to(home):
        message = "lies outside the overlay's folder; copy it there"
        raise InvalidInput(configured.config, [Fault("", "outside", message)])
    counts = {"params_b": configured.params_b, "active_params_b": configured.active_params_b}
    model, content = read_config(path, configured.name, as_of=as_of, **counts)
    return model.model_copy(update={"source": OVERLAY_SOURCE, "private": True}), content
