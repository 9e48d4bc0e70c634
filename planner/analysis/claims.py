"""Figures that people quote, worked out again from the catalogue's facts: what they imply, and whether that holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from planner.units import HOURS_PER_MONTH, HOURS_PER_YEAR

#: USD per A100 and hour that one widely read article takes (cost of training); an assumption of its own.
ARTICLE_USD_PER_HOUR = 1.67
#: Words for a token of English, the usual rule of thumb.
WORDS_PER_TOKEN = 0.75


@dataclass(frozen=True)
class Claim:
    """A claim, the arithmetic that bears on it, and the verdict: holds, refuted, two studies, implies."""

    name: str
    claim: str
    arithmetic: tuple[str, ...]
    verdict: str
    figures: dict[str, float]


def claims(facts: Any) -> tuple[Claim, ...]:
    """Every claim with its arithmetic, from the costs, models and accelerators of a catalogue."""
    made = (
        _gpt3_cost, _gpt3_time, _gpt3_energy, _gpt3_memory, _small_on_32_gb, _sixty_four, _bloom, _deepseek, _int8, _words,
        _chat, _transfer, _training_a_model, _inference_share,
    )  # fmt: skip
    return tuple(one(facts) for one in made)


def _cost(facts: Any, item: str) -> float:
    return facts.costs[f"training:{item}@*:*"].value


def _gpt3_cost(facts: Any) -> Claim:
    days, usd = _cost(facts, "GPT-3 175B training time on 1024 A100"), _cost(facts, "GPT-3 175B training cost estimate")
    a100 = 1024 * days * 24
    v100 = 355 * HOURS_PER_YEAR
    figures = {"a100_hours": a100, "implied_usd_per_hour": usd / a100, "usd_at_1_67": a100 * ARTICLE_USD_PER_HOUR, "v100_usd_per_hour": usd / v100}
    lines = (
        f"1,024 A100 × {days:g} days × 24 h = {a100:,.0f} GPU-hours (Narayanan et al. 2021)",
        f"355 V100-years × 8,760 h = {v100:,.0f} GPU-hours; {usd:,.0f} USD / that = {usd / v100:.2f} USD/h (Lambda 2020)",
        f"joined as articles do: {usd:,.0f} USD / {a100:,.0f} h = {usd / a100:.2f} USD per GPU-hour",
        f"at the article's own {ARTICLE_USD_PER_HOUR} USD/h: {a100 * ARTICLE_USD_PER_HOUR / 1e6:.2f} million USD",
    )
    return Claim("gpt3-cost", "GPT-3: 1,024 GPUs × 34 days, 4.6 million USD", lines, "two studies: confirm neither with the other", figures)


def _gpt3_time(facts: Any) -> Claim:
    flop, days = _cost(facts, "GPT-3 175B training compute"), _cost(facts, "GPT-3 175B training time on 1024 A100")
    rate = flop / (1024 * days * 86400)
    peak = facts.accelerator("A100-80GB").bf16_tflops * 1e12
    lines = (
        f"{flop:.3g} FLOP / (1,024 × {days:g} d × 86,400 s) = {rate / 1e12:.0f} TFLOP/s of the model on each, {rate / peak:.0%} of peak",
        f"with activations computed again, 8 for 6: {rate * 8 / 6 / 1e12:.0f} TFLOP/s of the machine, the 140 that the study reports",
    )
    return Claim("gpt3-time", "GPT-3 takes 34 days on 1,024 A100", lines, "holds", {"tflops": rate / 1e12, "hardware_tflops": rate * 8 / 6 / 1e12})


def _gpt3_energy(facts: Any) -> Claim:
    mwh, tonnes = _cost(facts, "GPT-3 training energy"), _cost(facts, "GPT-3 training emissions")
    drawn = 10_000 * 14.8 * 24 * 330 * 1.10 / 1e6
    lines = (
        f"10,000 V100 × 14.8 days × 24 h × 330 W × PUE 1.10 = {drawn:,.0f} MWh; {mwh:,.0f} are published (Patterson et al. 2021)",
        f"{mwh:,.0f} MWh × 0.429 kg/kWh = {mwh * 0.429:,.1f} t; {tonnes:,.1f} are published",
    )
    return Claim("gpt3-energy", "GPT-3: 1,287 MWh and 552 t", lines, "holds", {"mwh": drawn, "tonnes": mwh * 0.429})


def _gpt3_memory(facts: Any) -> Claim:
    weights = facts.model("GPT-3-175B").params_b * 2.0
    room = 80.0 * 2**30 / 1e9 * 0.9
    cards = -(-weights // room)
    lines = (
        f"{facts.model('GPT-3-175B').params_b:g} × 10^9 parameters × 2 bytes = {weights:.0f} GB at 16 bit",
        f"a card of 80 GiB holds {room:.0f} GB at 0.9: {cards:.0f} cards by memory; its 96 heads divide by 6 and by 8, not by 5",
        f"16 GB hold {16 / weights:.0%} of the weights",
    )
    return Claim("gpt3-memory", "GPT-3 175B: over 300 GB of parameters, 'a GPU with at least 16 GB'", lines, "first half holds, second is refuted",
                 {"weights_gb": weights, "cards": cards})  # fmt: skip


def _small_on_32_gb(facts: Any) -> Claim:
    model = facts.model("GPT-2-XL")
    weights = model.params_b * 2.0
    per_token = 2 * 48 * 1600 * 2.0
    tokens = (32e9 * 0.9 - weights * 1e9) / per_token
    training = model.params_b * 16.0
    lines = (
        f"{model.params_b:g} × 10^9 parameters × 2 bytes = {weights:.1f} GB of weights in inference",
        f"cache of 2 × 48 layers × 1,600 × 2 bytes = {per_token:,.0f} bytes a token: what is left of 32 GB holds {tokens:,.0f} tokens, "
        f"{tokens / 1024:,.0f} sequences of 1,024",
        f"training state of 16 bytes a parameter = {training:.0f} GB, and activations come on top: that is where 32 GB run out",
    )
    return Claim("small-on-32-gb", "A model of 1.5 billion parameters runs out of 32 GB in inference", lines, "refuted; the claim was about training",
                 {"weights_gb": weights, "tokens": tokens, "training_gb": training})  # fmt: skip


def _sixty_four(facts: Any) -> Claim:
    hours = 64 * HOURS_PER_MONTH
    lines = (
        f"64 × 730 h = {hours:,.0f} GPU-hours; 300,000 USD / that = {300_000 / hours:.2f} USD per GPU-hour",
        f"at the article's own {ARTICLE_USD_PER_HOUR} USD/h: {hours * ARTICLE_USD_PER_HOUR:,.0f} USD",
    )
    return Claim("sixty-four-gpus", "64 GPUs for a month cost 300,000 USD", lines, "implies 6.42 USD per GPU-hour",
                 {"implied_usd_per_hour": 300_000 / hours, "usd_at_1_67": hours * ARTICLE_USD_PER_HOUR})  # fmt: skip


def _bloom(facts: Any) -> Claim:
    mwh, hours = _cost(facts, "BLOOM-176B dynamic energy"), 1_082_990.0
    watts = mwh * 1e6 / hours
    lines = (
        f"{mwh:g} MWh / {hours:,.0f} A100-hours = {watts:.0f} W each: the rated power of the card",
        f"{mwh:g} MWh × 57 g/kWh = {mwh * 57 / 1000:.1f} t in use; with idle machines and making them "
        f"{_cost(facts, 'BLOOM-176B total emissions incl. embodied and idle'):g} t (Luccioni et al. 2022)",
    )
    return Claim("bloom-energy", "BLOOM: 433 MWh, 24.7 t", lines, "holds", {"watts": watts, "tonnes": mwh * 57 / 1000})


def _deepseek(facts: Any) -> Claim:
    hours = _cost(facts, "DeepSeek-V3 training")
    lines = (f"{hours:,.0f} H800-hours × 2 USD/h = {hours * 2 / 1e6:.3f} million USD, rent alone: no people, data or failed runs",)
    return Claim("deepseek-v3", "DeepSeek-V3 was trained for 5.576 million USD", lines, "holds for the rent of the last run", {"usd": hours * 2})


def _int8(facts: Any) -> Claim:
    lines = ("against 32 bit: 4 bytes / 1 byte = 4", "against today's 16 bit: 2 bytes / 1 byte = 2")
    return Claim("int8-quarter", "int8 makes a model four times smaller", lines, "holds against 32 bit; twice against 16 bit", {"against_32": 4.0, "against_16": 2.0})


def _words(facts: Any) -> Claim:
    tokens = 100 / WORDS_PER_TOKEN
    figures = {f"usd_per_mtok_at_{usd:g}": usd / tokens * 1e6 for usd in (0.01, 0.1, 0.5)}
    lines = (
        f"100 words at {WORDS_PER_TOKEN} words a token = {tokens:.0f} tokens",
        "; ".join(f"{usd:g} USD imply {usd / tokens * 1e6:,.0f} USD per million output tokens" for usd in (0.01, 0.1, 0.5)),
        f"the dearest output among the catalogue's {len(facts.api_prices)} token prices is "
        f"{max(p.output_usd_per_mtok for p in facts.api_prices.values() if p.output_usd_per_mtok is not None):,.0f} USD per million",
    )
    return Claim("hundred-words", "100 generated words cost 0.01 to 0.10 USD, up to 0.50", lines, "refuted for today's prices at its upper end", figures)


def _chat(facts: Any) -> Claim:
    hourly = 100_000 / 24
    lines = (
        f"100,000 USD a day = {hourly:,.0f} USD/h = {hourly / ARTICLE_USD_PER_HOUR:,.0f} A100 at {ARTICLE_USD_PER_HOUR} USD/h, "
        f"{100_000 * 30.4 / 1e6:.1f} million USD a month",
        "at 0.01 USD per answer of 100 words: 10 million answers a day, 116 a second",
    )
    return Claim("chat-service", "A consumer chat service costs 100,000 USD a day, 3 million a month", lines, "implies its scale: see the arithmetic",
                 {"accelerators": hourly / ARTICLE_USD_PER_HOUR, "answers_per_s": 1e7 / 86400})  # fmt: skip


def _transfer(facts: Any) -> Claim:
    n = facts.model("Llama-3.1-8B").params_b * 1e9
    scratch, tuned = 6 * n * 20 * n, 4 * n * 1e8
    lines = (
        f"8 billion parameters from nothing, 20 tokens each: 6 × N × 20 N = {scratch:.3g} FLOP",
        f"tuned with LoRA on 10^8 tokens: 4 × N × 10^8 = {tuned:.3g} FLOP, {1 - tuned / scratch:.3%} less",
    )
    return Claim("transfer-learning", "Transfer learning is up to 90 % cheaper", lines, "holds, and understates the arithmetic; data and people remain",
                 {"saving": 1 - tuned / scratch})  # fmt: skip


def _training_a_model(facts: Any) -> Claim:
    n = 6.74e9
    hours = 6 * n * 20 * n / (facts.accelerator("A100-80GB").bf16_tflops * 1e12 * _cost(facts, "MFU typical, large dense training")) / 3600
    large = 1_720_320.0
    lines = (
        f"7 billion parameters on 20 tokens each: {hours:,.0f} A100-hours at 40 % of peak, {hours * ARTICLE_USD_PER_HOUR:,.0f} USD",
        f"Llama 2 70B: {large:,.0f} A100-hours, {large * ARTICLE_USD_PER_HOUR / 1e6:.2f} million USD at {ARTICLE_USD_PER_HOUR} USD/h",
    )
    return Claim("training-one-model", "Training one model costs 0.1 to over 1 million USD", lines, "depends on its size: twenty thousand to several million",
                 {"small_usd": hours * ARTICLE_USD_PER_HOUR, "large_usd": large * ARTICLE_USD_PER_HOUR})  # fmt: skip


def _inference_share(facts: Any) -> Claim:
    # Serving costs 2 N a token, training 6 N: serving is 80 % of the arithmetic once 12 times the training tokens were served.
    lines = (
        "training 6 N D; serving 2 N a token: after serving 12 D tokens serving is 24 / 30 = 80 % of all arithmetic, after 27 D 90 %",
    )
    return Claim("inference-share", "Inference is 80 to 90 % of the work", lines, "holds from 12 times the training tokens on", {"times_for_80": 12.0, "times_for_90": 27.0})

