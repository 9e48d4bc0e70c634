"""Loaded problems, from values or from a file."""

import json

import pytest
from stated_problems import document

from planner.documents import from_data
from planner.problem.load import load_problem, problem_of


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
