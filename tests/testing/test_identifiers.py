"""Identifiers of images and MicroVMs that the service refuses, and its messages."""

import json
from typing import Any

import pytest
from service_errors import error_of

BASE = "arn:aws:lambda:us-east-2:aws:microvm-image:al2023-1"
IMAGE = "arn:aws:lambda:us-east-2:123456789012:microvm-image:"
DENIED = (
    "User: arn:aws:iam::123456789012:user/testing is not authorized to perform: lambda:{0} on "
    "resource: {1} because no resource-based policy allows the lambda:{0} action"
)


@pytest.mark.parametrize(
    ("operation", "identifier", "expected"),
    [
        (
            "RunMicrovm",
            "web",
            (400, "ValidationException", "Malformed ARN - doesn't start with 'arn:'"),
        ),
        *(
            (operation, arn, (403, "AccessDeniedException", DENIED.format(operation, arn)))
            for operation in ("GetMicrovmImage", "RunMicrovm")
            for arn in (
                f"{IMAGE.removesuffix(':')}/web",
                "arn:aws:lambda:us-east-2:999999999999:microvm-image:web",
            )
        ),
        *(
            ("GetMicrovmImage", arn, (403, "AccessDeniedException", None))
            for arn in (
                "arn:aws:lambda:eu-west-1:123456789012:microvm-image:web",
                "arn:aws:lambda:eu-west-1:aws:microvm-image:al2023-1",
            )
        ),
        *(
            ("GetMicrovmImage", arn, (400, "ValidationException", f"Invalid ARN format: {arn}"))
            for arn in ("web", "arn:aws:lambda:us-east-2:123456789012:function:web")
        ),
        *(
            (
                "GetMicrovmImage",
                arn,
                (
                    404,
                    "ResourceNotFoundException",
                    f"MicroVMImage not found for MicroVMImageID: {arn}",
                ),
            )
            for arn in (f"{IMAGE}web", BASE)
        ),
    ],
)
def test_identifiers_that_are_not_the_arn_of_an_own_image(
    operation: str, identifier: str, expected: Any, unchecked: Any
) -> None:
    call = unchecked._make_api_call
    assert error_of(call, operation, {"imageIdentifier": identifier}) == expected


def test_the_text_of_a_denial_is_in_a_member_with_a_capital_letter(send: Any) -> None:
    arn = "arn%3Aaws%3Alambda%3Aus-east-2%3A999999999999%3Amicrovm-image%3Aweb"
    status, _, body = send("GET", f"/2025-09-09/microvm-images/{arn}")
    assert status == 403
    assert list(json.loads(body)) == ["Message"]


@pytest.mark.parametrize("prefix", ["", "arn:aws:lambda:us-east-2:123456789012:microvm:"])
def test_a_microvm_cannot_be_tagged(prefix: str, unchecked: Any) -> None:
    resource = f"{prefix}microvm-0b1c2d3e-4f50-4617-8293-a4b5c6d7e8f9"
    for call, parameters in (
        (unchecked.tag_resource, {"Tags": {"a": "b"}}),
        (unchecked.untag_resource, {"TagKeys": ["a"]}),
        (unchecked.list_tags, {}),
    ):
        status, code, message = error_of(call, Resource=resource, **parameters)
        assert (status, code) == (400, "ValidationException")
        assert "at 'Resource' failed to satisfy constraint" in message
