"""``planner catalog refit``: the constants of the performance model, fitted anew to a table of measurements."""

from __future__ import annotations

from pathlib import Path

import click

from planner.cli.parameters import FILE, FOLDER
from planner.cli.streams import say
from planner.errors import ExitCode, Fault, InvalidInput


@click.command("refit", epilog="Example: planner catalog refit calibration.csv catalogs/2026-12")
@click.argument("calibration", type=FILE)
@click.argument("edition", type=FOLDER)
def command(calibration: str, edition: str) -> int:
    """Fit the performance model to the measurements in CALIBRATION and write its table into the folder EDITION.

    Writes performance.csv, accuracy.csv (errors of rows that no fit had seen) and the manifest. Takes some minutes; the
    same measurements, models and accelerators give the same bytes.
    """
    from planner.catalog.manifest import refresh
    from planner.documents import read_csv, write_atomic
    from planner.perf.cases import COLUMNS
    from planner.perf.fit.refit import refit
    from planner.perf.rows import measured_of

    folder = Path(edition)
    measured_of(read_csv(calibration, (*COLUMNS, "value", "source", "notes")))
    try:
        table, accuracy = refit(Path(calibration), folder, tell=say)
    except OSError as error:
        reason = f"cannot be read: {error.strerror or error}"
        raise InvalidInput(str(error.filename or calibration), [Fault("", "unreadable", reason)]) from None
    write_atomic(folder / "performance.csv", table)
    write_atomic(folder / "accuracy.csv", accuracy)
    refresh(folder)
    return ExitCode.DONE
