"""The service's state, where moto expects it: a backend for each account and region."""

from typing import Any

from botocore import xform_name
from moto.core.base_backend import BackendDict, BaseBackend

from microvm_sdk._calls.boto3_client import SERVICE
from microvm_sdk.testing._clock import clock
from microvm_sdk.testing._conditions import conditions
from microvm_sdk.testing._control_parameters import READS
from microvm_sdk.testing._scheduled_failures import scheduled_failures
from microvm_sdk.testing._service.operations.auth_tokens import AuthTokenOperations
from microvm_sdk.testing._service.operations.images import ImageOperations
from microvm_sdk.testing._service.operations.managed_images import ManagedImageOperations
from microvm_sdk.testing._service.operations.microvms import MicrovmOperations
from microvm_sdk.testing._service.operations.tags import TagOperations
from microvm_sdk.testing._service.operations.versions import VersionOperations
from microvm_sdk.testing._service.state.account import Account
from microvm_sdk.testing._service.state.history import History
from microvm_sdk.testing._service.state.lock import STATE_LOCK
from microvm_sdk.testing._service.state.stored_microvms import Microvm
from microvm_sdk.testing._service.state.transitions import pace
from microvm_sdk.testing._unconfigured import unconfigured_session

_OPERATIONS = (
    ImageOperations,
    VersionOperations,
    ManagedImageOperations,
    MicrovmOperations,
    AuthTokenOperations,
    TagOperations,
)


class MicroVMBackend(BaseBackend):
    """The account of one caller in one region, and the operations on it."""

    def __init__(self, region_name: str, account_id: str) -> None:
        """Make an empty account.

        Args:
            region_name: AWS region.
            account_id: Number of the account.
        """
        super().__init__(region_name, account_id)
        self.account = Account(self.partition, region_name, account_id)
        """The resources."""
        self._history = History()

    @staticmethod
    def implements(operation: str) -> bool:
        """Whether the local service has an operation; a newer botocore may have others."""
        return any(hasattr(operations, xform_name(operation)) for operations in _OPERATIONS)

    def perform(self, operation: str, values: dict[str, Any]) -> dict[str, Any] | None:
        """Perform an operation.

        Args:
            operation: Name of the operation, such as `RunMicrovm`.
            values: Its input.

        Returns:
            The body of the response, `None` when it has none.
        """
        if operation.startswith(READS):
            account = self._history.account_for(operation) or self.account
            return _perform(account, operation, values)
        before = self.account.snapshot() if conditions.lags() else None
        body = _perform(self.account, operation, values)
        if before is not None:
            self._history.add(before)
        return body

    def reset(self) -> None:
        """Clear everything; moto calls this at the end of a mock and for `/moto-api/reset`."""
        with STATE_LOCK:
            super().reset()
        scheduled_failures.clear()
        conditions.clear()
        clock.reset()
        pace.clear()


def _perform(account: Account, operation: str, values: dict[str, Any]) -> dict[str, Any] | None:
    name = xform_name(operation)
    operations = next(each for each in _OPERATIONS if hasattr(each, name))
    body: dict[str, Any] | None = getattr(operations(account), name)(values)
    return body


def find_microvm(identifier: str) -> Microvm | None:
    """Return a MicroVM of any account and region.

    Args:
        identifier: Its identifier or its endpoint.

    Returns:
        The MicroVM; `None` when there is none.
    """
    for regions in list(lambdamicrovms_backends.values()):
        for backend in list(regions.values()):
            # Newest first: the endpoint of a new MicroVM may reuse the port of a terminated one.
            for microvm in reversed(backend.account.microvms.values()):
                if identifier in {microvm.id, microvm.endpoint}:
                    return microvm
    return None


def _regions() -> list[str]:
    session = unconfigured_session()
    return [
        region
        for partition in session.get_available_partitions()
        for region in session.get_available_regions(SERVICE, partition_name=partition)
    ]


# moto would get the regions from a session that reads the configuration of this machine, and fail
# if a variable names a profile that does not exist.
lambdamicrovms_backends = BackendDict(
    MicroVMBackend, SERVICE, use_boto3_regions=False, additional_regions=_regions()
)
