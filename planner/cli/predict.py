"""``planner predict``: what a benchmark would report for each row of a table of configurations and loads."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import click

from planner.cli.inputs import catalog_options, json_option, say_lines
from planner.cli.output import refuse_output
from planner.cli.parameters import FILE
from planner.errors import ExitCode

if TYPE_CHECKING:
    from planner.documents import CsvTable

STANDARD_STREAM = "-"


@click.command("predict", epilog="Example: planner predict rows.csv -o predicted.csv")
@click.argument("rows", type=FILE)
@click.option("-o", "--output", type=FILE, metavar="FILE", help="Write the table to a file and a summary to standard output.")
@click.option("--measured", type=FILE, metavar="FILE", help="Own results: the same columns and value; they correct their configuration.")
@json_option
@catalog_options
def command(rows: str, output: str | None, measured: str | None, as_json: bool, catalog: str | None, overlay: str | None) -> int:
    """Predict throughput and latencies for every row of ROWS, a CSV file (- for standard input).

    Columns: model, gpu, isl, osl, concurrency_or_max (a number, max, or qps:RATE), metric (output_tok_s_total,
    total_tok_s, ttft_ms, tpot_ms, itl_ms, with _mean, _p50 or _p99), and where known n_gpu, tp, pp, engine,
    engine_version, weight_precision, kv_precision, prefix_hit, draft_tokens, draft_acceptance, draft_cost.

    The same rows come back with predicted, low, high (80 % of measurements lie between), basis (measured, interpolated,
    modelled, none) and reason: why a row has no prediction, or what had to be assumed for it.
    """
    refuse_output(None if output == STANDARD_STREAM else output, (rows, measured, overlay))
    from planner.documents import read_csv
    from planner.perf.rows import NEEDED, completed

    table = read_csv(rows, NEEDED)
    own = None if measured is None else read_csv(measured, (*NEEDED, "value"))
    found = _predicted(table, own, catalog, overlay)
    return _write(completed(table.columns, table.rows, found), found, output, as_json)


def _predicted(table: CsvTable, own: CsvTable | None, catalog: str | None, overlay: str | None) -> dict[str, list[Any]]:
    from planner.catalog import load_catalog
    from planner.perf.coefficients import coefficients_of
    from planner.perf.known import known_chips, known_models
    from planner.perf.predict import predict_rows, unread
    from planner.perf.rows import columns_of, measured_of

    facts = load_catalog(catalog, overlay)
    models, chips = known_models(facts.models.values()), known_chips(facts.accelerators.values())
    measured = None if own is None else measured_of(own)
    if own is not None:
        for reason, count in Counter(unread(measured, models, chips).values()).most_common():
            say_lines("warning", f"{own.file}: {count:,} {'row' if count == 1 else 'rows'} left out: {reason}")
    return predict_rows(columns_of(table), models, chips, measured=measured, table=coefficients_of(facts))


def _write(table: tuple[list[str], list[list[str]]], found: dict[str, list[Any]], output: str | None, as_json: bool) -> int:
    from planner.cli.streams import write_result
    from planner.perf.rows import summary, table_text

    columns, rows = table
    if output is not None and output != STANDARD_STREAM:
        from planner.documents import write_atomic

        write_atomic(output, table_text(columns, rows))
    elif not as_json:
        write_result(table_text(columns, rows))
        return ExitCode.DONE
    if as_json:
        from planner.cli.outcome import document, write_json

        listed = [dict(zip(columns, row)) | {n: found[n][at] for n in found} for at, row in enumerate(rows)]
        write_json(document(ExitCode.DONE, summary=summary(found), rows=None if output else listed))
    else:
        from planner.cli.console import show
        from planner.report.predictions import predictions_view

        show(lambda width: predictions_view(summary(found), output))
    return ExitCode.DONE
