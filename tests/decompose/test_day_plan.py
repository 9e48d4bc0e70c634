"""A first plan of whole days: one pattern per service, limits kept, never dearer than choosing services one by one."""

import json

import numpy as np
import pytest

from benchmarks.fleet.generate import fleet
from planner.catalog import load_catalog
from planner.documents import from_data
from planner.formulation.decompose.day_plan import first_plan
from planner.formulation.decompose.oracle import Oracle
from planner.formulation.decompose.prices import flat_prices
from planner.formulation.decompose.run import Best
from planner.formulation.decompose.split import split
from planner.problem.load import problem_of
from planner.solve import Options, Run, program
