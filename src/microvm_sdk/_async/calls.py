"""The part of the asynchronous client that is not generated: its constructor and `close`."""

from types import TracebackType
from typing import TYPE_CHECKING, Any

from typing_extensions import Self

from microvm_sdk._async.threads import Threads
from microvm_sdk._calls.boto3_client import check_client_is_alone
from microvm_sdk.client import MicroVMClient

if TYPE_CHECKING:
    from boto3.session import Session
    from botocore.config import Config
    from types_boto3_lambda_microvms import LambdaMicroVMsClient
else:
    # So that `typing.get_type_hints` works, as in `microvm_sdk.client`.
    from microvm_sdk.client import Config, LambdaMicroVMsClient, Session


class AsyncCalls:
    """Calls the methods of a `MicroVMClient` in threads of its own."""

    def __init__(
        self,
        *,
        session: "Session | None" = None,
        region_name: str | None = None,
        endpoint_url: str | None = None,
        config: Config | None = None,
        client: "LambdaMicroVMsClient | MicroVMClient | None" = None,
        max_concurrency: int = 32,
    ) -> None:
        """Create a client. That takes a few tenths of a second: keep one for the whole program.

        Args:
            session: The boto3 session to take credentials and region from. If omitted, as in
                `MicroVMClient`.
            region_name: AWS region, such as `eu-west-1`.
            endpoint_url: URL to call instead of the region's endpoint.
            config: Settings of the boto3 client: retries, timeouts, proxies. Its connection pool
                has a connection for each concurrent call, unless `max_pool_connections` is set.
            client: An existing `MicroVMClient`, or an existing boto3 client of `lambda-microvms`.
                Its settings stay as they are, and `close` leaves it open. It cannot be combined
                with the arguments above. Its `max_pool_connections`, 10 by default, should be at
                least `max_concurrency`.
            max_concurrency: How many calls may be in progress at once: 1 or more. Further calls
                wait for their turn.

        Raises:
            TypeError: An argument has the wrong type, or `client` is combined with another one.
            ValueError: `max_concurrency` is less than 1.
            MicroVMError: The installed botocore is too old to know the service.
            botocore.exceptions.NoRegionError: No region is passed or configured.
        """
        _require_max_concurrency(max_concurrency)
        self._closes_client = not isinstance(client, MicroVMClient)
        if not isinstance(client, MicroVMClient):
            if client is None:
                config = _with_connections(config, session, max_concurrency)
            client = MicroVMClient(
                session=session,
                region_name=region_name,
                endpoint_url=endpoint_url,
                config=config,
                client=client,
            )
        else:
            check_client_is_alone(session, region_name, endpoint_url, config)
        self._sync_client = client
        self._max_concurrency = max_concurrency
        self._threads = Threads(max_concurrency)

    def __repr__(self) -> str:
        """Show the region and endpoint URL."""
        arguments = repr(self._sync_client).partition("(")[2].removesuffix(")")
        return f"{type(self).__name__}({arguments}, max_concurrency={self._max_concurrency})"

    @property
    def sync_client(self) -> MicroVMClient:
        """The synchronous client underneath.

        Functions such as those of `microvm_sdk.releases` take it:
        `await asyncio.to_thread(promote, client.sync_client, image_identifier=…)`.
        """
        return self._sync_client

    async def close(self) -> None:
        """Wait for the calls in progress, cancelled ones included, and close the connections.

        It waits at most for the client's read timeout, 60 seconds by default. A client that was
        passed as `client` stays open.

        The client can still be used: the next call opens a new connection.
        """
        config: Any = self._sync_client.boto3_client.meta.config
        try:
            await self._threads.close(config.read_timeout)
        finally:
            if self._closes_client:
                self._sync_client.close()

    async def __aenter__(self) -> Self:
        """Return the client."""
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the client."""
        await self.close()


def threads_of(client: AsyncCalls) -> Threads:
    """Return the threads that a client makes its calls in."""
    return client._threads  # noqa: SLF001  The attribute is this module's own.


def _require_max_concurrency(max_concurrency: Any) -> None:
    if not isinstance(max_concurrency, int) or isinstance(max_concurrency, bool):
        msg = f"max_concurrency must be an integer, got {max_concurrency!r}"
        raise TypeError(msg)
    if max_concurrency < 1:
        msg = f"max_concurrency must be 1 or more, got {max_concurrency!r}"
        raise ValueError(msg)


def _with_connections(config: Any, session: Any, count: int) -> Any:
    """Add a connection pool of the right size to a client's settings, unless they have one."""
    from botocore.config import Config  # noqa: PLC0415  A client is about to be created.

    from microvm_sdk._calls.creation import default_config_of  # noqa: PLC0415  The same.

    default: Any = default_config_of(session)
    count = max(count, getattr(default, "max_pool_connections", 0))
    connections = Config(max_pool_connections=count)
    if config is None:
        return connections
    # `MicroVMClient` refuses what is not a `Config`.
    return connections.merge(config) if isinstance(config, Config) else config
