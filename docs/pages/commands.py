"""``docs/cli.md``: every command with its arguments and options, from the commands themselves."""

from __future__ import annotations

from collections.abc import Iterator

import click

INTRODUCTION = """# Command line

Made from the commands by `python -m docs.generate`; edit those, not this page.

Results go to standard output, everything else to standard error. `--json` prints one document with `schema_version` and
`status`. Files are written whole or not at all. Progress shows only on a terminal; `NO_COLOR` is honoured.
"""

CODES = """## Exit codes

| code | `status` | meaning |
| --- | --- | --- |
"""

MEANING = {
    0: "done; for `solve`: a plan proven to the gap asked (`status` is then `optimal`)",
    1: "an output could not be written; what stood there before is intact",
    2: "the command line asks for something that does not exist or does not go together",
    3: "an input is invalid; every fault is listed with its place",
    4: "proved: no plan meets all limits",
    5: "stopped with a checked plan, its gap stated",
    6: "stopped without a plan",
    7: "a plan does not hold when it is recomputed",
    8: "the budget gate failed",
    70: "internal error; a file that repeats it was saved",
    130: "interrupted with nothing to show",
}


def commands_page() -> str:
    """The whole page."""
    from planner.cli.outcome import STATUS
    from planner.cli.program import program

    rows = "".join(f"| {int(code)} | `{word}` | {MEANING[int(code)]} |\n" for code, word in STATUS.items())
    context = click.Context(program, info_name="planner")
    sections = "".join(_section(program, context, 2))
    return f"{INTRODUCTION}\n{CODES}{rows}\n{sections}".rstrip() + "\n"


def _section(command: click.Command, context: click.Context, level: int) -> Iterator[str]:
    if isinstance(command, click.Group):
        if context.parent is not None:
            yield f"{'#' * level} {context.command_path}\n\n{_prose(command)}\n\n"
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            inner = click.Context(found, info_name=name, parent=context)
            yield from _section(found, inner, level + (context.parent is not None))
        return
    yield f"{'#' * level} {context.command_path}\n\n{_prose(command)}\n\n"
    yield f"```\n{context.command_path} {' '.join(command.collect_usage_pieces(context))}\n```\n\n"
    if command.epilog:
        yield f"Example: `{command.epilog.removeprefix('Example: ')}`\n\n"
    options = [one for one in command.params if isinstance(one, click.Option)]
    if options:
        yield "| option | meaning |\n| --- | --- |\n" + "".join(map(_option, options)) + "\n"


def _prose(command: click.Command) -> str:
    paragraphs = (command.help or "").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def _option(option: click.Option) -> str:
    names = ", ".join(f"`{name}`" for name in option.opts)
    value = "" if option.is_flag else f" {option.metavar or _value(option.type)}"
    default = f" Default: {option.default}." if option.show_default is True else ""
    return f"| {names}{value} | {option.help or ''}{default} |\n"


def _value(kind: click.ParamType) -> str:
    if isinstance(kind, click.Choice):
        return " or ".join(map(str, kind.choices))
    return "N" if isinstance(kind, click.IntRange) else kind.name.upper()
