"""What a simulation found, for people: limits first, then latencies and what became of the requests."""

from __future__ import annotations

from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from planner.report.cell import BAD, FAINT, GOOD, STRONG, WARNING, cell, line, listed
from planner.report.figures import amount, counted, percent, usd

WORDS = {"ttft_ms": "TTFT", "tpot_ms": "TPOT", "end_to_end_ms": "end to end", "itl_ms": "ITL"}


def simulation_view(found: dict[str, Any]) -> RenderableType:
    """``found`` as ``planner simulate --json`` prints it."""
    sections: list[RenderableType] = [_verdict(found)]
    for service in found["services"]:
        measured = [_latencies(service)] if service["ttft_ms"]["requests"] else []
        if service["answered_by"] and not service["requests"]:
            sections += [Text(""), _headline(service)]
            continue
        sections += [Text(""), _headline(service), _limits(service), *measured, listed([*_window(service), *_endings(service), *_moving(service)])]
        if service["disaggregated"] is not None:
            sections += _disaggregated(service["disaggregated"])
    sections += [Text(""), *_incurred(found["incurred"])]
    sections += [line((note, FAINT)) for note in found.get("notes", ())]
    return Group(*sections)


def _incurred(spent: dict[str, Any]) -> list[Text]:
    paid = "an unknown sum: a price is missing" if spent["incurred_usd"] is None else f"{'at most ' * spent['at_most']}{usd(spent['incurred_usd'])} USD"
    lines = [line(f"{amount(spent['hours'])} h cost {paid}; the plan says {usd(spent['planned_usd'])}")]
    if spent["incurred_kg_co2e"] is not None:
        lines[0].append_text(line(f"; {'at most ' * spent['at_most']}{amount(spent['incurred_kg_co2e'])} kgCO2e, by the plan {amount(spent['planned_kg_co2e'])}"))
    return lines


def _verdict(found: dict[str, Any]) -> Text:
    how = f"{amount(found['simulated_s'])} s from period {found['start']}"
    if any(s["disaggregated"] is not None for s in found["services"]):
        how = f"replicas divided as asked; {how}"
    if found["share_of_each_period"] < 1.0:
        how += f", {percent(found['share_of_each_period'])} of each period"
    if found["slo_met"] is False:
        missed = [s["name"] for s in found["services"] if s["slo_met"] is False]
        return line(("The plan does not hold: ", BAD), f"{', '.join(missed)} misses a limit ({how}).")
    if found["slo_met"] is None:
        every = [s for s in found["services"] if s["slo_met"] is None]
        nobody = [s["name"] for s in every if s["planned_rate"] or s["requests"]] or [s["name"] for s in every]
        return line(("Not measured: ", WARNING), f"of a limit of {', '.join(nobody)} no request came ({how}).")
    if not found["confident"]:
        unsure = [s["name"] for s in found["services"] if s["confident"] is False]
        return line(("The limits were kept, but not surely: ", WARNING), f"{', '.join(unsure)}; more seeds or a longer trace tell ({how}).")
    if not any(s["limits"] or s["window"] for s in found["services"]):
        return line(("No limit is stated", WARNING), f", so none can be missed ({how}).")
    return line(("The plan holds: ", GOOD), f"every limit is kept, with 95 % confidence ({how}).")


def _headline(service: dict[str, Any]) -> Text:
    if service["answered_by"] and not service["requests"]:
        return line((service["name"], STRONG), f"  answered by {', '.join(service['answered_by'])}")
    asked = f"{counted(service['requests'], 'request')}, {amount(service['simulated_rate'])}/s; planned for {amount(service['planned_rate'])}/s"
    if service["hosted"]["requests"]:
        asked += f"; {service['hosted']['requests']:,} to provider APIs, {service['hosted']['refused']:,} of them beyond a limit and refused"
    warm = f"; the first {amount(service['warm_up_s'])} s are not counted"
    return line((service["name"], STRONG), f"  {asked}{warm}")


def _limits(service: dict[str, Any]) -> RenderableType:
    table = Table.grid(padding=(0, 2), pad_edge=False)
    for _ in range(4):
        table.add_column(overflow="fold")
    for one in service["limits"]:
        style = GOOD if one["confident"] else BAD if one["met"] is False else WARNING
        word = "kept" if one["confident"] else "kept?" if one["met"] else "MISSED" if one["met"] is False else "not measured"
        name = f"{WORDS[one['metric']]} p{one['percentile']:g}"
        measured = "not reached" if one["measured_ms"] is None else f"{amount(one['measured_ms'])} ms"
        if one["unknown"]:
            share = f"unknown: nobody states how long {one['unknown']:,} of {one['requests']:,} took"
        elif one["attainment"] is None:
            share = "no requests"
        else:
            share = f"{100 * one['attainment']:.2f} % in time, at least {100 * one['lower_bound']:.2f} %"
        table.add_row(cell(f"  {word}", style), cell(name), cell(f"{measured} of {amount(one['limit_ms'])}"), cell(share, FAINT))
    return table


