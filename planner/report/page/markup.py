"""HTML and SVG that cannot be broken by data: text is escaped unless it was made here."""

from __future__ import annotations

from html import escape

from planner.documents.clean import visible


class Markup(str):
    """Text that is markup already; only ``tag`` and ``joined`` make it."""

    __slots__ = ()


VOID = frozenset({"meta", "input", "br"})


def tag(name: str, attributes: dict[str, object] | None = None, *children: object) -> Markup:
    """An element; attributes that are None or False are left out, True stands without a value."""
    opened = [name]
    for key, value in (attributes or {}).items():
        if value is None or value is False:
            continue
        opened.append(key if value is True else f'{key}="{escape(_text(value), quote=True)}"')
    head = f"<{' '.join(opened)}>"
    return Markup(head if name in VOID else f"{head}{joined(*children)}</{name}>")


def joined(*children: object) -> Markup:
    """Children one after the other, those that are no markup escaped; None is nothing."""
    return Markup("".join(one if isinstance(one, Markup) else escape(_text(one)) for one in children if one is not None))


def _text(value: object) -> str:
    """Numbers of a drawing short, text with what would steer or hide written out."""
    if isinstance(value, float):
        return f"{value:.2f}".rstrip("0").rstrip(".") or "0"
    return visible(str(value))
