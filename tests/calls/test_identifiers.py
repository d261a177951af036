"""Identifiers that could mean another resource are refused, and text that cannot be encoded."""

import inspect
import re
from typing import Any

import pytest
from botocore.exceptions import ParamValidationError
from loopback import Loopback, case
from sample_calls import IMAGE, required_arguments

from microvm_sdk import MicroVMClient

NAMES = {"image_identifier", "image_version", "build_id", "microvm_identifier", "resource",
         "base_image_version"}  # fmt: skip
PROBLEM = "must not be empty, contain white space, or have a '.' or '..' path segment; got"
IDENTIFIERS = [
    (method, name)
    for method, function in inspect.getmembers(MicroVMClient, inspect.isfunction)
    if not method.startswith(("_", "wait_"))
    for name in inspect.signature(function).parameters
    if name in NAMES
]


@pytest.mark.parametrize(("method", "name"), IDENTIFIERS)
def test_identifier_that_could_mean_another_resource_is_refused_by_every_method(
    method: str, name: str, client: MicroVMClient, loopback: Loopback
) -> None:
    with pytest.raises(ParamValidationError, match=re.escape(f"{name} {PROBLEM} '..'")):
        getattr(client, method)(**{**required_arguments(method), name: ".."})
    assert loopback.requests == []


@pytest.mark.parametrize(
    "value",
    ["", ".", " ", "a b", "a\n", "\u00a0", "../", "x/..", "../../web", "./x", "a/../b", "a\\..\\b",
     "%2e", "%2e%2e", "%2E.", "x%2f..%2fy"],
)  # fmt: skip
def test_identifier_that_could_mean_another_resource_once_decoded_is_refused(
    value: str, client: MicroVMClient, loopback: Loopback
) -> None:
    with pytest.raises(ParamValidationError, match=re.escape(f"image_version {PROBLEM} {value!r}")):
        client.get_microvm_image_version(image_identifier=IMAGE, image_version=value)
    assert loopback.requests == []


def test_slashes_dots_and_percent_signs_in_an_identifier_are_sent(
    client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.respond_with(case("update_microvm_image_version/minimal"))
    client.get_microvm_image_version(image_identifier="a/b..c", image_version="%252e...")
    assert loopback.requests[0].path.endswith("/a%2Fb..c/versions/%25252e...")


LONE = "a\ud800b"


@pytest.mark.parametrize(
    ("method", "arguments", "name"),
    [
        ("get_microvm", {"microvm_identifier": LONE}, "microvm_identifier"),
        ("run_microvm", {"image_identifier": IMAGE, "run_hook_payload": LONE}, "run_hook_payload"),
        ("tag_resource", {"resource": IMAGE, "tags": {"k": LONE}}, r"tags\['k'\]"),
        ("tag_resource", {"resource": IMAGE, "tags": {LONE: "v"}}, r"tags: the key 'a\\ud800b'"),
        ("untag_resource", {"resource": IMAGE, "tag_keys": ["a", LONE]}, r"tag_keys\[1\]"),
    ],
)
def test_text_that_cannot_be_encoded_is_refused_by_name(
    method: str, arguments: Any, name: str, client: MicroVMClient, loopback: Loopback
) -> None:
    with pytest.raises(ParamValidationError, match=f"{name} has a lone surrogate") as caught:
        getattr(client, method)(**arguments)
    assert loopback.requests == []
    assert caught.value.__context__ is None  # An encoder's error would hold the text.
