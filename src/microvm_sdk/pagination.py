"""Listings: items that are fetched page by page, as they are needed."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Any, Generic, NoReturn, SupportsIndex, TypeVar

from botocore.exceptions import PaginationError
from pydantic import AfterValidator

from microvm_sdk._calls.operations import Operations
from microvm_sdk.models._machinery.model import Model
from microvm_sdk.models._machinery.results import Result

ItemT = TypeVar("ItemT", bound=Model)


class Page(Result, Generic[ItemT], frozen=True):
    """A page of a listing."""

    items: tuple[ItemT, ...]
    """The items. A page may be empty and not be the last one."""
    next_token: Annotated[str | None, AfterValidator(lambda token: token or None)] = None
    """The `next_token` that resumes the listing after this page; `None` on the last page."""

    def __reduce_ex__(self, protocol: SupportsIndex) -> str | tuple[Any, ...]:
        """Pickle the class as `Page` and its items' class: pickle cannot find `Page[…]` by name."""
        kind = type(self).__pydantic_generic_metadata__
        if kind["origin"] is None:
            return super().__reduce_ex__(protocol)
        return _new_page, kind["args"], self.__getstate__()


# `Page[…]` is quoted in annotations, because evaluating it builds a model, which takes time.


def _new_page(*items: type[Model]) -> "Page[Any]":
    page: Any = Page
    kind = page[items]
    new: Page[Any] = kind.__new__(kind)
    return new


class Paginator(Iterable[ItemT]):
    """The items of a listing.

    Iterating fetches a page when its first item is needed, and nothing before. Iterating a second
    time starts over and makes new calls. Items you already received are unaffected by an error: it
    is raised when the failing page is fetched.
    """

    def __init__(
        self,
        operations: Operations,
        page: "type[Page[ItemT]]",
        method: str,
        /,
        *,
        next_token: str | None = None,
        **arguments: Any,
    ) -> None:
        """Prepare a listing, as the methods of `MicroVMClient` do.

        Args:
            operations: The operations to call.
            page: The model of a page.
            method: boto3's name of the operation.
            next_token: Where to resume.
            **arguments: The other arguments of the operation, by boto3's names.

        Raises:
            botocore.exceptions.ParamValidationError: An argument cannot be sent.
        """
        self._operations = operations
        self._page = page
        self._method = method
        arguments["nextToken"] = None if next_token == "" else next_token
        # Converted once: an argument may be a generator.
        self._parameters = operations.prepare(method, arguments)
        self._next_token: str | None = self._parameters.pop("nextToken", None)

    def __repr__(self) -> str:
        """Show what is listed, without secrets."""
        shown = self._operations.parameters_of(self._method).shown(self._parameters)
        if self._next_token:
            shown["next_token"] = repr(self._next_token)
        arguments = ", ".join(f"{name}={value}" for name, value in shown.items())
        return f"<Paginator of {self._method}({arguments})>"

    if not TYPE_CHECKING:  # Type checkers refuse `len` and indices without these methods.

        def __len__(self) -> NoReturn:
            """Refuse: the length is not known before the last page."""
            msg = (
                f"a listing has no length before its last page: use len(list({self._method}(...)))"
            )
            raise TypeError(msg)

        def __getitem__(self, _: object) -> NoReturn:
            """Refuse: the items are not known before they are fetched."""
            msg = f"a listing has no indices: iterate over it, or use list({self._method}(…))"
            raise TypeError(msg)

        def __bool__(self) -> bool:
            """Return true, as for any object without a length."""
            return True

    def __iter__(self) -> Iterator[ItemT]:
        """Yield the items."""
        for page in self.pages():
            yield from page.items

    def pages(self) -> "Iterator[Page[ItemT]]":
        """Yield the pages.

        Yields:
            Pages, each with its `items` and the `next_token` that resumes after it.

        Raises:
            ServiceError: The service returned an error for a page.
            ResponseValidationError: A page does not match the model.
            botocore.exceptions.PaginationError: The service repeats a token.
        """
        token = self._next_token
        used: set[str | None] = set()
        while True:
            parameters = {**self._parameters, "nextToken": token} if token else self._parameters
            page = self._operations.call_prepared(self._page, self._method, parameters)
            yield page
            used.add(token)
            token = page.next_token
            if token is None:
                return
            if token in used:
                msg = f"the service returned a next token that was used already: {token!r}"
                raise PaginationError(message=msg)
