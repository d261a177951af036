"""Client tokens: the same request with the same token gets the first answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from microvm_sdk.testing._service import refusals

if TYPE_CHECKING:
    from collections.abc import Callable

    Answer = dict[str, Any]


class ClientTokens:
    """The client tokens seen; they live as long as the service does."""

    def __init__(self) -> None:
        """Begin with none."""
        self._seen: dict[tuple[str, str], tuple[str, Callable[[], Answer]]] = {}

    def once(
        self,
        operation: str,
        values: dict[str, Any],
        work: Callable[[dict[str, Any]], tuple[Answer, Callable[[], Answer]]],
    ) -> Answer:
        """Do the work, unless the request's token was seen before.

        Args:
            operation: The operation's name.
            values: The request, perhaps with a `clientToken`.
            work: Takes the request without its token, does what it asks for, and returns the
                answer and what tells the answer when it is asked for again.

        Returns:
            The answer.

        Raises:
            ServiceFault: A `ConflictException`: the token was seen with another request.
        """
        request = {name: value for name, value in values.items() if name != "clientToken"}
        token = values.get("clientToken")
        seen = self._seen.get((operation, token)) if token is not None else None
        fingerprint = json.dumps(request, sort_keys=True)
        if seen is not None:
            first_fingerprint, tell_again = seen
            if fingerprint != first_fingerprint:
                raise refusals.client_token_reused()
            return tell_again()
        answer, tell_again = work(request)
        if token is not None:
            self._seen[operation, token] = (fingerprint, tell_again)
        return answer
