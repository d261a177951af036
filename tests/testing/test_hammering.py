"""Eight threads use one server: no change is lost, no call fails unexpectedly."""

import collections
import random
import threading
import time
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from microvm_sdk.testing import MicroVMServer

THREADS = 8
SECONDS = 1.5
# The errors of requests that come at the wrong time.
EXPECTED = {"ConflictException", "ResourceNotFoundException", "ValidationException"}


class Worker(threading.Thread):
    """Does random things with the images of all workers, and deletes its own."""

    def __init__(
        self, number: int, client: Any, image_request: Callable[..., Any], deadline: Any
    ) -> None:
        super().__init__()
        self.client = client
        self.image_request = image_request
        self.deadline = deadline
        self.random = random.Random(number)  # noqa: S311  The same each time.
        self.number = number
        self.done = collections.Counter()
        self.refused = collections.Counter()
        self.broken = []
        self.made = []
        self.deleted = []
        self.ran = []
        self.ended = set()

    def run(self) -> None:
        actions = [self.make, self.make, self.update, self.flip, self.launch, self.launch]
        actions += [self.terminate, self.delete, self.check]
        while time.monotonic() < self.deadline:
            action = self.random.choice(actions)
            try:
                action()
                self.done[action.__name__] += 1
            except ClientError as error:
                code = error.response["Error"]["Code"]
                self.refused[code] += 1
                if code not in EXPECTED:
                    self.broken.append(error)
            except Exception as error:  # noqa: BLE001  Reported by the test.
                self.broken.append(error)

    def some_image(self) -> Any:
        page = self.client.list_microvm_images()["items"]
        return self.random.choice(page)["imageArn"] if page else None

    def make(self) -> None:
        name = f"image-{self.number}-{len(self.made)}"
        self.made.append(self.client.create_microvm_image(**self.image_request(name))["imageArn"])

    def update(self) -> None:
        request = self.image_request()
        del request["name"]
        if arn := self.some_image():
            self.client.update_microvm_image(imageIdentifier=arn, **request)

    def flip(self) -> None:
        if arn := self.some_image():
            status = self.random.choice(["ACTIVE", "INACTIVE"])
            self.client.update_microvm_image_version(
                imageIdentifier=arn, imageVersion="1.0", status=status
            )

    def launch(self) -> None:
        if arn := self.some_image():
            self.ran.append(self.client.run_microvm(imageIdentifier=arn)["microvmId"])

    def terminate(self) -> None:
        running = [microvm for microvm in self.ran if microvm not in self.ended]
        if running:
            microvm = self.random.choice(running)
            self.client.terminate_microvm(microvmIdentifier=microvm)
            self.ended.add(microvm)

    def delete(self) -> None:
        if self.made:
            arn = self.random.choice(self.made)
            self.client.delete_microvm_image(imageIdentifier=arn)
            self.deleted.append(arn)

    def check(self) -> None:
        if arn := self.some_image():
            for version in self.client.list_microvm_image_versions(imageIdentifier=arn)["items"]:
                assert (version["state"] == "SUCCESSFUL") or version["status"] == "INACTIVE"


def test_eight_threads_at_once_lose_nothing(
    server: MicroVMServer, connect: Callable[..., Any], image_request: Callable[..., Any]
) -> None:
    for model in ("build", "deletion", "microvm"):
        server.controls.set_transition(
            f"lambdamicrovms::{model}", {"progression": "time", "seconds": 0.02}
        )
    deadline = time.monotonic() + SECONDS
    workers = [
        Worker(number, connect(server), image_request, deadline) for number in range(THREADS)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    server.controls.advance_clock(1)
    client = connect(server)
    images = client.get_paginator("list_microvm_images").paginate().build_full_result()
    microvms = client.get_paginator("list_microvms").paginate().build_full_result()

    assert [error for worker in workers for error in worker.broken] == []
    done = sum((worker.done for worker in workers), collections.Counter())
    assert len(done) == 7, f"some actions never succeeded: {done}"

    made = {arn for worker in workers for arn in worker.made}
    deleted = {arn for worker in workers for arn in worker.deleted}
    assert {image["imageArn"] for image in images["items"]} == made - deleted
    assert all(image["state"] in {"CREATED", "UPDATED"} for image in images["items"])

    states = {microvm["microvmId"]: microvm["state"] for microvm in microvms["items"]}
    assert len(states) == len(microvms["items"])
    assert set(states) == {microvm for worker in workers for microvm in worker.ran}
    ended = {microvm for worker in workers for microvm in worker.ended}
    assert {microvm for microvm, state in states.items() if state == "TERMINATED"} == ended
    assert {state for microvm, state in states.items() if microvm not in ended} <= {"RUNNING"}
    for image in images["items"]:
        pages = client.get_paginator("list_microvm_image_versions")
        listed = pages.paginate(imageIdentifier=image["imageArn"]).build_full_result()
        versions = listed["items"]
        numbers = [version["imageVersion"] for version in versions]
        assert numbers == [f"{number}.0" for number in range(1, len(numbers) + 1)]
        active = [each["imageVersion"] for each in versions if each["status"] == "ACTIVE"]
        assert image.get("latestActiveImageVersion") == (active[-1] if active else None)


def test_a_reset_among_calls_breaks_none_of_them(
    server: MicroVMServer, connect: Callable[..., Any], image_request: Callable[..., Any]
) -> None:
    deadline = time.monotonic() + 1
    workers = [Worker(number, connect(server), image_request, deadline) for number in range(4)]
    for worker in workers:
        worker.start()
    while time.monotonic() < deadline:
        server.controls.reset()
    for worker in workers:
        worker.join()
    assert [error for worker in workers for error in worker.broken] == []
    server.controls.reset()
    assert connect(server).list_microvm_images()["items"] == []
