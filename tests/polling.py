"""How to call each waiter, and the responses that its polls get."""

from collections.abc import Callable
from typing import Any, get_args, get_type_hints

from loopback import Canned, case

from microvm_sdk import Image, ImageVersion, Microvm, MicroVMClient
from microvm_sdk._waits import waiters
from microvm_sdk._waits.steps import Waiter
from microvm_sdk.models._machinery.results import Result

IMAGE = "arn:aws:lambda:us-east-2:123456789012:microvm-image:example-image"
# How to poll each model that a waiter polls. A new model fails here until it has its rows.
IDS: dict[type[Result], dict[str, str]] = {
    Image: {"image_identifier": IMAGE},
    ImageVersion: {"image_identifier": IMAGE, "image_version": "1.0"},
    Microvm: {"microvm_identifier": "microvm-1"},
}
BODIES: dict[type[Result], Any] = {
    Image: case("recorded/images-lifecycle/get-until-created").body,
    ImageVersion: case("recorded/images-lifecycle/version-until-built").body,
    Microvm: case("recorded/vms-lifecycle/get-until-running").body,
}


def _polled_model(method: Any) -> Any:
    """Return the model that a waiter returns, without the `None` of a deletion."""
    returned = get_type_hints(method)["return"]
    return next(iter(get_args(returned)), returned)


WAITS: dict[str, type[Result]] = {
    name: _polled_model(method)
    for name, method in vars(MicroVMClient).items()
    if name.startswith("wait_until_")
}
assert set(WAITS.values()) <= IDS.keys() & BODIES.keys(), "add the new model to IDS and BODIES"
WAITERS: dict[str, Waiter[Any]] = {
    name: getattr(waiters, name.removeprefix("wait_until_"))(*IDS[model].values())
    for name, model in WAITS.items()
}
NOT_FOUND = case("recorded/errors-not-found/get-image-missing")


def state(model: type[Result], name: str, **members: Any) -> Canned:
    """Return a response with a model in a state."""
    return Canned(body={**BODIES[model], "state": name, **members})


def error(status: int, code: str | None, **headers: str) -> Canned:
    """Return an error response."""
    named = {} if code is None else {"x-amzn-errortype": code}
    return Canned(status, {"message": "no"}, {**named, **headers})


THROTTLED = error(429, "ThrottlingException")


def waiting(client: MicroVMClient, method: str) -> Callable[..., Any]:
    """Return a waiter of the client that needs no identifiers."""

    def wait(**settings: Any) -> Any:
        return getattr(client, method)(**IDS[WAITS[method]], **settings)

    return wait
