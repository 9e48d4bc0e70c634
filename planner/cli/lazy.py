"""A group of commands that knows their names and one-line helps, and imports a command only to run it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click


class LazyGroup(click.Group):
    """Commands by name: the module in ``package`` that holds it as ``command``, and its one-line help."""

    def __init__(self, *, package: str, commands: Mapping[str, tuple[str, str]], **settings: Any) -> None:
        super().__init__(**settings)
        self.package = package
        self.listed = dict(commands)

    def list_commands(self, context: click.Context) -> list[str]:
        return list(self.listed)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in self.listed:
            return None
        return import_module(f"{self.package}.{self.listed[name][0]}").command

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, short_help) for name, (_, short_help) in self.listed.items()])

    def resolve_command(self, context: click.Context, args: list[str]) -> Any:
        name = args[0]
        if name not in self.listed and not name.startswith("-"):
            from planner.documents.near import did_you_mean

            raise click.UsageError(f'there is no command "{name}"{did_you_mean(name, self.listed)}', context)
        return super().resolve_command(context, args)
