"""A written file is whole or untouched."""

import os
import stat
import threading

import pytest

from planner.documents import canonical_json, digest, write_atomic
from planner.errors import CannotWrite


def test_text_is_written_as_utf8_and_replaces_what_was_there(tmp_path):
    target = tmp_path / "plan.json"
    write_atomic(target, "old")
    write_atomic(target, "né")
    assert target.read_bytes() == "né".encode() and os.listdir(tmp_path) == ["plan.json"]


@pytest.mark.parametrize("step", ["fsync", "replace"])
@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failure_leaves_the_old_file_and_no_other(tmp_path, monkeypatch, step, failure):
    target = tmp_path / "plan.json"
    target.write_text("old")

    def fail(*_):
        raise failure

    monkeypatch.setattr(os, step, fail)
    with pytest.raises((CannotWrite, KeyboardInterrupt)) as caught:
        write_atomic(target, "new")
    assert target.read_text() == "old" and os.listdir(tmp_path) == ["plan.json"]
    if isinstance(failure, OSError):
        assert "No space left" in str(caught.value)


def test_a_folder_and_a_missing_parent_are_refused_with_a_hint(tmp_path):
    for path in (tmp_path, tmp_path / "missing" / "plan.json", tmp_path / "a\0b"):
        with pytest.raises(CannotWrite) as caught:
            write_atomic(path, "x")
        assert caught.value.hint and caught.value.where
    assert os.listdir(tmp_path) == []


def test_permissions_are_kept_and_new_files_follow_the_umask(tmp_path):
    old = tmp_path / "old"
    old.write_text("x")
    old.chmod(0o640)
    write_atomic(old, "y")
    assert stat.S_IMODE(old.stat().st_mode) == 0o640
    mask = os.umask(0o027)
    try:
        write_atomic(tmp_path / "new", "y")
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o640


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    write_atomic(tmp_path / "link", "new")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "real").read_text() == "new"


def test_a_device_is_written_directly():
    write_atomic("/dev/null", "x")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_of_two_writers_one_wins_whole(tmp_path):
    target = tmp_path / "plan.json"
    texts = ["a" * 300_000, "b" * 300_000]
    threads = [threading.Thread(target=lambda t=text: [write_atomic(target, t) for _ in range(5)]) for text in texts]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        if target.exists():
            assert target.read_text() in texts
    for thread in threads:
        thread.join()
    assert target.read_text() in texts and os.listdir(tmp_path) == ["plan.json"]


def test_canonical_json_sorts_keys_and_keeps_every_digit():
    assert canonical_json({"b": (0.1 + 0.2, -0.0), "a": {"é": None, "c": True}}) == '{"a":{"c":true,"é":null},"b":[0.30000000000000004,0.0]}'


@pytest.mark.parametrize("value, error", [(float("nan"), ValueError), (float("inf"), ValueError), ({1: 2}, TypeError), ({1, 2}, TypeError)])
def test_canonical_json_refuses_what_would_not_read_back(value, error):
    with pytest.raises(error):
        canonical_json([value])


def test_the_digest_is_that_of_the_canonical_text():
    # printf '{"a":1}' | sha256sum
    assert digest({"a": 1}) == "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862"
