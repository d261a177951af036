"""Looking up images."""

from typing import get_type_hints

import pytest
from loopback import Canned, Loopback

from microvm_sdk import ImageSummary, MicroVMClient
from microvm_sdk.arns import image_arn
from microvm_sdk.images import find_image

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
    assert [request.query["nameFilter"] for request in loopback.requests] == [["web"]] * 3


def test_image_that_does_not_exist_is_none(client: MicroVMClient, loopback: Loopback) -> None:
    loopback.respond_with(page("web-2", token="a"), page("my-web"))
    assert find_image(client, "web") is None
    assert len(loopback.requests) == 2


def test_nothing_is_sent_for_an_invalid_name(client: MicroVMClient, loopback: Loopback) -> None:
    loopback.requests.clear()
    with pytest.raises(ValueError, match="name must be"):
        find_image(client, WEB)
    assert loopback.requests == []


def test_type_hints_resolve() -> None:
    hints = get_type_hints(find_image)
    assert hints["client"] is MicroVMClient
    assert hints["return"] == ImageSummary | None
