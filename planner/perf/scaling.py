"""What size of model and how many tokens a compute budget buys: the relations of Kaplan and of Hoffmann (Chinchilla)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: Ids of the constants in the catalogue's table of costs.
CONSTANTS = {
    "flop": "training:training FLOP per parameter per token@*:*",
    "tokens_per_parameter": "training:Chinchilla tokens per parameter@*:*",
    "loss": "training:Chinchilla: loss constant E@*:*",
    "a": "training:Chinchilla: A@*:*",
    "b": "training:Chinchilla: B@*:*",
    "alpha": "training:Chinchilla: alpha@*:*",
    "beta": "training:Chinchilla: beta@*:*",
    "kaplan_parameters": "training:Kaplan: N_c@*:*",
    "kaplan_alpha": "training:Kaplan: alpha_N@*:*",
    "kaplan_tokens": "training:Kaplan: D_c@*:*",
    "kaplan_beta": "training:Kaplan: alpha_D@*:*",
}


@dataclass(frozen=True)
class Size:
    """A model that a budget trains: ``loss`` in nats per token, of the relation it is named for."""

    relation: str
    parameters: float
    tokens: float
    loss: float


def scaling_constants(costs: Mapping[str, Any]) -> dict[str, float]:
    """Constants by name; raises KeyError where the catalogue lacks one."""
    return {name: costs[key].value for name, key in CONSTANTS.items()}


def sizes(flop: float, constants: Mapping[str, float]) -> tuple[Size, ...]:
    """Compute-optimal sizes for ``flop``: by the rule of tokens per parameter, by the fitted loss, and by Kaplan's relation.

    C = 6 N D. The rule sets D = 20 N. The fit L = E + A / N^α + B / D^β has its least at N = G (C / 6)^(β / (α + β)),
    G = (α A / (β B))^(1 / (α + β)). Kaplan et al. 2020, L = ((N_c / N)^a + D_c / D)^α_D with a = α_N / α_D, is least at
    N = (a N_c^a C / (6 D_c))^(1 / (1 + a)).
    """
    six = constants["flop"]
    ratio = constants["tokens_per_parameter"]
    by_rule = math.sqrt(flop / (six * ratio))
    alpha, beta = constants["alpha"], constants["beta"]
    g = (alpha * constants["a"] / (beta * constants["b"])) ** (1.0 / (alpha + beta))
    by_fit = g * (flop / six) ** (beta / (alpha + beta))
    a = constants["kaplan_alpha"] / constants["kaplan_beta"]
    most, data = constants["kaplan_parameters"], constants["kaplan_tokens"]
    by_kaplan = (a * most**a * flop / (six * data)) ** (1.0 / (1.0 + a))
    found = [
        Size(name, n, flop / (six * n), loss(n, flop / (six * n), constants))
        for name, n in (("20 tokens a parameter", by_rule), ("fitted loss (Hoffmann 2022)", by_fit))
    ]
    tokens = flop / (six * by_kaplan)
    reached = ((most / by_kaplan) ** a + data / tokens) ** constants["kaplan_beta"]
    return (*found, Size("Kaplan 2020", by_kaplan, tokens, reached))


def loss(parameters: float, tokens: float, constants: Mapping[str, float]) -> float:
    """Fitted loss of a model of so many parameters after so many tokens [nats per token] (Hoffmann et al. 2022)."""
    return (
        constants["loss"]
        + constants["a"] / parameters ** constants["alpha"]
        + constants["b"] / tokens ** constants["beta"]
    )
