"""The shipped catalogue, and problems with pools of their own."""

import pytest
from own_pools import Made

from planner.catalog import load_catalog


@pytest.fixture(scope="session")
def catalog():
    return load_catalog()


@pytest.fixture
def make(catalog):
    return lambda *services, offers, **fields: Made(catalog, list(services), offers, fields)
