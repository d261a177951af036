"""Listings are lazy and resumable, and report a page that fails."""

import base64
import pickle
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import PaginationError, ParamValidationError
from loopback import Canned, Loopback, case

from microvm_sdk import (
    ImageBuild,
    ImageSummary,
    MicroVMClient,
    Page,
    Paginator,
    ResponseValidationError,
    ThrottlingException,
)

ITEM = case("recorded/images-lifecycle/list-images").body["items"][0]
IMAGE = ITEM["imageArn"]


def page(*names: str, token: str | None = None) -> Canned:
    return Canned(body={"items": [{**ITEM, "name": name} for name in names], "nextToken": token})


def test_items_are_fetched_page_by_page_as_they_are_needed(
    client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.respond_with(page("a", "b", token="1"), page("c"))
    items = iter(client.list_microvm_images(max_results=2, name_filter="w"))
    assert loopback.requests == []
    assert next(items).name == "a"
    assert next(items).name == "b"
    assert len(loopback.requests) == 1
    assert next(items).name == "c"
    assert list(items) == []
    first, second = (request.query for request in loopback.requests)
    assert first == {"maxResults": ["2"], "nameFilter": ["w"]}
    assert second == {"maxResults": ["2"], "nameFilter": ["w"], "nextToken": ["1"]}


def test_pages_have_items_token_and_metadata(client: MicroVMClient, loopback: Loopback) -> None:
    loopback.respond_with(page("a", token="1"), page("b"))
    first, second = client.list_microvm_images().pages()
    assert [item.name for item in first.items] == ["a"]
    assert isinstance(first.items[0], ImageSummary)
    assert (first.next_token, second.next_token) == ("1", None)
    assert first.response_metadata.http_status_code == 200


class OwnPage(Page[ImageBuild], frozen=True):
    """A page of a program's own."""


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("kind", [lambda: Page[ImageSummary], lambda: Page, lambda: OwnPage])
def test_pages_pickle(kind: Callable[[], type[Page[Any]]], protocol: int) -> None:
    items: list[Any] = [] if kind() is OwnPage else [ITEM]
    page = kind().model_validate({"items": items, "ResponseMetadata": {"RequestId": "r-1"}})
    other = pickle.loads(pickle.dumps(page, protocol))  # noqa: S301  The test made the pickle.
    assert type(other) is kind()
    assert other == page
    assert hash(other) == hash(page)
    assert other.response_metadata.request_id == "r-1"


BOTOCORES = base64.b64encode(b'{"nextToken": "other", "boto_truncate_amount": 1}').decode()


@pytest.mark.parametrize("token", ["1", BOTOCORES, "None-of-them", "a b+/="])
def test_listing_resumes_where_a_page_left_off(
    token: str, client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.respond_with(page("a", token=token), page("b"))
    first, second = client.list_microvm_images().pages()
    assert (first.next_token, second.items[0].name) == (token, "b")
    assert loopback.requests[1].query == {"nextToken": [token]}
    loopback.respond_with(page("b"))
    assert [item.name for item in client.list_microvm_images(next_token=token)] == ["b"]
    assert loopback.requests[0].query == {"nextToken": [token]}


def test_repr_shows_what_is_listed(client: MicroVMClient, loopback: Loopback) -> None:
    assert repr(client.list_microvm_images()) == "<Paginator of list_microvm_images()>"
    listing = client.list_microvms(image_identifier=IMAGE, max_results=5, next_token="t")
    assert repr(listing) == (
        f"<Paginator of list_microvms(image_identifier='{IMAGE}', max_results=5, next_token='t')>"
    )
    assert loopback.requests == []


def test_repr_masks_secrets() -> None:
    listing: Any = Paginator(
        MicroVMClient()._operations, Page[ImageSummary], "run_microvm", runHookPayload="hidden"
    )
    assert repr(listing) == "<Paginator of run_microvm(run_hook_payload=**********)>"


def test_length_and_index_are_refused_with_an_alternative(
    client: MicroVMClient, loopback: Loopback
) -> None:
    listing: Any = client.list_microvm_images()
    with pytest.raises(TypeError, match=r"no length before its last page: use len\(list\("):
        len(listing)
    for index in (0, -1, slice(2)):
        with pytest.raises(TypeError, match=r"iterate over it, or use list\("):
            listing[index]
    assert bool(listing)
    assert loopback.requests == []
    loopback.respond_with(page("a"))
    assert len(list(listing)) == 1
    assert [item.name for item in (*listing,)] == ["a"]


def test_arguments_are_converted_once(client: MicroVMClient, loopback: Loopback) -> None:
    """A generator would be empty on the second page."""
    loopback.respond_with(page("a", token="1"), page("b"))
    listing: Any = Paginator(
        client._operations,
        Page[ImageSummary],
        "untag_resource",
        Resource=IMAGE,
        TagKeys=(key for key in ["a", "b"]),
    )
    pages = listing.pages()
    next(pages)
    assert loopback.requests[0].query == {"tagKeys": ["a", "b"]}
    with pytest.raises(ParamValidationError, match="nextToken"):
        next(pages)
    assert listing._parameters == {"Resource": IMAGE, "TagKeys": ["a", "b"]}


@pytest.mark.parametrize("tokens", ["aa", "aba", "abcb", "abca"])
def test_token_that_was_used_before_is_an_error(
    tokens: str, client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.respond_with(*(page(token, token=token) for token in tokens))
    names = []
    with pytest.raises(PaginationError, match="used already"):
        names.extend(item.name for item in client.list_microvm_images())
    assert len(loopback.requests) == len(tokens)


@pytest.mark.parametrize(
    ("token", "problem"),
    [(5, "must be a string; got int"), (0, "must be a string; got int"), ("\ud800", "surrogate")],
)
def test_next_token_that_cannot_be_sent_is_refused_by_its_python_name(
    token: Any, problem: str, client: MicroVMClient
) -> None:
    with pytest.raises(ParamValidationError, match=f"next_token .*{problem}"):
        client.list_microvm_images(next_token=token)


def test_listing_can_be_iterated_twice(client: MicroVMClient, loopback: Loopback) -> None:
    loopback.respond_with(page("a"))
    listing = client.list_microvm_images()
    assert list(listing) == list(listing)
    assert len(loopback.requests) == 2


def test_empty_page_in_the_middle_is_not_the_end(client: MicroVMClient, loopback: Loopback) -> None:
    loopback.respond_with(page("a", token="1"), page(token="2"), page("b"))
    assert [item.name for item in client.list_microvm_images()] == ["a", "b"]


def test_page_that_does_not_match_names_the_item(client: MicroVMClient, loopback: Loopback) -> None:
    loopback.respond_with(Canned(body={"items": [ITEM, {**ITEM, "name": None}]}))
    with pytest.raises(ResponseValidationError, match=r"items\.1\.name"):
        list(client.list_microvm_images())
    loopback.respond_with(Canned(body=b"<html>"))
    with pytest.raises(ResponseValidationError):
        list(client.list_microvm_images())


def test_token_that_was_given_and_comes_back_is_an_error_after_its_page(
    client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.respond_with(page("a", token="1"))
    items = iter(client.list_microvm_images(next_token="1"))
    assert next(items).name == "a"
    with pytest.raises(PaginationError, match="'1'"):
        next(items)
    assert len(loopback.requests) == 1


def test_bad_argument_is_refused_when_the_listing_is_made(
    client: MicroVMClient, loopback: Loopback
) -> None:
    with pytest.raises(ParamValidationError, match="image_identifier"):
        client.list_microvm_image_versions(image_identifier="..")
    nonsense: Any = "many"
    with pytest.raises(ParamValidationError, match="max_results must be an integer"):
        list(client.list_microvm_images(max_results=nonsense))
    assert loopback.requests == []


@pytest.mark.parametrize(
    ("method", "arguments", "path"),
    [
        ("list_microvm_images", {}, "/2025-09-09/microvm-images"),
        ("list_microvm_image_versions", {"image_identifier": "i"}, "/microvm-images/i/versions"),
        (
            "list_microvm_image_builds",
            {"image_identifier": "i", "image_version": "1.0"},
            "/microvm-images/i/versions/1.0/builds",
        ),
        ("list_managed_microvm_images", {}, "/2025-09-09/managed-microvm-images"),
        (
            "list_managed_microvm_image_versions",
            {"image_identifier": "i"},
            "/managed-microvm-images/i/versions",
        ),
        ("list_microvms", {"image_identifier": "i"}, "/2025-09-09/microvms"),
    ],
)
def test_every_listing_pages(
    method: str, arguments: dict[str, Any], path: str, client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.respond_with(Canned(body={"items": [], "nextToken": "1"}), Canned(body={"items": []}))
    listing = getattr(client, method)(**arguments, max_results=1)
    assert list(listing) == []
    assert [request.path.endswith(path) for request in loopback.requests] == [True, True]


def test_iterations_of_one_listing_do_not_share_their_position(
    client: MicroVMClient, loopback: Loopback
) -> None:
    listing = client.list_microvm_images()
    loopback.respond_with(page("a", token="1"), page("a", token="1"), page("b"), page("b"))
    one, other = iter(listing), iter(listing)
    assert (next(one).name, next(other).name) == ("a", "a")
    assert (next(one).name, next(other).name) == ("b", "b")


def test_page_that_failed_can_be_resumed_from_the_one_before(
    client: MicroVMClient, loopback: Loopback
) -> None:
    throttled = case("update_microvm_image_version/throttled")
    loopback.respond_with(page("a", token="1"), throttled, page("b"))
    pages = client.list_microvm_images().pages()
    assert loopback.requests == []
    done = next(pages)
    assert len(loopback.requests) == 1
    with pytest.raises(ThrottlingException) as caught:
        next(pages)
    assert caught.value.operation_name == "ListMicrovmImages"
    rest = client.list_microvm_images(next_token=done.next_token)
    names = [item.name for item in (*done.items, *rest)]
    assert names == ["a", "b"]


@pytest.mark.parametrize("last", [None, ""])
def test_last_page_has_no_token(
    last: str | None, client: MicroVMClient, loopback: Loopback
) -> None:
    loopback.respond_with(page("a", token=last))
    (only,) = client.list_microvm_images().pages()
    assert ([item.name for item in only.items], only.next_token) == (["a"], None)
    assert len(loopback.requests) == 1


def test_page_is_not_built_before_it_is_used() -> None:
    program = (
        "from microvm_sdk import MicroVMClient\n"
        "from microvm_sdk.pagination import Page\n"
        "assert Page.__subclasses__() == [], Page.__subclasses__()\n"
        "assert not Page.__pydantic_complete__"
    )
    subprocess.run([sys.executable, "-c", program], check=True)  # noqa: S603  The program above.
