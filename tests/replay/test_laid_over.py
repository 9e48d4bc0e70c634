"""Replicas of several services laid over each other on instances."""

from types import SimpleNamespace

import numpy as np
import pytest

from planner.replay.laid_over import laid_over
from planner.simulate.fleet import Autoscaler, Fleet, Group, Part, Stage
from planner.simulate.kernel.world import PS_PER_S

HOUR = 3600 * PS_PER_S


def service(name, takes, *marks):
    """One configuration on instances of four accelerators over two periods of two hours each."""
    scaling = Autoscaler("requests", 8.0, 1, 4, 0.0, 300.0, (1, 1))
    part = Part("pool", "here", "firm", (4, 4), max(1, 4 // takes), takes)
    fleet = Fleet(name, (Group("g", None, (part,), ((1.0, 1.0),), 1.0, scaling=scaling),), ((1.0, 1.0),), (Stage(0, 0.0), Stage(1, 7200.0)))
    world = SimpleNamespace(marks=np.array([(round(at * HOUR), i, change) for at, i, change in marks], np.int64).reshape(-1, 3), state=np.array([{"marked": len(marks)}]))
    return SimpleNamespace(fleet=fleet, span=SimpleNamespace(seconds=4 * 3600.0, stages=fleet.stages), played=(SimpleNamespace(world=world),))


def hours(apart=None, **services):
    problem = SimpleNamespace(services=[SimpleNamespace(name=n, availability=apart and SimpleNamespace(min_instances=apart)) for n in services])
    case = SimpleNamespace(pools={"pool": SimpleNamespace(accelerators=4)}, problem=problem, plan=SimpleNamespace(periods=(0, 1)))
    return laid_over(case, services)[("pool", "firm")].tolist()


def test_services_stand_on_one_instance_as_long_as_there_is_room():
    # Two accelerators each, all the time: one instance in both periods of two hours.
    assert hours(a=service("a", 2, (0, 0, 1)), b=service("b", 2, (0, 0, 1))) == [[2.0, 2.0]]
    # Three and two do not fit on four.
    assert hours(a=service("a", 3, (0, 0, 1)), b=service("b", 2, (0, 0, 1))) == [[2.0, 2.0], [2.0, 2.0]]


def test_an_instance_runs_while_any_replica_is_on_it():
    # a from 0 to 1 h, b from 0.5 to 2.5 h: 2.5 h, of which half an hour in the second period.
    assert hours(a=service("a", 2, (0, 0, 1), (1, 0, -1)), b=service("b", 2, (0.5, 0, 1), (2.5, 0, -1))) == [[2.0, 0.5]]


def test_who_comes_later_takes_the_first_instance_with_room_and_nobody_is_moved():
    # a fills the first instance until 1 h, b the second from 0.5 h on; a's next replica at 1.5 h goes where b runs.
    assert hours(a=service("a", 4, (0, 0, 1), (1, 0, -1)), b=service("b", 2, (0.5, 0, 1)), c=service("c", 2, (1.5, 0, 1))) == [[1.0, 0.0], [1.5, 2.0]]


def test_a_service_that_is_to_stand_on_two_instances_does():
    assert hours(apart=2, a=service("a", 1, (0, 0, 1), (0, 1, 1), (0, 2, 1))) == [[2.0, 2.0], [2.0, 2.0]]


def test_a_replica_of_eight_accelerators_takes_two_instances_of_four():
    assert hours(a=service("a", 8, (0, 0, 1), (1, 0, -1))) == [[1.0, 0.0], [1.0, 0.0]]


def test_what_was_not_written_down_is_not_laid_over(monkeypatch):
    monkeypatch.setattr("planner.replay.laid_over.MOST_MARKS", 0)
    with pytest.raises(TypeError):
        hours(a=service("a", 2, (0, 0, 1)))
