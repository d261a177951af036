"""Operations that issue tokens for MicroVMs."""

from typing import Any

from microvm_sdk.testing._clock import clock
from microvm_sdk.testing._service import auth_tokens, error_responses
from microvm_sdk.testing._service.account import Account

Values = dict[str, Any]


class AuthTokenOperations:
    """Create auth tokens for ports and for shells."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def create_microvm_auth_token(self, values: Values) -> Values:
        """Issue a token for some ports of a MicroVM."""
        microvm = self._account.get_microvm(values)
        microvm.require_reachable()
        return auth_tokens.issue(microvm.id, values, clock.now(), values["allowedPorts"])

    def create_microvm_shell_auth_token(self, values: Values) -> Values:
        """Issue a token for a shell in a MicroVM that accepts shells."""
        microvm = self._account.get_microvm(values)
        microvm.require_reachable()
        for connector in ("HTTP_INGRESS", "SHELL_INGRESS"):
            if self._account.connector_arn(connector) not in microvm.ingress:
                raise error_responses.connector_missing(microvm.id, connector)
        return auth_tokens.issue(microvm.id, values, clock.now(), None)
