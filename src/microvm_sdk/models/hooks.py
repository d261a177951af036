"""Lifecycle hooks: HTTP calls from the service to the software in a MicroVM."""

import warnings

from microvm_sdk.models._machinery.enums import OpenEnum, UnknownValue
from microvm_sdk.models._machinery.model import Model


class HookState(OpenEnum):
    """Whether the service calls a lifecycle hook."""

    DISABLED = "DISABLED"
    """The hook is not called."""
    ENABLED = "ENABLED"
    """The hook is called, and the service waits for its response."""


class MicrovmHooks(Model, frozen=True):
    """Hooks that the service calls inside a MicroVM when its state changes.

    They need the image hook `ready`, too. Each is a `POST` to
    `/aws/lambda-microvms/runtime/v1/<hook>`. A timeout that is omitted is 1 second. A hook that
    fails or times out can end the MicroVM, although the call that caused it has succeeded.
    """

    run: HookState | UnknownValue | None = None
    """Called once the MicroVM has started from its snapshot.

    The body is JSON, `{"microvmId": …, "runHookPayload": …}`; the payload in it is a string.
    """
    run_timeout_in_seconds: int | None = None
    """Timeout of the run hook, in seconds: 1 to 60."""
    resume: HookState | UnknownValue | None = None
    """Called after the MicroVM has been resumed."""
    resume_timeout_in_seconds: int | None = None
    """Timeout of the resume hook, in seconds: 1 to 60."""
    suspend: HookState | UnknownValue | None = None
    """Called before the MicroVM is suspended."""
    suspend_timeout_in_seconds: int | None = None
    """Timeout of the suspend hook, in seconds: 1 to 60."""
    terminate: HookState | UnknownValue | None = None
    """Called before the MicroVM is terminated, unless it is suspended."""
    terminate_timeout_in_seconds: int | None = None
    """Timeout of the terminate hook, in seconds: 1 to 60."""


with warnings.catch_warnings():
    # The hook has the name of a deprecated method of pydantic.
    warnings.filterwarnings("ignore", 'Field name "validate"', UserWarning)

    class ImageHooks(Model, frozen=True):
        """Hooks that the service calls while it builds an image.

        Each is a `POST` to `/aws/lambda-microvms/runtime/v1/<hook>`. A timeout that is omitted is
        30 seconds.
        """

        ready: HookState | UnknownValue | None = None
        """Called until the software is ready for the snapshot: 200 when ready, 503 until then.

        Any other error fails the build. All other hooks need this one.
        """
        ready_timeout_in_seconds: int | None = None
        """Timeout of the ready hook, in seconds: 1 to 3,600."""
        # To a type checker, the field overrides pydantic's deprecated method of that name.
        validate: HookState | UnknownValue | None = None  # type: ignore[assignment]
        """Called in a MicroVM that was started from the new snapshot, to check that it works."""
        validate_timeout_in_seconds: int | None = None
        """Timeout of the validate hook, in seconds: 1 to 3,600."""


class Hooks(Model, frozen=True):
    """Lifecycle hooks: HTTP calls from the service to the software in a MicroVM."""

    port: int | None = None
    """Port on which the software listens for hooks: 1 to 65,535. Required if any is enabled."""
    microvm_hooks: MicrovmHooks | None = None
    """Hooks of MicroVMs that run."""
    microvm_image_hooks: ImageHooks | None = None
    """Hooks of the image's build."""
