"""The names closest to one that does not exist, for "did you mean"."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher

_LONGEST_COMPARED = 200
_LEAST_SIMILARITY = 0.6
_SHOWN = 12


def nearest(name: str, names: Iterable[str], n: int = 3) -> tuple[str, ...]:
    """Up to ``n`` of ``names`` that resemble ``name``, the closest first, ties in alphabetical order.

    Letter case, ``-``, ``_``, ``.`` and spaces do not count as differences, so ``h100-SXM`` finds ``H100_sxm``.
    """
    wanted = _folded(name)
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(wanted)
    scored = []
    for candidate in sorted(set(names)):
        matcher.set_seq1(_folded(candidate))
        if matcher.real_quick_ratio() < _LEAST_SIMILARITY or matcher.quick_ratio() < _LEAST_SIMILARITY:
            continue
        similarity = matcher.ratio()
        if similarity >= _LEAST_SIMILARITY:
            scored.append((-similarity, candidate))
    return tuple(candidate for _, candidate in sorted(scored)[:n])


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """``; did you mean "a" or "b"?``, or an empty text when nothing is close."""
    close = nearest(name, names)
    if not close:
        return ""
    quoted = [f'"{candidate}"' for candidate in close]
    return f"; did you mean {' or '.join([', '.join(quoted[:-1]), quoted[-1]] if quoted[:-1] else quoted)}?"


def near_or_known(name: str, names: Iterable[str]) -> str:
    """``did_you_mean``, or where nothing is close some of the names that there are."""
    every = sorted(set(names))
    more = ", …" if len(every) > _SHOWN else ""
    return did_you_mean(name, every) or (f"; known here: {', '.join(every[:_SHOWN])}{more}" if every else "")


def _folded(name: str) -> str:
    return name[:_LONGEST_COMPARED].lower().translate({ord(c): None for c in "-_. "})
