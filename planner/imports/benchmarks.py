"""Reads benchmark results of whichever tool wrote them, told apart by their form."""

from __future__ import annotations

from typing import Any

from planner.documents import parse_csv
from planner.documents.decode import decode
from planner.documents.read import bytes_of
from planner.errors import Fault, InvalidInput
from planner.imports.benchmark import Benchmark
from planner.imports.benchmark_csv import read_benchmark_csv
from planner.imports.genai_perf import is_genai_perf, is_genai_perf_csv, read_genai_perf, read_genai_perf_csv
from planner.imports.guidellm import is_guidellm, read_guidellm
from planner.imports.json_results import results_in
from planner.imports.vllm_serve import is_vllm, read_vllm

FORMS = (
    "results of vllm bench serve (JSON, or one a line), a GuideLLM report (JSON), an export of GenAI-Perf or AIPerf (JSON or CSV), or a CSV "
    "with columns input_tokens, output_tokens, concurrency and ttft_ms, tpot_ms or output_tokens_per_s"
)


def read_benchmarks(file: str, concurrency: float | None = None) -> list[Benchmark]:
    """Every run in a file; ``concurrency`` is used where the file cannot say it.

    Units are read, from the field, the name or the brackets where the tool puts them; a figure without one is refused.
    Raises InvalidInput for a file of no known form.
    """
    raw = bytes_of(file, "a benchmark's result")
    text = decode(raw, "a benchmark's result")
    if isinstance(text, Fault):
        raise InvalidInput(file, [text])
    if text.lstrip()[0] not in "{[":
        if is_genai_perf_csv(text):
            return [read_genai_perf_csv(text, file, concurrency)]
        return read_benchmark_csv(parse_csv(raw, file))
    return [run for place, data in results_in(text, file) for run in _of_json(data, place, file, concurrency)]


def _of_json(data: Any, place: str, file: str, concurrency: float | None) -> list[Benchmark]:
    if isinstance(data, list) and data and all(is_vllm(one) for one in data):
        return [read_vllm(one, file, f"{place}[{at}].") for at, one in enumerate(data)]
    if is_guidellm(data):
        return read_guidellm(data, file)
    if is_vllm(data):
        return [read_vllm(data, file, place)]
    if is_genai_perf(data):
        return [read_genai_perf(data, file, concurrency)]
    raise InvalidInput(file, [Fault(place.removesuffix(": "), "unknown_form", f"this is none of the forms that are read: {FORMS}")])
