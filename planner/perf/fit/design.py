"""Which groups may shift which coefficient, how far, and the sparse matrix that says which row belongs to which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from planner.perf.coefficients import FIELDS

#: Standard deviation, in logarithms, that a coefficient's overall value may differ from where the fit starts.
OVERALL = {field: 0.4 for field in FIELDS} | {
    "throughput": 0.03, "tpot": 0.03, "ttft": 0.12, "prefill": 0.03, "decode": 0.03, "padding": 0.6, "half_tokens": 0.6,
    "step_s": 0.6, "together": 0.5, "hops": 0.2,
}  # fmt: skip
#: Standard deviation of a group's level from the overall value, of the time of a phase (reading prompts, decoding): what
#: software, accelerator and model have of their own in all figures alike.
PHASE: Mapping[str, float] = {
    "stack": 0.11, "engine": 0.06, "version": 0.11, "version weights": 0.06, "build": 0.065, "build chip": 0.055,
    "engine chip": 0.06, "chip": 0.06, "class kind": 0.04, "kind": 0.06, "model": 0.08,
}  # fmt: skip
#: The same of every coefficient: small where physics leaves little room, large where software decides. Scales were chosen by
#: the loss of left-out pairs, and rounded.
DEVIATION: Mapping[str, Mapping[str, float]] = {
    "memory": {
        "stack": 0.06, "era": 0.03, "class": 0.16, "chip": 0.06,
        "weights": 0.09, "version": 0.03, "engine": 0.06,
    },  # fmt: skip
    "cache": {"class": 0.24, "chip": 0.06, "engine": 0.11, "version": 0.07, "kind": 0.12},
    "compute": {
        "stack": 0.1, "era": 0.05, "class": 0.21, "chip": 0.09,
        "activations": 0.12, "weights": 0.09, "engine": 0.12, "version": 0.05,
    },  # fmt: skip
    "attention": {"class": 0.26, "engine": 0.17, "kind": 0.19},
    "link": {"class": 0.4, "engine": 0.12},
    "routed": {"stack": 0.1, "era": 0.07, "class": 0.14, "engine": 0.13, "version": 0.07, "weights": 0.1, "kind": 0.12},
    "half_tokens": {"class": 0.26, "engine": 0.17},
    "padding": {"engine": 0.23},
    "spread": {"engine": 0.14},
    "routed_launch_s": {"engine": 0.29, "class": 0.26, "version": 0.07, "kind": 0.2, "weights": 0.1, "era": 0.1},
    "exchange_s": {"engine": 0.29, "class": 0.26},
    "steps_waited": {"engine": 0.3, "version": 0.17, "statistic": 0.3, "build": 0.1},
    "bubble": {"engine": 0.17},
    "drain": {"engine": 0.29, "version": 0.21},
    "launch_s": {
        "stack": 0.21, "era": 0.18, "engine": 0.26, "version": 0.14, "class": 0.38, "weights": 0.12, "kind": 0.16, "chip": 0.1,
    },  # fmt: skip
    "all_reduce_s": {"stack": 0.15, "era": 0.14, "class": 0.5, "chip": 0.15, "engine": 0.16},
    "hops": {"class": 0.2},
    "step_s": {"era": 0.14, "engine": 0.21, "version": 0.14, "class": 0.27, "kind": 0.08},
    "sequence_s": {"era": 0.14, "engine": 0.22, "version": 0.14, "class": 0.17},
    "prompt_s": {"stack": 0.33, "era": 0.1, "engine": 0.6, "version": 0.31, "build": 0.1, "class": 0.31, "chip": 0.1, "kind": 0.2},
    "together": {"stack": 0.2, "engine": 0.33, "version": 0.3, "build": 0.3, "class": 0.11, "kind": 0.14, "statistic": 0.9},
    "prefill": PHASE,
    "decode": PHASE,
    "throughput": {"stack": 0.05, "version": 0.08, "version weights": 0.06, "build": 0.05, "model": 0.05},
    "ttft": {"stack": 0.05, "engine": 0.055, "version": 0.06, "statistic": 0.28, "build": 0.04, "model": 0.08},
    "tpot": {"stack": 0.05, "engine": 0.045, "version": 0.06, "statistic": 0.06, "build": 0.04, "model": 0.04},
}


@dataclass(frozen=True)
class Design:
    """One parameter per (field, group, level): ``names``, prior ``deviation``, and each block's members.

    A block is (field's index, rows' levels or None for the overall value, first parameter, levels).
    """

    names: tuple[tuple[str, str, str], ...]
    deviation: np.ndarray
    blocks: tuple[tuple[int, np.ndarray | None, int, int], ...]

    @classmethod
    def of(cls, relatives: Sequence[Mapping[str, str]]) -> Design:
        """The design of rows with these groups."""
        names: list[tuple[str, str, str]] = [(field, "all", "") for field in FIELDS]
        deviation = [OVERALL[field] for field in FIELDS]
        blocks: list[tuple[int, np.ndarray | None, int, int]] = [(at, None, at, 1) for at in range(len(FIELDS))]
        levels = {}
        for group in sorted({group for groups in DEVIATION.values() for group in groups}):
            known = sorted({row[group] for row in relatives})
            where = {level: at for at, level in enumerate(known)}
            levels[group] = known, np.array([where[row[group]] for row in relatives], dtype=int)
        for at, field in enumerate(FIELDS):
            for group, spread in DEVIATION.get(field, {}).items():
                known, members = levels[group]
                blocks.append((at, members, len(names), len(known)))
                names += [(field, group, level) for level in known]
                deviation += [spread] * len(known)
        return cls(tuple(names), np.array(deviation), tuple(blocks))

    @property
    def size(self) -> int:
        return len(self.names)

    def field_values(self, values: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Log deviation of every field of ``rows``: the sum over their groups."""
        total = np.zeros((len(rows), len(FIELDS)))
        for field, members, first, count in self.blocks:
            total[:, field] += values[first] if members is None else values[first : first + count][members[rows]]
        return total

    def jacobian(self, slopes: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Derivative of each row with respect to each parameter, from those with respect to fields."""
        found = np.zeros((len(rows), self.size))
        each = np.arange(len(rows))
        for field, members, first, _ in self.blocks:
            if members is None:
                found[:, first] = slopes[:, field]
            else:
                found[each, first + members[rows]] = slopes[:, field]
        return found
