"""Listings of the asynchronous client."""

from collections.abc import AsyncIterable, AsyncIterator
from typing import TypeVar

from microvm_sdk._async.threads import Threads
from microvm_sdk.models._machinery.model import Model
from microvm_sdk.pagination import Page, Paginator

ItemT = TypeVar("ItemT", bound=Model)


class AsyncPaginator(AsyncIterable[ItemT]):
    """The items of a listing, for `async for`.

    Iterating fetches a page when its first item is needed, and nothing before. Iterating a second
    time starts over and makes new calls. Items you already received are unaffected by an error: it
    is raised when the failing page is fetched.
    """

    def __init__(self, threads: Threads, paginator: Paginator[ItemT], /) -> None:
        """Prepare a listing, as the methods of `AsyncMicroVMClient` do.

        Args:
            threads: The threads to fetch the pages in.
            paginator: The synchronous listing.
        """
        self._threads = threads
        self._paginator = paginator

    def __repr__(self) -> str:
        """Show what is listed."""
        return f"<Async{repr(self._paginator).removeprefix('<')}"

    async def __aiter__(self) -> AsyncIterator[ItemT]:
        """Yield the items."""
        async for page in self.pages():
            for item in page.items:
                yield item

    async def pages(self) -> AsyncIterator[Page[ItemT]]:
        """Yield the pages.

        Yields:
            Pages, each with its `items` and the `next_token` that resumes after it.

        Raises:
            ServiceError: The service returned an error for a page.
            ResponseValidationError: A page does not match the model.
            botocore.exceptions.PaginationError: The service repeats a token.
        """
        pages = self._paginator.pages()
        while (page := await self._threads.run(next, pages, None)) is not None:
            yield page
