"""Looking up images and their current versions, and changing busy ones."""

from typing import Any, get_type_hints

import pytest
from fake_time import FakeTime
from loopback import Canned, Loopback

from microvm_sdk import ErrorKind, ImageSummary, ImageVersion, MicroVMClient, ServiceError
from microvm_sdk.arns import image_arn
from microvm_sdk.images import current_version, find_image, retry_while_busy

REGION = "eu-west-1"
ACCOUNT = "123456789012"
WEB = image_arn("web", region=REGION, account=ACCOUNT)


def page(*names: str, token: str | None = None) -> Canned:
    items = [
        {
            "imageArn": image_arn(name, region=REGION, account=ACCOUNT),
            "name": name,
            "state": "CREATED",
            "createdAt": 0,
        }
        for name in names
    ]
    return Canned(200, {"items": items, "nextToken": token})


def test_image_is_found_by_its_exact_name_on_any_page(
    client: MicroVMClient, loopback: Loopback
) -> None:
    pages = [page("web-2", "my-web", token="a"), page(token="b"), page("web-3", "web", token="c")]
    loopback.respond_with(*pages)
    found = find_image(client, "web")
    assert found is not None
    assert (found.name, found.image_arn) == ("web", WEB)
    for request in loopback.requests:
        assert (request.query["nameFilter"], request.query["maxResults"]) == (["web"], ["50"])
    assert len(loopback.requests) == 3


def test_image_that_does_not_exist_is_none(client: MicroVMClient, loopback: Loopback) -> None:
    loopback.respond_with(page("web-2", token="a"), page("my-web"))
    assert find_image(client, "web") is None
    assert len(loopback.requests) == 2


def test_nothing_is_sent_for_an_invalid_name_or_arn(
    client: MicroVMClient, loopback: Loopback
) -> None:
    with pytest.raises(ValueError, match=r"^name must be 1 to 64 letters"):
        find_image(client, WEB)
    with pytest.raises(
        ValueError, match=r"^image_identifier must be the ARN of an image, got 'web'"
    ):
        current_version(client, image_identifier="web")
    assert loopback.requests == []


def test_type_hints_resolve() -> None:
    hints = get_type_hints(find_image)
    assert hints["client"] is MicroVMClient
    assert hints["return"] == ImageSummary | None
    assert get_type_hints(current_version)["return"] == ImageVersion | None


SUCCESSFUL, ACTIVE, INACTIVE = "SUCCESSFUL", "ACTIVE", "INACTIVE"


def versions(*versions: tuple[str, str, str], token: str | None = None) -> Canned:
    settings = {
        "imageArn": WEB,
        "baseImageArn": "arn:aws:lambda:eu-west-1:aws:microvm-image:al2023-1",
        "buildRoleArn": "arn:aws:iam::123456789012:role/build",
        "codeArtifact": {"uri": "s3://artifacts/web.zip"},
        "createdAt": 0,
        "updatedAt": 0,
    }
    items = [
        {**settings, "imageVersion": version, "state": state, "status": status}
        for version, state, status in versions
    ]
    return Canned(200, {"items": items, "nextToken": token})


def test_highest_version_that_can_start_is_current(
    client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.respond_with(
        versions(("9.0", SUCCESSFUL, ACTIVE), ("12.0", "FAILED", ACTIVE), token="a"),
        versions(token="b"),
        versions(
            ("10.0", SUCCESSFUL, ACTIVE),
            ("2.0", SUCCESSFUL, ACTIVE),
            ("11.0", SUCCESSFUL, INACTIVE),
            ("13.0", "IN_PROGRESS", ACTIVE),
            ("14.0-beta", SUCCESSFUL, ACTIVE),
            ("15.0", "DELETED", ACTIVE),
        ),
    )
    found = current_version(client, image_identifier=WEB)
    assert found is not None
    assert found.image_version == "10.0"
    assert [request.query["maxResults"] for request in loopback.requests] == [["50"]] * 3


@pytest.mark.parametrize("listed", [(), [("1.0", SUCCESSFUL, INACTIVE), ("2.0", "FAILED", ACTIVE)]])
def test_image_without_a_version_that_can_start_has_no_current_version(
    listed: Any, client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.respond_with(versions(*listed))
    assert current_version(client, image_identifier=WEB) is None


CONFLICT = Canned(
    409, {"message": "already in state: UPDATING"}, {"x-amzn-errortype": "ConflictException"}
)
IN_ITS_STATE = Canned(
    400,
    {"message": "Cannot update MicroVM image in its current state: arn"},
    {"x-amzn-errortype": "ValidationException"},
)
THROTTLED = Canned(
    429,
    {"message": "Rate exceeded"},
    {"x-amzn-errortype": "ThrottlingException", "retry-after": "7"},
)
DENIED = Canned(403, {"message": "no"}, {"x-amzn-errortype": "AccessDeniedException"})
DELETED = Canned(202, {"imageIdentifier": WEB, "state": "DELETING"})


def test_call_is_repeated_while_the_image_is_busy_or_the_call_throttled(
    client: MicroVMClient, loopback: Loopback, service_time: FakeTime
) -> None:
    loopback.respond_with(CONFLICT, IN_ITS_STATE, THROTTLED, DELETED)
    deletion = retry_while_busy(lambda: client.delete_microvm_image(image_identifier=WEB))
    assert deletion.state == "DELETING"
    assert len(loopback.requests) == 4
    assert service_time.pauses == [0.2, 0.3, 7]


@pytest.mark.usefixtures("service_time")
def test_image_that_is_busy_for_too_long_is_the_last_error(
    client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.respond_with(*[CONFLICT] * 9)
    with pytest.raises(ServiceError, match="already in state: UPDATING") as caught:
        retry_while_busy(lambda: client.delete_microvm_image(image_identifier=WEB), timeout=1)
    assert caught.value.kind is ErrorKind.BUSY
    assert len(loopback.requests) == 5


def test_call_that_is_refused_for_another_reason_is_not_repeated(
    client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.respond_with(DENIED)
    with pytest.raises(ServiceError) as caught:
        retry_while_busy(lambda: client.delete_microvm_image(image_identifier=WEB))
    assert caught.value.kind is ErrorKind.ACCESS_DENIED
    assert len(loopback.requests) == 1


@pytest.mark.parametrize("arguments", [{"timeout": -1}, {"poll_interval": 0}])
def test_pace_of_a_retry_is_checked_before_the_call(arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must be"):
        retry_while_busy(lambda: pytest.fail("it called"), **arguments)
