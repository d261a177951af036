"""What is known about a MicroVM that is being started, and what each exception says. No I/O."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from microvm_sdk._arguments import refuse
from microvm_sdk._calls.sending import Sending
from microvm_sdk._notes import add_note, notes_of
from microvm_sdk._waits.pace import check_pace
from microvm_sdk.exceptions import (
    ErrorKind,
    MicroVMError,
    ResourceNotFoundException,
    ResponseValidationError,
    ServiceError,
)
from microvm_sdk.lifecycle._run_settings import RunSettings

# What a call raises when it fails. Any other exception interrupts it.
FAILURES = (MicroVMError, ClientError, BotoCoreError)


@dataclass(eq=False)
class Launch:
    """A MicroVM from the request that starts it until it is terminated."""

    settings: RunSettings = field(repr=False)
    client_token: str
    ready_timeout: float
    poll_interval: float
    sending: Sending = field(default_factory=lambda: Sending("RunMicrovm"))
    """The call that starts it."""
    microvm_id: str | None = None
    """Its id; `None` until a response has named it."""
    may_run: bool = False
    """Whether it may exist and has not been terminated."""
    is_used: bool = False

    @classmethod
    def prepare(
        cls,
        settings: RunSettings,
        client_token: object,
        ready_timeout: float,
        poll_interval: float,
    ) -> "Launch":
        """Check the arguments of a start, and choose a client token if there is none.

        Raises:
            TypeError: An argument is missing, unknown, or has the wrong type.
            ValueError: A number is out of range.
        """
        unknown = [name for name in settings if name not in RunSettings.__annotations__]
        if unknown:
            msg = (
                f"unknown setting {unknown[0]!r}; expected {', '.join(RunSettings.__annotations__)}"
            )
            raise TypeError(msg)
        if "image_identifier" not in settings:
            msg = "image_identifier is missing: pass the ARN of the image"
            raise TypeError(msg)
        if client_token is None:
            client_token = str(uuid4())
        if not isinstance(client_token, str):
            refuse("client_token", "a string", client_token)
        # The wait would refuse them only after the MicroVM has been started.
        check_pace(ready_timeout, poll_interval, timeout_name="ready_timeout")
        return cls(settings, client_token, ready_timeout, poll_interval)

    def use_once(self) -> None:
        """Refuse to start a second MicroVM, which would hide the first one.

        Raises:
            RuntimeError: It was used before.
        """
        if self.is_used:
            msg = "a block was entered with this object before: call running() for each block"
            raise RuntimeError(msg)
        self.is_used = True

    def record_failure(self, error: BaseException) -> None:
        """Record what the exception that ended the first call says about the MicroVM."""
        self.may_run = self.sending.may_have_taken_effect(error)
        if isinstance(error, ResponseValidationError) and self.sending.is_answer(error):
            self.microvm_id = microvm_id_in(error)

    def add_note(self, error: BaseException, problem: BaseException | None = None) -> None:
        """Name the MicroVM in an exception, if it may still run and is not named there yet.

        Args:
            error: The exception that the caller gets.
            problem: Why the MicroVM could not be terminated.
        """
        name = self.microvm_id or self.client_token
        if not self.may_run or name in "".join(notes_of(error)):
            return
        if self.microvm_id is None:
            note = (
                "A MicroVM may have been started and may still be running: run_microvm with "
                f"client_token={name!r} and the same parameters returns it"
            )
        else:
            note = f"The MicroVM {name} could not be terminated and may still be running"
        if problem is not None:
            note += f": {type(problem).__name__}: {problem}"
        add_note(error, note)


class Block:
    """Shows what `running` and `async_running` are, because neither is the MicroVM itself."""

    _launch: Launch

    def __repr__(self) -> str:
        """Show the MicroVM's id, `None` until it has been started."""
        return f"<{type(self).__name__} microvm_id={self._launch.microvm_id!r}>"

    if not TYPE_CHECKING:  # Type checkers are to report unknown attributes.

        def __getattr__(self, name: str) -> NoReturn:
            msg = f"{type(self).__name__} has no attribute {name!r}: its block gets the MicroVM"
            raise AttributeError(msg, name=name, obj=self)


def microvm_id_in(error: ResponseValidationError) -> str | None:
    """Return the id of the MicroVM that was started, if the invalid response has it."""
    identifier = error.response.get("microvmId")
    return identifier if isinstance(identifier, str) and identifier else None


def has_ended(error: ServiceError) -> bool:
    """Return whether an error of `terminate_microvm` or `get_microvm` says that it has ended."""
    # By its class: a gateway's 404 does not mean that the MicroVM is gone.
    return isinstance(error, ResourceNotFoundException) or error.kind is ErrorKind.TERMINATED
