"""The option for long runs: ``python -m pytest tests/oracle --fuzz 2000``."""

from __future__ import annotations


def pytest_configure(config):
    # PuLP below 4 announces its own next version; setup.cfg keeps to versions below 4.
    config.addinivalue_line("filterwarnings", "ignore:.*PuLP 4.0.*:DeprecationWarning")


def pytest_addoption(parser):
    parser.addoption("--fuzz", type=int, default=0, metavar="N", help="compare on N more random problems")
    parser.addoption("--fuzz-from", type=int, default=1000, metavar="SEED", help="seed of the first of them")


def pytest_generate_tests(metafunc):
    if "fuzz_seed" in metafunc.fixturenames:
        # When this folder is collected beside others, its options do not exist: then there is no long run.
        count = metafunc.config.getoption("--fuzz", default=0)
        first = metafunc.config.getoption("--fuzz-from", default=1000)
        metafunc.parametrize("fuzz_seed", range(first, first + count))
