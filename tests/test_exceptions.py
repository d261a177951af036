"""The error classes: their members and texts, and their copies."""

import copy
import inspect
import pickle
from typing import Any, get_type_hints

import pytest
from loopback import case
from sample_calls import IMAGE

from microvm_sdk import ImageBuildSummary, ImageVersion
from microvm_sdk import exceptions as errors
from microvm_sdk._release_steps import ReleaseStep, StepAction
from microvm_sdk.exceptions import ResponseValidationError, ServiceError


def pickled(error: Exception) -> Any:
    return pickle.loads(pickle.dumps(error))  # noqa: S301  The test made the pickle.


def test_tree_in_the_docstring_is_the_tree() -> None:
    assert errors.__doc__ is not None
    drawn = {
        line.strip("│├└─ ").split(" ")[0]
        for line in errors.__doc__.split("```")[1].splitlines()
        if line.strip()
    }
    assert drawn == set(errors.__all__) - {"ErrorKind"}
    assert errors.__all__ == sorted(errors.__all__)


def test_types_resolve_although_the_models_are_not_imported() -> None:
    for name in errors.__all__:
        error_class = getattr(errors, name)
        assert get_type_hints(error_class) is not None
        for function in vars(error_class).values():
            if inspect.isfunction(function):
                assert get_type_hints(function) is not None


MEMBERS = {
    "resourceId": "i",
    "resourceType": "t",
    "serviceCode": "s",
    "quotaCode": "q",
    "Type": "User",
}


@pytest.mark.parametrize("error_class", ServiceError.__subclasses__(), ids=lambda one: one.__name__)
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_every_service_error_survives_pickle(
    error_class: type[ServiceError], protocol: int
) -> None:
    response = {
        "Error": {"Code": error_class.__name__, "Message": "no"},
        "ResponseMetadata": {"RequestId": "r-1", "HTTPStatusCode": 400},
        "retryAfterSeconds": 7,
        **MEMBERS,
    }
    error = error_class(response, "GetMicrovm")
    again = pickle.loads(pickle.dumps(error, protocol))  # noqa: S301  The test made the pickle.
    assert type(again) is error_class
    assert str(again) == str(error)
    assert again.response == response
    members = [
        name for name in dir(error_class) if isinstance(getattr(error_class, name), property)
    ]
    assert {"code", "kind", "message", "request_id", "retry_after_seconds"} <= set(members)
    for name in ["operation_name", *members]:
        assert getattr(again, name) == getattr(error, name)


@pytest.mark.parametrize("name", MEMBERS)
@pytest.mark.parametrize("value", ["text", 5, None])
def test_member_is_its_text_or_none(name: str, value: Any) -> None:
    python = {"resourceId": "resource_id", "resourceType": "resource_type", "Type": "type",
              "serviceCode": "service_code", "quotaCode": "quota_code"}[name]  # fmt: skip
    found = [
        getattr(error_class({"Error": {}, name: value}, "RunMicrovm"), python)
        for error_class in ServiceError.__subclasses__()
        if hasattr(error_class, python)
    ]
    assert found
    assert set(found) == {"text" if value == "text" else None}


SENT_AT = {"retry-after": "Wed, 21 Oct 2026 07:28:00 GMT"}


@pytest.mark.parametrize(
    ("seconds", "headers", "expected"),
    [
        (3, {"retry-after": "5"}, 3),
        (0, {"retry-after": "5"}, 0),
        (None, {"retry-after": "5"}, 5),
        ("soon", {"retry-after": "5"}, 5),
        (None, {"retry-after": "-5"}, None),
        (-5, {}, None),
        (True, {}, None),
        (None, {"retry-after": "soon"}, None),
        (None, {"retry-after": "\u0665"}, None),
        (None, {"retry-after": "9" * 5000}, 999999999),
        (None, {**SENT_AT}, None),
        (None, {**SENT_AT, "date": "Wed, 21 Oct 2026 07:27:30 GMT"}, 30),
        (None, {**SENT_AT, "date": "Wed, 21 Oct 2026 07:29:00 GMT"}, 0),
        (None, {**SENT_AT, "date": "yesterday"}, None),
        (None, {**SENT_AT, "date": "Wed, 21 Oct 2026 07:27:30"}, None),
        (None, {"retry-after": "Wed, 21 Oct 2026 07:28:00", "date": "x"}, None),
        (None, {}, None),
    ],
)
def test_every_service_error_has_the_seconds_to_wait(
    seconds: Any, headers: dict[str, str], expected: int | None
) -> None:
    response = {
        "Error": {"Code": "InsufficientCapacityException"},
        "ResponseMetadata": {"HTTPHeaders": headers},
        "retryAfterSeconds": seconds,
    }
    error = errors.InsufficientCapacityException(response, "RunMicrovm")
    assert error.retry_after_seconds == expected


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickled])
@pytest.mark.parametrize(
    "error",
    [
        errors.MicroVMError("no"),
        ServiceError(
            {"Error": {"Code": "X", "Message": "no"}}, "GetMicrovm", text=lambda _: "no. At noon."
        ),
        errors.ConflictException({"Error": {}, "resourceId": "i"}, "GetMicrovm"),
        ResponseValidationError("GetMicrovm", ["state: missing"], {"a": 1}, b"{}"),
        errors.WaiterError("wait", "why", identifier="web", timed_out=True),
    ],
    ids=lambda error: type(error).__name__,
)
def test_copies_of_an_error_keep_its_notes_and_attributes(
    error: errors.MicroVMError, copied: Any
) -> None:
    error.__notes__ = ["while deploying web"]  # `add_note` is Python 3.11's.
    error.attempt = 3
    again = copied(error)
    assert type(again) is type(error)
    assert (str(again), again.args, vars(again)) == (str(error), error.args, vars(error))
    assert (again.attempt, again.__notes__) == (3, ["while deploying web"])


