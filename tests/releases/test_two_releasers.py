"""Two releasers of one image at once: their calls in every order, one after the other."""

import itertools
import threading
from typing import Any

import boto3
import pytest
from local_image import ONE_ATTEMPT, REGION, LocalImage, LocalService

from microvm_sdk import MicroVMClient
from microvm_sdk.exceptions import ReleaseError
from microvm_sdk.releases import Release, ReleaseStep, promote

MOST_CALLS = 40


class Turns:
    """Lets two threads call in a given order; afterwards alternately."""

    def __init__(self, order: str) -> None:
        self._order = itertools.chain(order, itertools.cycle("ab"))
        self._next = next(self._order)
        self._finished: set[str] = set()
        self._condition = threading.Condition()
        self.calls = 0

    def wait_for(self, name: str) -> None:
        with self._condition:
            if not self._condition.wait_for(lambda: self._next == name, timeout=10):
                msg = f"{name} waited too long for its turn"
                raise AssertionError(msg)

    def pass_on(self) -> None:
        with self._condition:
            self.calls += 1
            self._next = self._next_name()
            self._condition.notify_all()

    def finish(self, name: str) -> None:
        with self._condition:
            self._finished.add(name)
            if self._next == name:
                self._next = self._next_name()
            self._condition.notify_all()

    def _next_name(self) -> str:
        if len(self._finished) == 2:
            return ""
        return next(name for name in self._order if name not in self._finished)


class Releaser(threading.Thread):
    """Promotes a version in a thread, with a client of its own."""

    def __init__(self, name: str, image: LocalImage, version: str, turns: Turns) -> None:
        super().__init__()
        self.outcome: Release | Exception | None = None
        self._turns = turns
        self._image = image
        self._version = version
        session = boto3.Session("testing", "testing", region_name=REGION)
        url = image.service.endpoint_url
        self._client = MicroVMClient(session=session, endpoint_url=url, config=ONE_ATTEMPT)
        events = self._client.boto3_client.meta.events
        events.register("before-call.lambda-microvms", lambda **_: turns.wait_for(name))
        events.register("after-call.lambda-microvms", lambda **_: turns.pass_on())
        self._name = name

    def run(self) -> None:
        try:
            self.outcome = promote(
                self._client, image_identifier=self._image.arn, image_version=self._version
            )
        except Exception as error:  # noqa: BLE001  The test checks it.
            self.outcome = error
        finally:
            self._turns.finish(self._name)
            self._client.close()


def release_at_once(image: LocalImage, order: str, a: str, b: str) -> tuple[Any, Any]:
    turns = Turns(order)
    releasers = [Releaser("a", image, a, turns), Releaser("b", image, b, turns)]
    for releaser in releasers:
        releaser.start()
    for releaser in releasers:
        releaser.join()
    assert turns.calls <= MOST_CALLS
    return releasers[0].outcome, releasers[1].outcome


ORDERS = ["".join(order) for order in itertools.product("ab", repeat=3)]


@pytest.mark.parametrize("order", ORDERS)
def test_they_never_undo_each_other_repeatedly(order: str, service: LocalService) -> None:
    image = service.image(11)
    outcomes = release_at_once(image, order * 4, "8.0", "10.0")
    errors = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    releases = [outcome for outcome in outcomes if isinstance(outcome, Release)]
    assert all(isinstance(error, ReleaseError) for error in errors), errors
    assert len(errors) <= 1
    assert image.current() in {release.now for release in releases}
    for error in errors:
        assert "another process changed version" in str(error)


def test_releaser_stops_when_the_other_blocks_its_target(service: LocalService) -> None:
    image = service.image(11)
    # "b" blocks 11.0 with its fifth call. Then "a" blocks 9.0 and 10.0.
    one, other = release_at_once(image, "b" * 5 + "a" * 11, "8.0", "10.0")
    assert (type(one), type(other)) == (Release, ReleaseError)
    assert "another process changed version 10.0 to INACTIVE" in str(other)
    assert image.current() == "8.0"


def test_releaser_stops_when_the_other_activates_a_version_that_it_blocked(
    service: LocalService,
) -> None:
    image = service.image(11)
    # "a" blocks 9.0 and 10.0 with its fourth and eighth call. Then "b" activates 10.0.
    one, other = release_at_once(image, "a" * 8 + "bbbb" + "aa", "8.0", "10.0")
    assert (type(one), type(other)) == (ReleaseError, Release)
    assert "another process changed version 10.0 to ACTIVE" in str(one)
    assert image.current() == "10.0"


def test_releaser_stops_when_the_other_takes_over(service: LocalService) -> None:
    image = service.image(11)

    def take_over(step: ReleaseStep) -> None:
        if step.image_version == "10.0":
            service.controls.advance_clock(0.001)
            promote(service.client, image_identifier=image.arn, image_version="10.0")

    with pytest.raises(ReleaseError, match=r"another process changed version 10\.0 to ACTIVE"):
        promote(service.client, image_identifier=image.arn, image_version="8.0", on_step=take_over)
    assert image.current() == "10.0"
