"""Whatever happens inside a command comes out as a message and an exit code, never as a traceback."""

from __future__ import annotations

import os
import sys

import click

from planner.cli.interrupts import Interrupts
from planner.cli.outcome import STATUS, error_document, errors_of, write_json
from planner.cli.streams import drop, say
from planner.errors import ExitCode, PlannerError, UsageError

SHELL_COMPLETION = "_PLANNER_COMPLETE"


def guarded(program: click.Command, arguments: list[str], interrupts: Interrupts) -> int:
    """The exit code of ``program`` run with ``arguments``; a command finds ``interrupts`` as its context's object."""
    as_json = "--json" in arguments
    try:
        return _run(program, arguments, interrupts, as_json)
    except KeyboardInterrupt:
        return _ended(ExitCode.INTERRUPTED, "interrupted with nothing to show", as_json)
    except BrokenPipeError:
        drop(sys.stdout)
        return int(ExitCode.DONE)
    except PlannerError as error:
        say(visible_lines(str(error)))
        return int(error.exit_code)


def _run(program: click.Command, arguments: list[str], interrupts: Interrupts, as_json: bool) -> int:
    asked = os.environ.get(SHELL_COMPLETION)
    if asked:
        from click.shell_completion import shell_complete

        return shell_complete(program, {}, "planner", SHELL_COMPLETION, asked)
    try:
        with program.make_context("planner", list(arguments), obj=interrupts) as context:
            return int(program.invoke(context) or ExitCode.DONE)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.Abort:
        raise KeyboardInterrupt from None
    except click.ClickException as error:
        return _failed(_as_usage(error), as_json)
    except PlannerError as error:
        return _failed(error, as_json)
    except (BrokenPipeError, KeyboardInterrupt):
        raise
    except Exception as error:  # noqa: BLE001 - the last line of defence
        if interrupts.asked:
            # Libraries wrap an interruption in errors of their own.
            raise KeyboardInterrupt from None
        if os.environ.get("PLANNER_DEBUG") == "1":
            raise
        from planner.cli.crash import reproducer

        saved = reproducer(arguments, error)
        reason = visible_lines(str(error)).split("\n")[0][:200]
        message = f"internal error: {type(error).__name__}: {reason}; saved for a report: {saved}"
        return _ended(ExitCode.INTERNAL, message, as_json)


def _failed(error: PlannerError, as_json: bool) -> int:
    if as_json:
        write_json(error_document(error.exit_code, errors_of(error)))
    say(visible_lines(str(error)))
    return int(error.exit_code)


def _ended(code: ExitCode, message: str, as_json: bool) -> int:
    if as_json:
        write_json(error_document(code, [{"path": "", "code": STATUS[code], "message": message}]))
    say(f"planner: {message}")
    return int(code)


def _as_usage(error: click.ClickException) -> UsageError:
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "planner"
    return UsageError(error.format_message(), where=path, hint=f"{path} --help")


def visible_lines(text: str) -> str:
    """``text`` with its line breaks kept and every other hidden character shown."""
    from planner.documents.clean import visible

    return "\n".join(visible(line) for line in text.split("\n"))
