"""Listings: items that are fetched page by page, as they are asked for."""

from collections.abc import Iterable, Iterator
from typing import Any, Generic, SupportsIndex, TypeVar

from botocore.exceptions import PaginationError

from microvm_sdk._calls import Calls
from microvm_sdk._requests import boto3_parameters
from microvm_sdk.models._machinery import Model, Result

ItemT = TypeVar("ItemT", bound=Model)


class Page(Result, Generic[ItemT], frozen=True):
    """A page of a listing."""

    items: tuple[ItemT, ...]
    """The items. A page may be empty and not be the last one."""
    next_token: str | None = None
    """What `next_token` resumes the listing with after this page; `None` on the last page."""

    def __reduce_ex__(self, protocol: SupportsIndex) -> str | tuple[Any, ...]:
        """Pickle the class as what it is a page of: pickle finds no class that has brackets."""
        kind = type(self).__pydantic_generic_metadata__
        if kind["origin"] is None:
            return super().__reduce_ex__(protocol)
        return _new_page, kind["args"], self.__getstate__()


def _new_page(*items: type[Model]) -> Page[Any]:
    page: Any = Page
    kind = page[items]
    new: Page[Any] = kind.__new__(kind)
    return new


class Paginator(Iterable[ItemT]):
    """The items of a listing.

    Iterating fetches a page when its first item is asked for, and nothing before. Iterating again
    starts again. An error in the middle leaves what was yielded yielded.
    """

    def __init__(
        self,
        calls: Calls,
        page: type[Page[ItemT]],
        method: str,
        /,
        *,
        next_token: str | None = None,
        **arguments: Any,
    ) -> None:
        """Prepare a listing; `MicroVMClient`'s methods do.

        Args:
            calls: Where to call.
            page: What a page is.
            method: boto3's name of the operation.
            next_token: Where to resume.
            **arguments: Further arguments of the operation, by boto3's names.

        Raises:
            botocore.exceptions.ParamValidationError: An argument cannot be sent.
        """
        boto3_parameters(arguments)
        self._calls = calls
        self._page = page
        self._method = method
        self._next_token = next_token
        self._arguments = arguments

    def __repr__(self) -> str:
        """Tell what it lists."""
        return f"<Paginator of {self._method}>"

    def __iter__(self) -> Iterator[ItemT]:
        """Yield the items."""
        for page in self.pages():
            yield from page.items

    def pages(self) -> Iterator[Page[ItemT]]:
        """Yield the pages.

        Yields:
            Pages, each with its `items` and the `next_token` that resumes after it.

        Raises:
            ServiceError: The service answered a page with an error.
            ResponseValidationError: A page does not fit the model.
            botocore.exceptions.PaginationError: The service repeats a token.
        """
        token = self._next_token
        while True:
            page = self._calls.call(self._page, self._method, **self._arguments, nextToken=token)
            yield page
            if not page.next_token:
                return
            if page.next_token == token:
                msg = f"the service answered with the same next token again: {token!r}"
                raise PaginationError(message=msg)
            token = page.next_token
