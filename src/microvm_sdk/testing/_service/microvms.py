"""MicroVMs: their states, and what time does to them."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from microvm_sdk.testing._service import refusals
from microvm_sdk.testing._service.lifecycle import MICROVMS, Lifecycle

LONGEST_SECONDS = 28_800


def new_id() -> str:
    """Make an identifier of a MicroVM."""
    return f"microvm-{uuid.uuid4()}"


def _duration(seconds: int) -> timedelta:
    # The model has no limit, and what is longer than any MicroVM lives may have no date.
    return timedelta(seconds=min(seconds, LONGEST_SECONDS + 1))


@dataclass
class Microvm:
    """A MicroVM."""

    id: str
    position: int
    endpoint: str
    image_arn: str
    image_version: str
    request: dict[str, Any]
    ingress: list[str]
    egress: list[str]
    started_at: datetime
    active_at: datetime
    suspended_at: datetime | None = None
    terminated_at: datetime | None = None
    reason: str | None = None
    life: Lifecycle = field(default_factory=lambda: Lifecycle(MICROVMS, "PENDING", "RUNNING"))

    @property
    def state(self) -> str:
        """The MicroVM's state."""
        return self.life.state

    @property
    def maximum_seconds(self) -> int:
        """How long it may live."""
        return int(self.request.get("maximumDurationInSeconds", LONGEST_SECONDS))

    @property
    def resumes_itself(self) -> bool:
        """Whether a request wakes it when it is suspended."""
        return bool(self.request.get("idlePolicy", {}).get("autoResumeEnabled"))

    def look(self, now: datetime) -> None:
        """Count a look from outside, for those who let states change after so many looks."""
        self.life.advance()
        self.settle(now)

    def settle(self, now: datetime) -> None:
        """Let the time do its work: idleness suspends, too long a suspension or life ends it."""
        self.life.progress()
        state = self.state
        if state == "TERMINATED":
            if self.terminated_at is None:
                self.terminated_at = now
            return
        end = self.started_at + timedelta(seconds=self.maximum_seconds)
        reason = "Maximum duration reached."
        policy = self.request.get("idlePolicy")
        if policy and state == "RUNNING":
            idle_until = self.active_at + _duration(policy["maxIdleDurationSeconds"])
            if idle_until <= min(now, end):
                self._suspend(idle_until)
        if policy and self.suspended_at is not None:
            until = self.suspended_at + _duration(policy["suspendedDurationSeconds"])
            if until < end:
                end, reason = until, "Suspended for too long."
        if end <= now and state != "TERMINATING":
            self.life.enter("TERMINATED")
            self.terminated_at = end
            self.reason = reason

    def suspend(self, now: datetime) -> None:
        """Suspend it; a suspended one stays as it is."""
        self._require_alive()
        if self.state in {"SUSPENDED", "SUSPENDING"}:
            return
        self._require_state("suspended", "RUNNING")
        self.suspended_at = now
        self.life.enter("SUSPENDING", "SUSPENDED")

    def resume(self, now: datetime) -> None:
        """Resume it; a running one stays as it is."""
        self._require_alive()
        if self.state == "RUNNING":
            return
        self._require_state("resumed", "SUSPENDED")
        self.active_at = now
        self.suspended_at = None
        self.life.enter("RUNNING")

    def terminate(self) -> None:
        """Terminate it; a terminated one stays as it is."""
        if self.state in {"TERMINATING", "TERMINATED"}:
            return
        self.reason = "Success."
        self.life.enter("TERMINATING", "TERMINATED")

    def require_reachable(self) -> None:
        """Refuse access tokens unless it runs or is suspended."""
        self._require_alive()
        self._require_state("accessed", "RUNNING", "SUSPENDED")

    def answer(self) -> dict[str, Any]:
        """Give what the service tells of a MicroVM."""
        return {
            "egressNetworkConnectors": self.egress,
            "endpoint": self.endpoint,
            "executionRoleArn": self.request.get("executionRoleArn"),
            "idlePolicy": self.request.get("idlePolicy"),
            "imageArn": self.image_arn,
            "imageVersion": self.image_version,
            "ingressNetworkConnectors": self.ingress,
            "kmsKeyIdentifier": self.request.get("kmsKeyIdentifier"),
            "maximumDurationInSeconds": self.maximum_seconds,
            "microvmId": self.id,
            "startedAt": self.started_at,
            "state": self.state,
            "stateReason": self.reason if self.terminated_at else None,
            "terminatedAt": self.terminated_at,
            "terminationReasonCode": None,
        }

    def summary(self) -> dict[str, Any]:
        """Give what a list shows of it."""
        members = ("imageArn", "imageVersion", "microvmId", "startedAt", "state")
        answer = self.answer()
        return {member: answer[member] for member in members}

    def _suspend(self, since: datetime) -> None:
        self.suspended_at = since
        self.life.enter("SUSPENDED")

    def _require_alive(self) -> None:
        if self.state in {"TERMINATING", "TERMINATED"}:
            raise refusals.microvm_terminated(self.id)

    def _require_state(self, done: str, *states: str) -> None:
        if self.state not in states:
            raise refusals.microvm_not_ready(self.id, done, self.state)