def test_every_error_class_is_copied_the_same_way() -> None:
    for name in errors.__all__:
        error_class = getattr(errors, name)
        if issubclass(error_class, Exception):
            assert error_class.__reduce__ is errors.MicroVMError.__reduce__, name


class Quarrel(errors.MicroVMError):
    def __init__(self, parties: int, *, about: str) -> None:
        super().__init__(f"{parties} about {about}")
        self.parties, self.about = parties, about


def test_copies_of_a_users_own_subclass_are_of_that_class() -> None:
    again = pickled(Quarrel(2, about="an image"))
    assert type(again) is Quarrel
    assert (again.parties, again.about, str(again)) == (2, "an image", "2 about an image")


def test_mismatch_has_the_problems_and_the_response() -> None:
    metadata = {"RequestId": "r-1", "HTTPStatusCode": 201}
    error = ResponseValidationError(
        "GetMicrovm", ["a: no", "b: no"], {"ResponseMetadata": metadata}
    )
    assert str(error) == (
        "GetMicrovm succeeded, but its response does not match the model: a: no; b: no. The "
        "operation took effect; the raw response is in this error's .response and .body."
    )
    assert (error.problems, error.body) == (("a: no", "b: no"), None)
    assert (error.request_id, error.status_code) == ("r-1", 201)


@pytest.mark.parametrize("copied", [copy.deepcopy, pickled])
def test_build_error_has_the_reasons_and_the_log_group(copied: Any) -> None:
    build = case("recorded/images-lifecycle/list-builds").body["items"][0]
    failed = [
        ImageBuildSummary.model_validate({**build, "stateReason": reason})
        for reason in ("Build failed.", None, "Build failed.")
    ]
    group = "/aws/lambda-microvms/web"
    error = copied(
        errors.BuildError("wait", "failed", identifier=IMAGE, failed_builds=failed, log_group=group)
    )
    assert type(error) is errors.BuildError
    assert str(error) == f"wait ({IMAGE}): failed (log group: {group})"
    assert (error.reasons, error.log_group) == (("Build failed.",), group)
    assert (error.timed_out, error.last_state, error.state_reason) == (False, None, None)
    silent = errors.BuildError("wait", "failed", identifier=IMAGE)
    assert (silent.reasons, silent.log_group, silent.reason) == ((), None, "failed")


@pytest.mark.parametrize("copied", [copy.deepcopy, pickled])
def test_release_error_has_what_was_done_before(copied: Any) -> None:
    steps = [ReleaseStep(StepAction.ACTIVATED, "2.0"), ReleaseStep(StepAction.DELETING, "1.0")]
    error = copied(
        errors.ReleaseError(
            "promote", "why", image_arn=IMAGE, target="2.0", steps=steps, current="1.0"
        )
    )
    assert str(error) == (
        f"promote ({IMAGE}, version 2.0): why. Changes made: ACTIVATED 2.0, DELETING 1.0. "
        "Current version as last read: 1.0."
    )
    assert (error.job_name, error.reason, error.image_arn) == ("promote", "why", IMAGE)
    assert (error.target, error.steps, error.current) == ("2.0", tuple(steps), "1.0")


@pytest.mark.parametrize("copied", [copy.deepcopy, pickled])
def test_missing_current_version_is_an_error_that_names_the_versions(copied: Any) -> None:
    body = case("recorded/images-lifecycle/version-until-built").body
    versions = [
        ImageVersion.model_validate({**body, "imageVersion": f"{number}.0", "status": "INACTIVE"})
        for number in range(12, 0, -1)
    ]
    error = copied(errors.NoCurrentVersionError(IMAGE, iter(versions)))
    assert (error.image_arn, error.versions) == (IMAGE, tuple(versions))
    assert str(error).startswith(
        f"no version of {IMAGE} can start MicroVMs: none is ACTIVE and SUCCESSFUL. "
        "Its versions: 12.0 (SUCCESSFUL, INACTIVE), 11.0 (SUCCESSFUL, INACTIVE), "
    )
    assert str(error).endswith(
        "3.0 (SUCCESSFUL, INACTIVE), and 2 more. Name one of them, or make one ACTIVE."
    )
    assert "Its versions: none." in str(errors.NoCurrentVersionError(IMAGE, []))
    assert "more" not in str(errors.NoCurrentVersionError(IMAGE, versions[:10]))