def _latencies(service: dict[str, Any]) -> Table:
    table = Table.grid(padding=(0, 2), pad_edge=False)
    for _ in range(7):
        table.add_column(justify="right")
    names = [key for key in service["itl_ms"] if key != "gaps"]
    table.add_row(cell("  ms", FAINT), *(cell(name, FAINT) for name in names), cell("mean", FAINT), cell("number", FAINT))
    for metric in ("ttft_ms", "tpot_ms", "itl_ms", "end_to_end_ms"):
        values = service[metric]
        shown = [cell("–" if values[name]["value"] is None else amount(values[name]["value"])) for name in names]
        mean = values.get("mean")
        table.add_row(cell(f"  {WORDS[metric]}"), *shown, cell("" if mean is None else amount(mean)), cell(f"{values['gaps' if metric == 'itl_ms' else 'requests']:,}", FAINT))
    return table


def _window(service: dict[str, Any]) -> list[Text]:
    found = service["window"]
    if found is None or found["in_time"] is None:
        return []
    if found["late"]:
        word = (f"{found['late']:,} LATE", BAD)
        return [line(word, f" of {found['requests']:,} due within {amount(found['window_hours'])} h")]
    return [line(("none late", GOOD), f" of {found['requests']:,} due within {amount(found['window_hours'])} h")]


def _moving(service: dict[str, Any]) -> list[Text]:
    """Replicas that came and went by themselves, and what others answered."""
    lines = [_api(one) for one in service["provider_apis"] if one["requests"]]
    lines += [
        line(
            f"{one['name']}: {counted(one['starts'], 'cold start')}, met by {percent(one['cold_share'] or 0.0)} of {one['requests']:,} requests (the plan says at"
            f" most {percent(one['claimed_cold_share'])}); workers up {amount(one['worker_hours'])} h"
            + ("" if one["claimed_worker_hours"] is None else f", by the plan {amount(one['claimed_worker_hours'])} h")
        )
        for one in service["serverless"]
    ]
    lines += [
        line(
            f"{one['name']}: {amount(one['mean_replicas'])} replicas in the mean between {one['least']} and {one['most']} for {one['measure']} of"
            f" {amount(one['target'])}, {counted(one['starts'], 'start')}; the plan has {amount(one['planned_replicas'])}"
        )
        for one in service["autoscaling"]
    ]
    return lines


def _disaggregated(found: dict[str, Any]) -> list[RenderableType]:
    """What moved between replicas; then the same replicas, each doing both."""
    lines = []
    for one in found["groups"]:
        moved = "nothing moved" if not one["requests"] else (
            f"{counted(one['requests'], 'cache')} of {amount(one['moved_gb'])} GB in all moved, each {amount(one['transfer_ms'])} ms under way"
            f" after {amount(one['wait_ms'])} ms for room and links"
        )  # fmt: skip
        lines.append(line(
            f"{one['name']}: {one['prefill']} read prompts ({percent(one['prefill_busy'])} busy), {one['decode']} decode ({percent(one['decode_busy'])}); over"
            f" {amount(one['link_gb_per_s'])} GB/s an accelerator ({one['link']}), {amount(one['kv_bytes_per_token'])} bytes a token, {moved}"
        ))  # fmt: skip
    whole = found["together"]
    title = line(("  As the plan has them, each replica doing both:", STRONG))
    rest = [title, _limits(whole), *([_latencies(whole)] if whole["ttft_ms"]["requests"] else [])]
    good = [] if whole["goodput_per_s"] is None else [line(f"{amount(whole['goodput_per_s'])}/s within all limits")]
    return [listed(lines), *rest, listed(good)]


def _api(one: dict[str, Any]) -> Text:
    over = f", {one['overflow']:,} that units did not carry" if one["overflow"] else ""
    stated = "; ".join(f"{WORDS[m]} {', '.join(f'{p} {amount(ms)} ms' for p, ms in by.items())}" for m, by in one["stated_ms"].items())
    latency = f"latency as stated, not simulated: {stated}" if stated else "latency unknown"
    cost = "" if one["mode"] == "provisioned" else f"; {usd(one['usd'])} USD, by the plan {usd(one['claimed_usd'])}"
    return line(f"{one['name']}: {counted(one['requests'], 'request')}{over}, {one['refused']:,} refused; {latency}{cost}")


def _endings(service: dict[str, Any]) -> list[Text]:
    ended = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in service["endings"].items() if count)
    more = f"; {service['retried']:,} sent again" if service["retried"] else ""
    return [
        line(f"{ended or 'no requests'}{more}" + ("" if service["goodput_per_s"] is None else f"; {amount(service['goodput_per_s'])}/s within all limits")),
        *([] if service["utilisation"] is None else [line(_used(service))]),
        line(
            f"an iteration under way {percent(service['busy_share'])} of the time, cache {percent(service['kv_use_mean'])} full"
            f" (peak {percent(service['kv_use_peak'])}), {counted(service['preemptions'], 'preemption')}"
        ),
    ]


def _used(service: dict[str, Any]) -> str:
    claimed = service["claimed"]["utilisation"]
    return f"{percent(service['utilisation'])} of saturation used" + ("" if claimed is None else f", by the plan {percent(claimed)}")
