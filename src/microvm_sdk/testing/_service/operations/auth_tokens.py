"""Operations that issue tokens for MicroVMs."""

from typing import Any

from microvm_sdk.testing._clock import clock
from microvm_sdk.testing._service.http import refusals
from microvm_sdk.testing._service.proxy import token_format
from microvm_sdk.testing._service.state.account import Account
from microvm_sdk.testing._service.state.stored_microvms import Microvm

Values = dict[str, Any]

_MOST_MINUTES = 60


class AuthTokenOperations:
    """Create auth tokens for ports and for shells."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def create_microvm_auth_token(self, values: Values) -> Values:
        """Issue a token for some ports of a MicroVM."""
        microvm = self._microvm(values)
        return token_format.issue(microvm.id, values, clock.now(), values["allowedPorts"])

    def create_microvm_shell_auth_token(self, values: Values) -> Values:
        """Issue a token for a shell in a MicroVM that accepts shells."""
        microvm = self._microvm(values)
        all_ingress = self._account.connector_arn("ALL_INGRESS")
        if all_ingress in microvm.ingress and len(microvm.ingress) > 1:
            raise refusals.all_ingress_combined()
        if self._account.connector_arn("SHELL_INGRESS") not in microvm.ingress:
            raise refusals.shell_ingress_required()
        return token_format.issue(microvm.id, values, clock.now(), None)

    def _microvm(self, values: Values) -> Microvm:
        minutes = values["expirationInMinutes"]
        if minutes > _MOST_MINUTES:
            raise refusals.token_too_long(minutes, _MOST_MINUTES)
        microvm = self._account.get_microvm(values)
        microvm.require_alive()
        return microvm
