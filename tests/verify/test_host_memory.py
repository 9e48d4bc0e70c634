"""Weights in host memory: room on the host is recounted, and without leave the model does not fit."""

from __future__ import annotations

from host_case import WRONG, certificate


def failed(*args, **allow) -> set[str]:
    return {c.name for c in certificate(*args, **allow).checks if not c.passed}


def test_the_plan_holds_on_its_own_problem():
    assert failed() == set()


def test_a_host_too_small_or_unknown_fails_the_check():
    assert "host_memory" in failed(WRONG["host_memory"]) and "host_memory" in failed(None)


def test_without_leave_the_model_does_not_fit():
    assert "memory" in failed(host_weights_gib=None) and "memory" in failed(host_weights_gib=20)
