"""Problems small enough to follow by hand."""

import json

import pytest

from planner.documents import from_data
from planner.problem.load import load_problem, problem_of


def service(name="chat", **fields):
    stated = {
        "name": name,
        "model": "Llama-3.1-8B",
        "workload": {"rate_per_s": 10.0, "classes": [{"input_tokens": 500, "output_tokens": 100, "share": 1.0}]},
    }
    for key, value in fields.items():
        stated[key] = {**stated[key], **value} if key == "workload" else value
    return {key: value for key, value in stated.items() if value is not None}


def document(*services, **fields):
    return {"schema_version": 1, "services": list(services) or [service()], **fields}


@pytest.fixture
def made():
    """A loaded problem from services and other fields."""
    return lambda *services, **fields: problem_of(from_data(document(*services, **fields), "problem.json"))


@pytest.fixture
def written(tmp_path):
    """As ``made``, through a file on disk, so that other files can lie beside it."""

    def write(*services, **fields):
        path = tmp_path / "problem.json"
        path.write_text(json.dumps(document(*services, **fields)))
        return load_problem(path)

    return write
