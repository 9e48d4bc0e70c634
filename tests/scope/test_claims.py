"""Quoted figures are worked out from the catalogue's facts, each against arithmetic by hand."""

from __future__ import annotations

import pytest

from planner.analysis.claims import claims
from planner.catalog import load_catalog
from planner.perf.scaling import loss, scaling_constants, sizes

FOUND = {one.name: one for one in claims(load_catalog("2026-11"))}

BY_HAND = [
    ("gpt3-cost", "a100_hours", 1024 * 34 * 24),
    ("gpt3-cost", "implied_usd_per_hour", 5.505),
    ("gpt3-cost", "usd_at_1_67", 1.3954e6),
    ("gpt3-cost", "v100_usd_per_hour", 1.479),
    ("gpt3-time", "tflops", 104.4),
    ("gpt3-energy", "mwh", 1289.4),
    ("gpt3-memory", "cards", 5),
    ("small-on-32-gb", "weights_gb", 3.12),
    ("sixty-four-gpus", "implied_usd_per_hour", 6.421),
    ("sixty-four-gpus", "usd_at_1_67", 78022.4),
    ("bloom-energy", "watts", 400.0),
    ("bloom-energy", "tonnes", 24.69),
    ("deepseek-v3", "usd", 5.576e6),
    ("hundred-words", "usd_per_mtok_at_0.5", 3750.0),
    ("chat-service", "accelerators", 2495.0),
    ("training-one-model", "large_usd", 2.873e6),
]


@pytest.mark.parametrize("name, figure, value", BY_HAND)
def test_a_claim_is_worked_out_as_by_hand(name, figure, value):
    assert FOUND[name].figures[figure] == pytest.approx(value, rel=1e-3)


def test_every_claim_shows_its_arithmetic_and_a_verdict():
    assert all(one.arithmetic and one.verdict and one.figures for one in FOUND.values())


def test_chinchilla_s_own_budget_buys_about_its_own_size():
    # 5.76e23 FLOP: 70 billion parameters on 1.4 trillion tokens (Hoffmann et al. 2022).
    rule = sizes(5.76e23, scaling_constants(load_catalog("2026-11").costs))[0]
    assert rule.parameters == pytest.approx(69.3e9, rel=1e-3) and rule.tokens == pytest.approx(20 * rule.parameters)


@pytest.mark.parametrize("flop", [1e19, 1e22, 1e25])
def test_the_fitted_size_has_the_least_loss_for_its_budget(flop):
    constants = scaling_constants(load_catalog("2026-11").costs)
    fit = sizes(flop, constants)[1]
    for factor in (0.9, 1.1):
        n = fit.parameters * factor
        assert loss(n, flop / (6 * n), constants) > fit.loss


@pytest.mark.parametrize("flop", [1e19, 1e23])
def test_kaplan_s_size_has_the_least_loss_of_his_relation(flop):
    c = scaling_constants(load_catalog("2026-11").costs)
    kaplan = sizes(flop, c)[2]

    def reached(n):
        return ((c["kaplan_parameters"] / n) ** (c["kaplan_alpha"] / c["kaplan_beta"]) + c["kaplan_tokens"] * 6 * n / flop) ** c["kaplan_beta"]

    assert reached(kaplan.parameters) == pytest.approx(kaplan.loss)
    assert all(reached(kaplan.parameters * factor) > kaplan.loss for factor in (0.8, 1.25))
