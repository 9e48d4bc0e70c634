"""Token prices of an edition, joined to a model of the catalogue where the weights are the same."""

from __future__ import annotations

import re

from planner.catalog.curate.facts import Draft, number

# Words that a host puts behind a model's name when it serves an altered copy.
_ALTERED = ("turbo", "fast", "fp4", "fp8", "basic")

# Suffixes that name the instruction-tuned twin or the sales channel, not other weights.
_TWIN = ("-instruct", "-it", "-maas", "-hf", "-v1:0", "-instruct-basic")


def api_prices(rows: list[dict[str, str]], draft: Draft) -> None:
    """Every price; blank cells are unknown, not free."""
    names = {}
    for model in draft.rows["models"]:
        for name in (model["name"], model["hf_id"] or "", *model["aliases"]):
            if name:
                names.setdefault(plain_name(name)[0], model["name"])
    for row in rows:
        plain, altered = plain_name(row["model"])
        draft.add(
            "api_prices",
            source=row["source"], as_of=row["as_of"], kind="published", note=row["note"],
            provider=row["provider"], api_model=row["model"], weights=row["weights"],
            model=names.get(plain) if row["weights"] == "open" else None, served_as=altered,
            input_usd_per_mtok=number(row["input_usd_per_mtok"]), output_usd_per_mtok=number(row["output_usd_per_mtok"]),
            cached_input_usd_per_mtok=number(row["cached_input"]), batch_input_usd_per_mtok=number(row["batch_input"]),
            batch_output_usd_per_mtok=number(row["batch_output"]), context_window=number(row["context_window"]),
            retires_on=_retirement(row["note"]), geo=_geo(row["source"]),
        )


def plain_name(name: str) -> tuple[str, str | None]:
    """A model's name without host, twin and alteration, and the alteration.

    ``meta-llama/Llama-3.3-70B-Instruct-Turbo`` is (``llama3.370b``, ``turbo``). Dated releases such as
    ``-0528`` keep their date: other weights.
    """
    text = name.rsplit("/", 1)[-1].lower().removeprefix("meta.").removeprefix("meta-").removeprefix("deepseek.")
    text = re.sub(r"llama-?v?(\d)[-p](\d)(?!\d)", r"llama-\1.\2", text)
    text = re.sub(r"(\d)p(\d)", r"\1.\2", text)
    altered = None
    trimmed = True
    while trimmed:
        trimmed = False
        for word in _ALTERED:
            if text.endswith(f"-{word}"):
                text, altered, trimmed = text.removesuffix(f"-{word}"), word, True
        for word in _TWIN:
            if text.endswith(word):
                text, trimmed = text.removesuffix(word), True
    text = re.sub(r"^(llama-4-scout)-17b-16e$|^(llama-4-maverick)-17b-128e$", r"\1\2", text)
    return re.sub(r"[^a-z0-9.]", "", text), altered


def _retirement(note: str) -> str | None:
    found = re.search(r"deprecates (\d{4}-\d{2}-\d{2})", note)
    return found.group(1) if found else None


def _geo(source: str) -> str | None:
    """Price files of one region are prices there; a public page states no region."""
    return "US" if re.search(r"us-east-1|eastus", source) else None
