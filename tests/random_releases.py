"""Random release jobs on the local service, while other things happen, and what must hold of each.

    uv run python tests/random_releases.py --runs 10000

A run is made from its seed. It creates an image, and promotes, withdraws or prunes its versions,
one job after the other. Meanwhile reads lag, the image is busy, calls are throttled, responses are
lost, the job is interrupted, builds begin and fail, MicroVMs are launched, and other people change
versions. `Run` checks every change that a job makes, and what it says at its end.
"""

import argparse
import pickle
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError, ReadTimeoutError
from fake_time import ServiceTime
from image_world import ERROR_CODES, Call, Truth, changed_by_somebody_else, number, truth
from local_image import LocalService, service_in_process

from microvm_sdk._waits import pace as _pace
from microvm_sdk.exceptions import MicroVMError, ReleaseError
from microvm_sdk.releases import (
    KeepReason,
    Pruned,
    Release,
    ReleaseStep,
    StepAction,
    plan_prune,
    promote,
    prune,
    withdraw,
)

CHANGES = {"UpdateMicrovmImageVersion", "DeleteMicrovmImageVersion"}


class SignalError(Exception):
    """What a signal handler raises, such as the time limit of a task."""


class BrokenPromise(BaseException):
    """Something that must hold does not."""


@dataclass
class Run:
    """One run: an image, its conditions, and some jobs."""

    service: LocalService
    seed: int
    marks: Counter[str] = field(default_factory=Counter)
    calls: list[Call] = field(default_factory=list)
    currents: set[str | None] = field(default_factory=set)
    changed: list[tuple[str, str]] = field(default_factory=list)
    """What the job's calls have changed, by the service's own state."""
    interfered_at: int | None = None
    """The number of the last call before which somebody else did something."""
    lost: bool = False

    def __post_init__(self) -> None:
        """Create the image."""
        self.random = random.Random(self.seed)  # noqa: S311  Not for secrets.
        self.service.reset()
        self.image = self.service.image(self.random.randint(1, 5))
        self.lags = False
        self.steps: list[ReleaseStep] = []
        self.may_change: Callable[[str, str], bool] = lambda _action, _version: False
        self.protected: set[str] = set()

    def check(self, holds: object, promise: str) -> None:
        if not holds:
            done = [(call.operation, call.parameters.get("imageVersion")) for call in self.calls]
            msg = f"seed {self.seed}: {promise}; steps {self.steps}; {truth()}; {done[-20:]}"
            raise BrokenPromise(msg)

    # The world around the job.

    def set_up(self) -> None:
        controls, chance = self.service.controls, self.random.random
        for version in sorted(truth().listed):
            if chance() < 0.25:
                self.image.set_status(version, "INACTIVE")
            elif chance() < 0.2:
                self.image.run(version)
        if chance() < 0.3:
            if chance() < 0.4:
                controls.fail_next_build("The container image build failed.")
            self.service.set_pace("build", {"progression": "time", "seconds": 20})
            self.image.build()
        if chance() < 0.3:
            self.service.set_pace("deletion", {"progression": "time", "seconds": 5})
        if chance() < 0.3:
            controls.hold_latest_active_version()
        if chance() < 0.35:
            self.lags = True
            lag = {"reads": 1} if chance() < 0.5 else {"seconds": 0.5}
            reads = ("ListMicrovmImageVersions", "GetMicrovmImageVersion", None)
            controls.set_lag(self.random.choice(reads), **lag)
        self.trouble = 0.0 if chance() < 0.2 else 0.12
        self.company = 0.0 if chance() < 0.5 else 0.06

    def somebody_else(self) -> None:
        self.service.controls.advance_clock(0.001)
        if changed_by_somebody_else(self.image, self.random):
            self.interfered_at = len(self.calls)
            self.marks["interference"] += 1

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Watch every call of the client under test, and make trouble."""
        events = self.service.client.boto3_client.meta.events
        handlers = {
            "provide-client-params": self._before,
            "before-parse": self._response,
            "after-call": self._after,
        }
        for event, handler in handlers.items():
            events.register_first(f"{event}.lambda-microvms", handler)
        try:
            yield
        finally:
            for event, handler in handlers.items():
                events.unregister(f"{event}.lambda-microvms", handler)
            self.service.controls.clear_scheduled_failures()

    def _before(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        chance, controls, name = self.random.random, self.service.controls, model.name
        self.currents.add(truth().current)
        if chance() < self.company:
            self.somebody_else()
        self.calls.append(Call(name, dict(params), truth()))
        self.lost = False
        if chance() < self.trouble:
            trouble = self.random.choice(("busy", "throttled", "failed", "denied", "interrupted"))
            self.marks[trouble] += 1
            if trouble == "busy" and name in CHANGES:
                controls.fail_calls("ConflictException", name)
            elif trouble == "throttled":
                controls.fail_calls("ThrottlingException", name)
            elif trouble == "failed":
                controls.fail_calls("InternalServerException", name)
            elif trouble == "denied" and chance() < 0.3:
                controls.deny_access(name)
            elif trouble == "interrupted" and chance() < 0.3:
                raise self.random.choice((KeyboardInterrupt, SignalError))

    def _response(self, operation_model: Any, response_dict: dict[str, Any], **_: Any) -> None:
        call = self.calls[-1]
        after = truth()
        self.currents.add(after.current)
        if operation_model.name not in CHANGES:
            return
        version = call.parameters["imageVersion"]
        if response_dict["status_code"] < 300:
            self._check_change(call, after, version)
        if self.random.random() < 2 * self.trouble:
            self.lost = True
            how = self.random.choice(("cut", "500", "409", "429", "404", "interrupted"))
            self.marks[f"lost: {how}"] += 1
            if how == "interrupted":
                raise self.random.choice((KeyboardInterrupt, SignalError))
            response_dict["body"] = b'{"imageArn' if how == "cut" else b'{"message": "x"}'
            if how != "cut":
                response_dict["status_code"] = int(how)
                response_dict["headers"]["x-amzn-errortype"] = ERROR_CODES[how]

    def _after(self, model: Any, parsed: dict[str, Any], **_: Any) -> None:
        if self.lost and model.name in CHANGES:
            # botocore's second request got this response, and the first had done it.
            parsed["ResponseMetadata"]["RetryAttempts"] = 1
            if self.random.random() < 0.2:
                raise ReadTimeoutError(endpoint_url="https://lambda.eu-west-1.amazonaws.com")

    # What must hold.

    def _check_change(self, call: Call, after: Truth, version: str) -> None:
        before = call.before
        is_deletion = call.operation.startswith("Delete")
        action = "DELETING" if is_deletion else str(call.parameters["status"])
        self.changed.append((action, version))
        self.check(self.may_change(action, version), f"{action} {version} was not asked for")
        # Between the job's last read and its change, somebody else may have done something.
        in_window = self.interfered_at is not None and (
            self.interfered_at >= len(self.calls) - 1 or self.lags
        )
        if is_deletion:
            is_kept = version in before.used | self.protected or version == before.current
            self.check(in_window or not is_kept, f"{version} was deleted")
            self.check(in_window or before.startable, f"{version} was deleted, and none can start")
        if before.startable and not after.startable:
            self.marks["window"] += 1
            self.check(in_window or self._is_recovered_from(), f"{version} was the last one")

    def _is_recovered_from(self) -> bool:
        """Return whether the job could not know it, will see it after the change, and undo it."""
        # Before a change, the job reads several versions, and each read may lag.
        return self.lags or (
            self.interfered_at is not None and self.interfered_at >= len(self.calls) - 5
        )

    def job(self) -> None:
        """Run one random job, and check what it says."""
        versions = [*sorted(truth().listed), f"{number(max(truth().listed, key=number)) + 1}.0"]
        version = self.random.choice(versions)
        client, image = self.service.client, self.image.arn
        self.steps, self.changed, self.calls = [], [], []
        self.interfered_at, self.protected = None, set()
        kind = self.random.choice(("promote", "withdraw", "prune"))
        arguments: dict[str, Any] = {"timeout": 90, "on_step": self.steps.append}
        repeat: Callable[..., Release | Pruned]
        if kind == "prune":
            plan = plan_prune(client, image_identifier=image, keep=self.random.randint(1, 2))
            if self.random.random() < 0.3 and plan.delete:
                self.protected = {self.random.choice(plan.delete)}
                plan = plan.model_copy(update={"protect": tuple(self.protected)})
            self.may_change = lambda _action, name: name in plan.delete
            repeat = partial(prune, client, plan)
        else:
            target = {"image_identifier": image, "image_version": version}
            self.may_change = lambda action, name: (
                name == version
                if kind == "withdraw" or action == "ACTIVE"
                else number(name) > number(version)
            )
            repeat = partial(promote if kind == "promote" else withdraw, client, **target)

        self.marks[kind] += 1
        with self.watched():
            try:
                result = repeat(**arguments)
            except BaseException as error:  # noqa: BLE001  Every one is checked.
                self._check_error(error)
                return
        self.marks[f"{kind} done"] += 1
        self._check_steps()
        is_alone = self.interfered_at is None
        self.check(truth().startable or not (self.changed and is_alone), "nothing can start")
        if self.interfered_at is None or (
            self.interfered_at < len(self.calls) - 12 and not self.lags
        ):
            self._check_result(result, version)
            # An earlier job's deletion may have ended meanwhile: to repeat is then an error.
            if self.interfered_at is None and version in truth().listed:
                self._check_repetition(repeat, result)

    def _check_result(self, result: Release | Pruned, version: str) -> None:
        now = truth()
        if isinstance(result, Pruned):
            self.check(not now.listed & set(result.deleted), "what was deleted is listed")
            for kept in result.skipped:
                is_there = kept.image_version in now.listed
                # A listing that lags may show one that is gone, and why it would be kept.
                is_right = is_there != (kept.reason is KeepReason.GONE) or (
                    self.lags and not is_there
                )
                self.check(is_right, f"{kept} is wrong")
            return
        self.check(result.now == now.current, f"{result.now} is not current")
        promoted = result.now == version
        self.check(promoted or version not in now.startable, "the version can still start MicroVMs")

    def _check_repetition(self, repeat: Any, result: Release | Pruned) -> None:
        self.service.controls.unset_lag()
        changes: list[object] = []

        def count(model: Any, params: object, **_: Any) -> None:
            if model.name in CHANGES:
                changes.append(params)

        events = self.service.client.boto3_client.meta.events
        events.register("provide-client-params.lambda-microvms", count)
        again = repeat()
        events.unregister("provide-client-params.lambda-microvms", count)
        if isinstance(again, Release) and isinstance(result, Release):
            self.check(not changes, f"a repetition changed {changes}")
            self.check((again.now, again.blocked) == (result.now, ()), f"repeated: {again}")
        else:
            # A version that was in use may not be any more.
            self.check(not set(again.deleted) & set(result.deleted), "it was deleted twice")

    def _check_steps(self) -> None:
        """Check that the steps are the changes, and that those without a response are in doubt."""
        names = {"ACTIVE": "ACTIVATED", "INACTIVE": "DEACTIVATED", "DELETING": "DELETING"}
        told = {(str(step.action), step.image_version) for step in self.steps}
        for action, version in self.changed:
            self.check((names[action], version) in told, f"{action} {version} is not a step")
        confirmed = Counter(
            (str(step.action), step.image_version)
            for step in self.steps
            if step.confirmed and step.action is not StepAction.DELETED
        )
        made = Counter((names[action], version) for action, version in self.changed)
        self.check(confirmed <= made, "a step was not made")

    def _check_error(self, error: BaseException) -> None:
        self.marks[type(error).__name__] += 1
        if isinstance(error, BrokenPromise):
            raise error
        if isinstance(error, KeyboardInterrupt):
            (note,) = error.__notes__
            self.check("Changes made: " in note, "the note says what was made")
            for action, version in self.changed:
                self.check(f" {version}" in note, f"{action} {version} is not in the note")
            return
        self.check(
            isinstance(error, (MicroVMError, ClientError, BotoCoreError, SignalError)),
            f"{error!r} is not a typed error",
        )
        if isinstance(error, ReleaseError):
            copy = pickle.loads(pickle.dumps(error))  # noqa: S301  The test made the pickle.
            self.check((str(copy), copy.steps) == (str(error), error.steps), "it does not pickle")
            self.check(
                self.lags or error.current in self.currents, f"{error.current} was never current"
            )
            self.steps = list(error.steps)
            self._check_steps()
        else:
            self.check(not self.changed, f"{error!r} hides {self.changed}")


def run(service: LocalService, seed: int) -> Counter[str]:
    """Make one run; return how often what happened in it."""
    one = Run(service, seed)
    one.set_up()
    try:
        for _ in range(one.random.randint(1, 3)):
            one.job()
    except BrokenPromise as broken:
        raise AssertionError(str(broken)) from broken
    return one.marks


def main(arguments: list[str] | None = None) -> int:
    """Make many runs, and print what happened in them."""
    parser = argparse.ArgumentParser(description="Random release jobs on the local service.")
    parser.add_argument("--runs", type=int, default=10000)
    parser.add_argument("--seed", type=int, default=0, help="seed of the first run")
    options = parser.parse_args(arguments)
    marks: Counter[str] = Counter()
    with pytest.MonkeyPatch.context() as patch, service_in_process() as service:
        patch.setattr(_pace, "time", ServiceTime())
        patch.setattr("warnings.warn", lambda *_, **__: None)
        for seed in range(options.seed, options.seed + options.runs):
            marks += run(service, seed)
    print(f"{options.runs} runs: {dict(sorted(marks.items()))}")  # noqa: T201  A program.
    return 0


if __name__ == "__main__":
    sys.exit(main())
