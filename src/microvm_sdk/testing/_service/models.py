"""The service's state, where moto expects it: a backend for each account and region."""

import threading
from collections.abc import Callable
from typing import Any

from moto.core.base_backend import BackendDict, BaseBackend

from microvm_sdk.testing._clock import clock
from microvm_sdk.testing._scheduled_failures import scheduled_failures
from microvm_sdk.testing._service.account import Account
from microvm_sdk.testing._service.lifecycle import pace
from microvm_sdk.testing._service.operations.auth_tokens import AuthTokenOperations
from microvm_sdk.testing._service.operations.images import ImageOperations
from microvm_sdk.testing._service.operations.managed_images import ManagedImageOperations
from microvm_sdk.testing._service.operations.microvms import MicrovmOperations
from microvm_sdk.testing._service.operations.tags import TagOperations
from microvm_sdk.testing._service.operations.versions import VersionOperations

OPERATIONS = (
    ImageOperations,
    VersionOperations,
    ManagedImageOperations,
    MicrovmOperations,
    AuthTokenOperations,
    TagOperations,
)
# The server handles each request in a thread, and the backends have no locks of their own.
STATE_LOCK = threading.RLock()


class MicroVMBackend(BaseBackend):
    """The account of one caller in one region, and the operations on it.

    Attributes:
        account: The resources.
    """

    def __init__(self, region_name: str, account_id: str) -> None:
        """Make an empty account.

        Args:
            region_name: AWS region.
            account_id: Number of the account.
        """
        super().__init__(region_name, account_id)
        self.account = Account(self.partition, region_name, account_id)
        self._operations = [operations(self.account) for operations in OPERATIONS]

    def operation(self, name: str) -> Callable[[dict[str, Any]], dict[str, Any] | None] | None:
        """Return an operation.

        Args:
            name: Its name in `snake_case`, such as `run_microvm`.

        Returns:
            A function from the input to the response's body; `None` when there is none.
        """
        found = (getattr(operations, name, None) for operations in self._operations)
        return next(filter(None, found), None)

    def reset(self) -> None:
        """Clear everything; moto calls this at the end of a mock and for `/moto-api/reset`."""
        with STATE_LOCK:
            super().reset()
        scheduled_failures.clear()
        clock.reset()
        pace.clear()


lambdamicrovms_backends = BackendDict(MicroVMBackend, "lambda-microvms")
