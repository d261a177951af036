"""Lifecycle hooks: HTTP calls from the service to the software in a MicroVM."""

import warnings

from microvm_sdk.models._enums import OpenEnum, UnknownValue
from microvm_sdk.models._model import Model


class HookState(OpenEnum):
    """Whether the service calls a lifecycle hook."""

    DISABLED = "DISABLED"
    """The hook is not called."""
    ENABLED = "ENABLED"
    """The hook is called, and its answer awaited."""


class MicrovmHooks(Model, frozen=True):
    """Hooks that the service calls inside a MicroVM as its state changes."""

    run: HookState | UnknownValue | None = None
    """Called once the MicroVM has started from its snapshot."""
    run_timeout_in_seconds: int | None = None
    """How long the run hook may take: 1 to 60 seconds."""
    resume: HookState | UnknownValue | None = None
    """Called after the MicroVM was resumed."""
    resume_timeout_in_seconds: int | None = None
    """How long the resume hook may take: 1 to 60 seconds."""
    suspend: HookState | UnknownValue | None = None
    """Called before the MicroVM is suspended."""
    suspend_timeout_in_seconds: int | None = None
    """How long the suspend hook may take: 1 to 60 seconds."""
    terminate: HookState | UnknownValue | None = None
    """Called before the MicroVM is terminated."""
    terminate_timeout_in_seconds: int | None = None
    """How long the terminate hook may take: 1 to 60 seconds."""


with warnings.catch_warnings():
    # The service's name for the hook is also that of a deprecated method of pydantic's.
    warnings.filterwarnings("ignore", 'Field name "validate"', UserWarning)

    class ImageHooks(Model, frozen=True):
        """Hooks that the service calls while it builds an image."""

        ready: HookState | UnknownValue | None = None
        """Called until it says that the software is ready for the snapshot."""
        ready_timeout_in_seconds: int | None = None
        """How long the ready hook may take: 1 to 3,600 seconds."""
        # A type checker sees pydantic's deprecated method under this name, and a field is none.
        validate: HookState | UnknownValue | None = None  # type: ignore[assignment]
        """Called in a MicroVM started from the new snapshot, to check that it works."""
        validate_timeout_in_seconds: int | None = None
        """How long the validate hook may take: 1 to 3,600 seconds."""


class Hooks(Model, frozen=True):
    """Lifecycle hooks: HTTP calls from the service to the software in a MicroVM."""

    port: int | None = None
    """Port that the software listens on for hooks: 1 to 65,535."""
    microvm_hooks: MicrovmHooks | None = None
    """Hooks of running MicroVMs."""
    microvm_image_hooks: ImageHooks | None = None
    """Hooks of the image's build."""
