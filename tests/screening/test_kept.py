"""Counts that take long are kept and made anew beside; quick ones are asked again each time."""

from __future__ import annotations

import threading
import time

import pytest

from chainbreak.screening.selectors import kept


@pytest.fixture
def counted(monkeypatch):
    """Asks `answer` for a count that grows by one each time it is made; out of a transaction unless said."""
    kept.forget()

    class Connection:
        settings_dict, in_atomic_block, closed = {"NAME": "of a test"}, False, 0

        def close(self):
            Connection.closed += 1

    here = Connection()
    monkeypatch.setattr(kept, "connection", here)
    made, gate = [], threading.Event()
    gate.set()

    def count():
        assert gate.wait(10)
        made.append(threading.current_thread().name)
        return len(made)

    def ask(fresh=0.0):
        return kept.answer(("count",), count, fresh=fresh)

    ask.made, ask.gate, ask.connection = made, gate, here
    yield ask
    kept.forget()


def _settled(true) -> None:
    until = time.monotonic() + 10
    while not true():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_a_quick_count_is_asked_again_when_its_freshness_is_over(counted):
    assert [counted(), counted(), counted(60), counted(60)] == [1, 2, 2, 2]


def test_nobody_waits_for_a_slow_count_that_was_made_before_and_one_makes_it_for_all(counted, monkeypatch):
    monkeypatch.setattr(kept, "SLOW", -1.0)
    monkeypatch.setattr(kept, "REST", 0)
    assert counted() == 1
    counted.gate.clear()  # the next count does not come to an end yet
    assert [counted(), counted(), counted()] == [1, 1, 1]
    counted.gate.set()
    _settled(lambda: len(counted.made) == 2 and counted.connection.closed)
    assert counted.made[1] == "kept"
    assert counted(60) == 2
    assert len(counted.made) == 2


def test_after_a_slow_count_there_is_rest_and_what_is_too_old_is_waited_for(counted, monkeypatch):
    monkeypatch.setattr(kept, "SLOW", -1.0)
    monkeypatch.setattr(kept, "REST", 1e9)
    assert [counted(), counted()] == [1, 1]
    monkeypatch.setattr(kept, "REST", 0)
    monkeypatch.setattr(kept, "OLDEST", 0.0)
    assert counted() == 2
    assert counted.made == [threading.current_thread().name] * 2


def test_within_a_transaction_a_count_is_made_there(counted, monkeypatch):
    monkeypatch.setattr(kept, "SLOW", -1.0)
    monkeypatch.setattr(kept, "REST", 0)
    counted.connection.in_atomic_block = True
    assert [counted(), counted()] == [1, 2]


def test_a_count_that_fails_beside_leaves_the_last_one_and_is_tried_again(counted, monkeypatch):
    monkeypatch.setattr(kept, "SLOW", -1.0)
    monkeypatch.setattr(kept, "REST", 0)
    monkeypatch.setattr(threading, "excepthook", lambda _args: None)
    assert counted() == 1
    failing = {"now": True}

    def ask():
        if failing["now"]:
            raise OSError
        return 7

    assert kept.answer(("count",), ask, fresh=0) == 1
    _settled(lambda: counted.connection.closed == 1)
    failing["now"] = False
    assert kept.answer(("count",), ask, fresh=0) == 1
    _settled(lambda: counted.connection.closed == 2)
    assert kept.answer(("count",), ask, fresh=60) == 7
