"""The pace of everything that polls."""

import asyncio
from typing import Any

import pytest
from fake_time import FakeTime

from microvm_sdk._waits.pace import Pace

pytestmark = pytest.mark.usefixtures("fake_time")


def pauses(pace: Pace, count: int = 100) -> list[float]:
    made = []
    while len(made) < count and (seconds := pace.next_pause()) is not None:
        made.append(round(seconds, 6))
    return made


def test_pauses_grow_by_half_up_to_the_interval_and_end_at_the_deadline(
    fake_time: FakeTime,
) -> None:
    pace = Pace(timeout=5, poll_interval=1)
    while pace.pause():
        pass
    assert fake_time.pauses == [0.2, 0.3, 0.45, 0.675, 1, 1, 1, 0.375]
    assert fake_time.now == 1005


def test_first_pause_is_no_longer_than_the_interval() -> None:
    assert pauses(Pace(timeout=0.3, poll_interval=0.1)) == [0.1, 0.1, 0.1]


def test_timeout_of_zero_does_not_pause(fake_time: FakeTime) -> None:
    assert not Pace(timeout=0, poll_interval=1).pause()
    assert fake_time.pauses == []


def test_shortest_pause_is_honoured_up_to_the_deadline() -> None:
    pace = Pace(timeout=30, poll_interval=1)
    assert pace.next_pause(at_least=7) == 7
    assert pace.next_pause(at_least=-3) == pytest.approx(0.3)
    assert pace.next_pause(at_least=900) == pytest.approx(22.7)
    assert pace.next_pause() is None


def test_frozen_clock_does_not_postpone_the_deadline(fake_time: FakeTime) -> None:
    fake_time.is_frozen = True
    pace = Pace(timeout=5, poll_interval=1)
    assert sum(pauses(pace)) == pytest.approx(5)
    assert pace.elapsed == pytest.approx(5)


def test_time_that_passes_between_the_pauses_counts(fake_time: FakeTime) -> None:
    pace = Pace(timeout=5, poll_interval=1)
    fake_time.now += 4.9
    assert pauses(pace) == [0.1]
    fake_time.now += 60
    assert Pace(timeout=5, poll_interval=1).elapsed == 0


@pytest.mark.parametrize("endless", [float("inf"), 10**400, 1e308])
def test_endless_waits_pause_for_a_day_at_most(endless: float) -> None:
    pace = Pace(timeout=endless, poll_interval=endless)
    assert max(pauses(pace, 3000)) == 24 * 60 * 60
    assert pace.next_pause(at_least=1e12) == 24 * 60 * 60


@pytest.mark.parametrize("wrong", ["5", None, True, 5j])
def test_value_that_is_not_a_number_is_a_type_error(wrong: Any) -> None:
    with pytest.raises(TypeError, match="timeout must be a number of seconds, got"):
        Pace(timeout=wrong, poll_interval=1)
    with pytest.raises(TypeError, match="poll_interval must be a number of seconds, got"):
        Pace(timeout=1, poll_interval=wrong)


@pytest.mark.parametrize("wrong", [-1, -0.001, float("nan"), float("-inf")])
def test_number_out_of_range_is_a_value_error(wrong: float) -> None:
    with pytest.raises(ValueError, match="timeout must be 0 seconds or more, got"):
        Pace(timeout=wrong, poll_interval=1)
    with pytest.raises(ValueError, match="poll_interval must be more than 0 seconds, got"):
        Pace(timeout=1, poll_interval=wrong)


def test_pauses_in_asyncio_are_the_same(
    fake_time: FakeTime, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def sleep(seconds: float) -> None:
        fake_time.sleep(seconds)

    async def run() -> None:
        pace = Pace(timeout=1, poll_interval=10)
        while await pace.pause_async():
            pass

    monkeypatch.setattr(asyncio, "sleep", sleep)
    asyncio.run(run())
    assert fake_time.pauses == [0.2, 0.3, 0.45, 0.05]
