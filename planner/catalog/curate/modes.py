"""Hosted modes of serving in an edition: their limits, and their prices taken out of the text."""

from __future__ import annotations

import re

from planner.catalog.curate.facts import Draft, leading_number, number
from planner.catalog.curate.processors import WORKERS

_MODE_WORDS = (
    ("classic limit", "real-time"), ("streaming", "streaming"), ("elastic inference", "real-time"),
    ("serverless", "serverless"), ("worker", "serverless"), ("custom model import", "serverless"),
    ("asynchronous", "asynchronous"), ("provisioned", "provisioned"), ("batch", "batch"),
    ("provider-api", "provider-api"), ("tiers", "provider-api"), ("real-time", "real-time"),
)

# Superseded limits and services closed to new customers: kept to answer questions, never chosen.
_RETIRED = ("classic limit", "(ended)")


def modes(rows: list[dict[str, str]], draft: Draft) -> None:
    """Every mode; what the reference tells in words stays in the note where it is no number."""
    for row in rows:
        name = row["mode"]
        mode = next(mode for word, mode in _MODE_WORDS if word in name)
        low, high = _range(row["cold_start_s"])
        concurrency = row["max_concurrency"]
        accelerated, accelerators = _accelerators(row["gpu_support"])
        processor, at_once = WORKERS.get((row["provider"], row["service"], name), (None, None))
        verified = row["check"].startswith("limits verified")
        draft.add(
            "modes",
            source=row["source"], as_of=row["as_of"], kind="published" if verified else "assumed",
            note="; ".join(part for part in (row["note"], _text_of(row["cold_start_s"]), row["check"]) if part),
            provider=row["provider"], service=row["service"], name=name, mode=mode,
            retired=any(word in name for word in _RETIRED),
            max_request_mb=leading_number(row["max_request_payload_mb"]),
            max_response_mb=number(row["max_response_payload_mb"]),
            max_processing_s=leading_number(row["max_processing_s"]),
            max_memory_gib=leading_number(row["max_memory_gb"].removeprefix("up to ")),
            max_concurrency=_concurrency(concurrency), concurrency_rule="" if concurrency.isdigit() else concurrency,
            scale_to_zero=_yes_or_no(row["scale_to_zero"]), cold_start_low_s=low, cold_start_high_s=high,
            idle_timeout_s=_range(row["idle_timeout_s"])[1], billing_unit=row["billing_unit"] or None,
            accelerated=accelerated, accelerators=accelerators if processor is None else (processor,),
            requests_per_worker=at_once, price_fact=row["price_fact"],
            premium_low_share=_premium(row["price_fact"])[0], premium_high_share=_premium(row["price_fact"])[1],
        )


def _concurrency(text: str) -> int | None:
    """``1000 per instance`` is 1000; the size of a batch file or a quota in words is no concurrency."""
    found = re.match(r"(\d+)( per endpoint| per instance| default account|$)", text)
    return int(found.group(1)) if found else None


def _range(text: str) -> tuple[float | None, float | None]:
    """``180-600 from zero`` is 180 and 600; one number is both ends; words only are unknown."""
    found = re.match(r"~?(\d+(?:\.\d+)?)(?:-(\d+(?:\.\d+)?))?", text)
    if found is None:
        return None, None
    low = float(found.group(1))
    return low, float(found.group(2)) if found.group(2) else low


def _text_of(cold_start: str) -> str:
    return f"cold start: {cold_start}" if re.search(r"[A-Za-z]", cold_start) else ""


#: What the price text says of a machine's price as part of an endpoint: about so much above the bare one.
_PREMIUM = re.compile(r"about (\d+)(?:-(\d+))?% (?:above|management fee)")


def _premium(text: str) -> tuple[float | None, float | None]:
    """``about 15-40% above EC2`` is 0.15 and 0.4, no surcharge is 0; anything else is unknown."""
    if "no ML surcharge" in text:
        return 0.0, 0.0
    found = _PREMIUM.search(text)
    if found is None:
        return None, None
    low = float(found.group(1)) / 100.0
    return low, float(found.group(2)) / 100.0 if found.group(2) else low


