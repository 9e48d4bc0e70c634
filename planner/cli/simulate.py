"""``planner simulate``: a plan under real or drawn requests, one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from planner.cli.inputs import catalog_options, json_option
from planner.cli.parameters import FILE, SCALE, SECONDS
from planner.cli.streams import say
from planner.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from planner.replay.case import Case
    from planner.replay.run import Setting


@click.command("simulate", epilog="Example: planner simulate plan.json --trace problems/workloads/azure2023-conversation.csv.gz")
@click.argument("plan", type=FILE)
@click.option("--trace", "traces", multiple=True, metavar="[SERVICE=]FILE", help="Replay these requests, from the first arrival on; other services' are drawn.")
@click.option("--seeds", type=click.IntRange(1, 1000), default=1, show_default=True, help="Runs to pool.")
@click.option("--start", metavar="PERIOD", help="Period of the plan at the first arrival; default: its first.")
@click.option("--scale", type=SCALE, default=1.0, show_default=True, help="Factor on every rate; a trace is replayed so many times as fast.")
@click.option("--warm-up", type=SECONDS, help="Seconds not counted at the beginning; default: 5 % of the run, at most 300, and none of a trace of under 1,000 requests.")
@click.option("--router", type=click.Choice(["plan", "least-outstanding", "round-robin", "random"]), default="plan", show_default=True, help="By class as the plan routes, then least outstanding; or over all replicas of a service.")
@click.option("--kill-spot", "killed", multiple=True, metavar="[POOL@]SECONDS", help="Reclaim spot instances at that time; they are back after the problem's restart time.")
@click.option("--spot-trace", "spot_traces", multiple=True, metavar="[POOL=]FILE[#SERIES]", help="CSV start_seconds,duration_seconds,available: spot instances come and go with it; one series of several by a part of its name.")
@click.option("--faults", metavar="KINDS", help="Instead, one fault after the other: all, or some of instance,spot_pool,spot_region,zone,region,slow_start,burst.")
@click.option("--lose", is_flag=True, help="Requests on a lost replica are lost; default: they start anew elsewhere.")
@click.option("--start-delay", type=SECONDS, default=0.0, help="Replicas that a later period adds come so many seconds late.")
@click.option("--autoscale", metavar="MEASURE[=TARGET]", help="Replicas follow the load instead: requests=N or utilisation=SHARE of one replica; more after commas: min=, max=, start=, calm= seconds.")
@click.option("--disaggregate", "divided", multiple=True, metavar="[SERVICE=]P:D", help="Of every P+D replicas P read prompts and D decode; after commas link=network, scaleup, pcie or GB/s of an accelerator, latency=ms. Told beside the plan's own.")
@click.option("--step", is_flag=True, help="One iteration at a time instead of jumping: slow, the same results.")
@json_option
@catalog_options
def command(plan: str, as_json: bool, catalog: str | None, overlay: str | None, **asked: Any) -> int:
    """Put PLAN under requests, one by one, and tell whether its latency limits hold.

    A limit holds when the share of requests in time reaches its percentile; refused, lost and unfinished ones are not in
    time. Exit code 7: a limit does not hold, or nobody came by whom it could be measured; with --faults, a loss that the
    problem wants survived is not.
    """
    from dataclasses import replace

    from planner.replay.autoscale import packing_notes
    from planner.replay.case import read_case
    from planner.replay.content import content
    from planner.replay.demand import notes_of
    from planner.replay.disaggregate import assumed_of
    from planner.replay.faults import never_notes, spot_losses
    from planner.replay.run import simulate_plan

    case = read_case(plan, catalog, overlay)
    say_compiling()
    setting, together = _setting(case, asked), None
    if asked["faults"] is not None:
        return _faults(case, setting, asked["faults"], as_json)
    if setting.divided:
        together = simulate_plan(case, replace(setting, divided={}))
    found = content(case, simulate_plan(case, setting), together)
    code = ExitCode.DONE if found["slo_met"] else ExitCode.CHECK_FAILED
    never = never_notes(case, spot_losses(case, asked["killed"]), found["simulated_s"])
    found["notes"] = notes_of(case, setting.traces) + never + assumed_of(setting.divided) + (packing_notes(case) if found["incurred"]["at_most"] else [])
    if as_json:
        from planner.cli.outcome import document, write_json

        write_json(document(code, **found))
        return code
    from planner.cli.console import show
    from planner.report.simulation import simulation_view

    show(lambda width: simulation_view(found))
    return code


def say_compiling() -> None:
    """Tells why a first run takes longer."""
    from planner.simulate.first_run import must_compile

    if must_compile():
        say("note: the first simulation on this machine compiles its event loop, which takes half a minute or more")


def _faults(case: Case, setting: Setting, kinds: str, as_json: bool) -> int:
    from dataclasses import asdict

    from planner.replay.fault_table import fault_table

    found = [asdict(one) for one in fault_table(case, setting, kinds)]
    code = ExitCode.CHECK_FAILED if any(one["survives"] is False for one in found) else ExitCode.DONE
    if as_json:
        from planner.cli.outcome import document, write_json

        write_json(document(code, faults=found))
        return code
    from planner.cli.console import show
    from planner.report.fault_table import fault_view

    show(lambda width: fault_view({"faults": found}))
    return code


def _setting(case: Case, asked: dict[str, Any]) -> Setting:
    from planner.replay.autoscale import MOST_START_S, asked_for
    from planner.replay.demand import first_place, read_traces
    from planner.replay.disaggregate import divided_as
    from planner.replay.faults import spot_losses
    from planner.replay.spot_trace import spot_trace_losses
    from planner.replay.run import Setting
    from planner.simulate.service import Rules

    first_place(case, asked["start"])  # told before a long trace is read
    autoscale, divided = asked_for(asked["autoscale"]), divided_as(case, asked["divided"])
    if asked["start_delay"] > MOST_START_S:
        raise UsageError(f"replicas that come {asked['start_delay']:g} s late never serve", hint=f"--start-delay of at most {MOST_START_S:g}, a day")
    if divided and (asked["router"] != "plan" or autoscale is not None or asked["faults"] is not None):
        raise UsageError("--disaggregate goes with the plan's own router and replicas: not with --router, --autoscale or --faults")
    rules = Rules(asked["router"], not asked["lose"], asked["step"], asked["start_delay"])
    return Setting(
        read_traces(case, asked["traces"]), start=asked["start"], scale=asked["scale"], seeds=asked["seeds"],
        warm_up_s=asked["warm_up"], rules=rules, autoscale=autoscale, divided=divided, faults=(*spot_losses(case, asked["killed"]), *spot_trace_losses(case, asked["spot_traces"])),
    )  # fmt: skip
