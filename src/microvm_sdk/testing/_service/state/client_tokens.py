"""Client tokens: a repeated request with the same token gets the first response."""

import json
from collections.abc import Callable
from typing import Any

from microvm_sdk.testing._service.http import refusals

Body = dict[str, Any]


class ClientTokens:
    """The client tokens that were used; they never expire."""

    def __init__(self) -> None:
        self._used: dict[tuple[str, str | None], tuple[str, Body]] = {}

    def run_once(self, operation: str, values: Body, perform: Callable[[Body], Body]) -> Body:
        """Perform an operation, unless its client token was used before.

        Args:
            operation: The operation's name.
            values: The input, perhaps with a `clientToken`.
            perform: Performs the operation: takes the input without its client token, and returns
                the response.

        Returns:
            The response; the first one, unchanged, if the token was used before.

        Raises:
            ErrorResponse: The token was used with a different request.
        """
        request = {name: value for name, value in values.items() if name != "clientToken"}
        token = values.get("clientToken")
        used = self._used.get((operation, token))
        fingerprint = json.dumps(request, sort_keys=True)
        if used is not None:
            first_fingerprint, first_response = used
            if fingerprint != first_fingerprint:
                raise refusals.client_token_reused()
            return first_response
        response = perform(request)
        if token is not None:
            self._used[operation, token] = (fingerprint, response)
        return response