def _yes_or_no(text: str) -> bool | None:
    if text.startswith("yes"):
        return True
    return False if text.startswith("no") else None


# Spellings of accelerators in the modes table; a family's name stands for the version named in the price text.
_SPELLINGS = {
    "T4": "T4", "L4": "L4", "L4 24GB x1": "L4", "A10": "A10", "A10G": "A10G", "L40S": "L40S", "H100": "H100",
    "H200": "H200", "B200": "B200", "B300": "B300", "RTX-PRO-6000": "RTXPRO6000",
    "RTX PRO 6000 Blackwell 96GB x1": "RTXPRO6000", "A100": "A100-80GB", "Inf2": "Inferentia2",
}


def _accelerators(text: str) -> tuple[bool | None, tuple[str, ...]]:
    if text in ("", "managed"):
        return None, ()
    if text in ("yes", "no"):
        return text == "yes", ()
    names = [part.strip() for part in text.removesuffix(" up to 8").split(",")]
    return True, tuple(_SPELLINGS[name] for name in names if name in _SPELLINGS)


# (provider, service, name): prices that the reference gives in words, each USD for one unit.
_PRICES: dict[tuple[str, str, str], tuple[tuple[str | None, str, float], ...]] = {
    ("aws", "SageMaker", "serverless"): ((None, "gib-second", 0.00002), (None, "gb", 0.016)),
    ("aws", "Lambda", "serverless"): ((None, "gib-second", 0.0000166667), (None, "million-requests", 0.20)),
    ("gcp", "Cloud Run", "serverless GPU (L4)"): (("L4", "accelerator-second", 0.0001867), (None, "vcpu-second", 0.000018)),
    ("modal", "Functions", "serverless GPU"): (
        ("T4", "accelerator-second", 0.000164), ("L4", "accelerator-second", 0.000222),
        ("A10", "accelerator-second", 0.000306), ("L40S", "accelerator-second", 0.000542),
        ("A100-40GB", "accelerator-second", 0.000583), ("A100-80GB", "accelerator-second", 0.000694),
        ("H100", "accelerator-second", 0.001097), ("H200", "accelerator-second", 0.001261),
        ("B200", "accelerator-second", 0.001736), (None, "core-second", 0.0000131), (None, "gib-second", 0.00000222),
    ),
    ("runpod", "Serverless", "flex worker (queue)"): (("H100", "accelerator-second", 0.00116),),
    ("replicate", "Deployments", "serverless GPU"): (
        ("A100-80GB", "accelerator-second", 0.0014), ("H100", "accelerator-second", 0.001525),
        ("L40S", "accelerator-second", 0.000975), ("T4", "accelerator-second", 0.000225),
    ),
    ("huggingface", "Inference Endpoints", "real-time dedicated"): (
        ("L4", "accelerator-hour", 0.80), ("L40S", "accelerator-hour", 1.80), ("A100-80GB", "accelerator-hour", 2.50),
        ("H100", "accelerator-hour", 4.50), ("H200", "accelerator-hour", 5.00),
    ),
    ("runware", "Serverless", "serverless GPU"): (("L40S", "accelerator-hour", 1.60), ("H100", "accelerator-hour", 3.95)),
    ("fal", "Serverless", "serverless GPU"): (
        ("H200", "accelerator-hour", 4.50), ("B200", "accelerator-hour", 6.25), ("B300", "accelerator-hour", 8.50),
    ),
}


def mode_prices(draft: Draft) -> None:
    """One row for each price in a mode's text, with that mode's source, date and kind."""
    for row in draft.rows["modes"]:
        for accelerator, unit, usd in _PRICES.get((row["provider"], row["service"], row["name"]), ()):
            draft.add(
                "mode_prices",
                source=draft.title_of(row["source"]), as_of=row["as_of"], kind=row["kind"],
                note=f"from: {row['price_fact']}", provider=row["provider"], service=row["service"],
                name=row["name"], accelerator=accelerator, unit=unit, usd_per_unit=usd,
            )
