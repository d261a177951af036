"""The boto3 client that the SDK calls: checking it, and what is registered on it."""

import sys
from threading import RLock
from typing import TYPE_CHECKING, Any

from microvm_sdk._arguments import refuse
from microvm_sdk._calls.events import handlers
from microvm_sdk._forks import reset_after_fork

if TYPE_CHECKING:
    from types_boto3_lambda_microvms import LambdaMicroVMsClient

SERVICE = "lambda-microvms"
_UNWRAPPED = {
    "MicroVMClient": "pass client.boto3_client",
    "AsyncMicroVMClient": "pass client.sync_client.boto3_client",
}


def active_stubber() -> Any:
    """Return moto's handler of requests if one of its mocks is active."""
    stubber: Any = getattr(sys.modules.get("moto.core.models"), "botocore_stubber", None)
    return stubber if stubber is not None and stubber.enabled else None


def check_client_is_alone(*others: object) -> None:
    """Refuse arguments beside `client`, which decides everything that they would.

    Args:
        others: The other arguments; `None` for one that is omitted.

    Raises:
        TypeError: One of them was passed.
    """
    if any(given is not None for given in others):
        msg = "client cannot be combined with session, region_name, endpoint_url or config"
        raise TypeError(msg)


def check_boto3_client(client: object) -> None:
    """Refuse what is not a boto3 client of the service.

    Args:
        client: What was passed as one.

    Raises:
        TypeError: It is something else.
    """
    model: Any = getattr(getattr(client, "meta", None), "service_model", None)
    service = getattr(model, "service_name", None)
    if service != SERVICE:
        if isinstance(service, str):
            msg = f"client must be a boto3 client of {SERVICE}, got one of {service}"
            raise TypeError(msg)
        cure = _UNWRAPPED.get(type(client).__name__)
        refuse("client", f"a boto3 client of {SERVICE}", client, cure)


def register_handlers(client: "LambdaMicroVMsClient") -> None:
    """Register what every client needs: for forks, and for mocks. Once for each boto3 client.

    Args:
        client: The boto3 client.
    """
    # Over inherited connections, parent and child would read each other's responses.
    reset_after_fork(client, _drop_connections)
    events = client.meta.events

    def before_send(**event: Any) -> Any:
        # moto registers its handler only on clients that are created after its import. The request
        # of an older client would leave the mock, signed with real credentials. This look, before
        # each request, is the only way to notice an import of moto without `microvm_sdk.testing`.
        stubber = active_stubber()
        if stubber is None:
            return None
        is_registered = stubber in handlers(events, event["event_name"])
        return None if is_registered else stubber(**event)

    events.register_first(
        f"before-send.{SERVICE}", before_send, unique_id=f"{__name__}.before_send"
    )


def _drop_connections(client: Any) -> None:
    """Close the connections that the child of a fork has inherited, which the parent still uses.

    `client.close()` alone could wait for ever: at the fork, another thread may have held the lock
    of a pool. botocore and urllib3 have no public way to replace these locks.
    """
    session = getattr(getattr(client, "_endpoint", None), "http_session", None)
    managers = [
        getattr(session, "_manager", None),
        *getattr(session, "_proxy_managers", {}).values(),
    ]
    for manager in filter(None, managers):
        manager.pools.lock = RLock()
        for pool in map(manager.pools.get, manager.pools.keys()):
            connections = pool.pool.queue
            pool.pool.__init__(pool.pool.maxsize)  # This makes the queue's locks anew.
            pool.pool.queue = connections
    client.close()
