import base64
from typing import Any

import pytest


@pytest.fixture
def images(create: Any) -> Any:
    return [create(f"image-{number:02}") for number in range(7)]


def names(page: Any) -> Any:
    return [image["name"] for image in page["items"]]


def test_the_last_page_has_no_token(client: Any, images: Any) -> None:
    first = client.list_microvm_images(maxResults=3)
    second = client.list_microvm_images(maxResults=3, nextToken=first["nextToken"])
    third = client.list_microvm_images(maxResults=3, nextToken=second["nextToken"])

    assert len(images) == 7
    assert names(first) + names(second) + names(third) == [f"image-{n:02}" for n in range(7)]
    assert "nextToken" not in third


def test_a_page_that_ends_with_the_last_item_has_no_token(client: Any, images: Any) -> None:
    assert "nextToken" not in client.list_microvm_images(maxResults=len(images))


def test_a_deletion_between_pages_skips_no_item(client: Any, images: Any) -> None:
    first = client.list_microvm_images(maxResults=3)
    client.delete_microvm_image(imageIdentifier=images[0])
    second = client.list_microvm_images(maxResults=3, nextToken=first["nextToken"])
    assert names(second) == ["image-03", "image-04", "image-05"]


def test_the_page_size_applies_before_the_filter_so_empty_pages_have_tokens(
    client: Any, images: Any
) -> None:
    first = client.list_microvm_images(maxResults=3, nameFilter="ge-06")
    assert len(images) == 7
    assert first["items"] == []
    assert first["nextToken"]
    pages = client.get_paginator("list_microvm_images").paginate(
        nameFilter="ge-06", PaginationConfig={"PageSize": 3}
    )
    assert [names(page) for page in pages] == [[], [], ["image-06"]]


@pytest.mark.usefixtures("images")
def test_a_token_of_another_list_or_an_invented_one_is_refused(client: Any, create: Any) -> None:
    token = client.list_microvm_images(maxResults=3)["nextToken"]
    wrong = [
        ("list_microvms", {}, token),
        ("list_microvm_images", {"nameFilter": "image"}, token),
        ("list_microvm_images", {}, ""),
        ("list_microvm_images", {}, "nonsense"),
        ("list_microvm_images", {}, "ünïcode"),
        ("list_microvm_images", {}, token[:-4] + "AAAA"),
        ("list_microvm_images", {}, base64.urlsafe_b64encode(b"x" * 8 + b"[3]").decode()),
        ("list_microvm_image_versions", {"imageIdentifier": create("other")}, token),
    ]
    for operation, parameters, its_token in wrong:
        with pytest.raises(client.exceptions.ValidationException, match="Invalid nextToken"):
            getattr(client, operation)(**parameters, nextToken=its_token)


@pytest.mark.parametrize("size", [0, 51])
def test_the_page_size_is_one_to_fifty(size: int, unchecked: Any) -> None:
    with pytest.raises(unchecked.exceptions.ValidationException, match="at 'maxResults'"):
        unchecked.list_microvm_images(maxResults=size)


def test_every_list_has_pages(client: Any, create: Any, update: Any) -> None:
    arn = create()
    update(arn)
    client.get_microvm_image(imageIdentifier=arn)
    for _ in range(2):
        client.run_microvm(imageIdentifier=arn)
    lists = {
        "list_managed_microvm_image_versions": {
            "imageIdentifier": "arn:aws:lambda:us-east-2:aws:microvm-image:al2023-1"
        },
        "list_microvm_image_builds": {"imageIdentifier": arn, "imageVersion": "1.0"},
        "list_microvm_image_versions": {"imageIdentifier": arn},
        "list_microvms": {},
    }
    for operation, parameters in lists.items():
        pages = client.get_paginator(operation).paginate(
            **parameters, PaginationConfig={"PageSize": 1}
        )
        pages = [page["items"] for page in pages]
        assert [len(page) for page in pages] == [1, 1], operation
        assert pages[0] != pages[1], operation
