"""The local service over HTTP, beside moto's other services, for any client of AWS."""

import socket
import tempfile
import threading
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import cast

import boto3
from botocore.config import Config
from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data
from typing_extensions import Self
from werkzeug.serving import BaseWSGIServer, make_server

from microvm_sdk._arguments import refuse
from microvm_sdk.client import MicroVMClient
from microvm_sdk.testing._addresses import Addresses
from microvm_sdk.testing._application import Application
from microvm_sdk.testing._controls import Controls, servers_in_this_process
from microvm_sdk.testing._environment import write_environment
from microvm_sdk.testing._ports import LARGEST_PORT
from microvm_sdk.testing._registration import register
from microvm_sdk.testing._service.state.transitions import pace
from microvm_sdk.testing._serving import QuietRequestHandler, ServingThread
from microvm_sdk.testing._unconfigured import unconfigured_session

_DEFAULT_PACE_SECONDS = 0.2
# Clients cannot call these addresses, and call loopback instead.
_WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  Not to listen on.


class MicroVMServer:
    """A local service in a thread of this process, over real HTTP.

    Any client whose endpoint can be set can call it: boto3, the AWS CLI, any other AWS SDK. moto's
    other services are there too. It shares its state with `mock_microvms()` in the same process,
    and so do two servers. The state is cleared when a mock begins or ends, and when the last server
    stops. States change in a fraction of a second while a server runs.

    It has no authentication, so it refuses what web pages send: requests with a foreign `Origin` or
    `Sec-Fetch-Site`, and requests for a `Host` that is neither loopback, the address it listens on,
    a host of AWS, nor in `allowed_hosts`.
    """

    def __init__(
        self,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        allowed_hosts: Iterable[str] = (),
        tls: bool = False,
    ) -> None:
        """Prepare the server; `start` or `with` starts it.

        Args:
            host: Address or name to listen on. There is no authentication: any address but loopback
                allows connections from other machines.
            port: Port to listen on, 0 to 65,535; 0 is a free one.
            allowed_hosts: Other host names that clients reach it by, such as that of its service
                in a compose file.
            tls: Whether each MicroVM has an address of its own, with TLS: its `endpoint` is
                `127.0.0.1:PORT`, and any client that trusts the certificate, as `environment` lets
                it do, reaches the software behind it as in production. Each address takes a file
                descriptor. Beyond 600 of them, those of terminated MicroVMs are closed.

        Raises:
            ValueError: `host` is empty, which would be every address of this machine, or `port` is
                out of range.
            TypeError: `allowed_hosts` is a string, or `port` is not an integer.
        """
        if not host.strip():
            msg = "host must be an address or a name, such as 127.0.0.1, and not empty"
            raise ValueError(msg)
        if not isinstance(cast("object", port), int):
            refuse("port", "an integer", port)
        if not 0 <= port <= LARGEST_PORT:
            msg = f"port must be 0 to {LARGEST_PORT}, got {port}"
            raise ValueError(msg)
        if isinstance(allowed_hosts, str):
            msg = f"allowed_hosts must be a list of names, not the string {allowed_hosts!r}"
            raise TypeError(msg)
        register()
        self._host = host
        self._wanted_port = port
        self._tls = tls
        self._allowed_hosts = {host.lower(), *(name.lower() for name in allowed_hosts)}
        self._application: Application | None = None
        self._server: BaseWSGIServer | None = None
        self._thread: ServingThread | None = None
        self._addresses: Addresses | None = None
        self._files: tempfile.TemporaryDirectory[str] | None = None

    def __repr__(self) -> str:
        """Show the URL."""
        shown = "not running" if self._server is None else f"endpoint_url={self.endpoint_url!r}"
        return f"<MicroVMServer {shown}>"

    @property
    def endpoint_url(self) -> str:
        """The URL to set as the clients' endpoint, such as `http://127.0.0.1:49152`.

        Raises:
            RuntimeError: The server is not running.
        """
        host = _WILDCARDS.get(self._host, self._host)
        host = f"[{host}]" if ":" in host else host
        return f"http://{host}:{self.port}"

    @property
    def port(self) -> int:
        """The port that the server listens on.

        Raises:
            RuntimeError: The server is not running.
        """
        if self._server is None:
            msg = "the server is not running: call start(), or use it in a `with` statement"
            raise RuntimeError(msg)
        return int(self._server.port)

    @property
    def controls(self) -> Controls:
        """Controls the service.

        Raises:
            RuntimeError: The server is not running.
        """
        return Controls(self.endpoint_url)

    def environment(self) -> dict[str, str]:
        """Return the variables with which a program calls this server instead of AWS.

        Set them for a program that runs unchanged, in any language: `os.environ | environment()`
        is the `env` of its process. They are the endpoint, made-up credentials, and a profile that
        has no others, so that AWS refuses a client that ignores the endpoint; the region
        `us-east-1`; `NO_PROXY`; and, with `tls=True`, `SSL_CERT_FILE`, `REQUESTS_CA_BUNDLE`,
        `CURL_CA_BUNDLE` and `NODE_EXTRA_CA_CERTS`. These four name a file with the certificates
        that this process trusts, and that of the authority of the MicroVMs' certificates. The
        files exist until the server stops.

        Returns:
            The variables.

        Raises:
            RuntimeError: The server is not running.
        """
        endpoint_url = self.endpoint_url
        if self._files is None:
            self._files = tempfile.TemporaryDirectory(prefix="microvm-sdk-")
        return write_environment(
            Path(self._files.name),
            endpoint_url,
            _WILDCARDS.get(self._host, self._host),
            self._addresses.authority_pem if self._addresses is not None else None,
        )

    def client(
        self, *, region_name: str = "us-east-1", config: Config | None = None
    ) -> MicroVMClient:
        """Create a client of the server.

        It has made-up credentials, and ignores the profiles, the endpoints and the proxies that are
        configured on this machine.

        Args:
            region_name: AWS region.
            config: Settings of the boto3 client.

        Returns:
            The client; close it, or use it in a `with` statement.

        Raises:
            RuntimeError: The server is not running.
        """
        session = boto3.Session(
            "testing",
            "testing",
            region_name=region_name,
            botocore_session=unconfigured_session(),
        )
        directly = Config(proxies={})
        return MicroVMClient(
            session=session,
            endpoint_url=self.endpoint_url,
            config=directly.merge(config) if config else directly,
        )

    def start(self) -> Self:
        """Start to listen; returns when the server responds to requests.

        Returns:
            The server itself.

        Raises:
            OSError: The address or port cannot be bound.
            RuntimeError: It is already running.
        """
        if self._server is not None:
            msg = "the server is already running"
            raise RuntimeError(msg)
        family = socket.AF_INET6 if ":" in self._host else socket.AF_INET
        # Bound here, because werkzeug ends the process if the port is in use.
        application = Application(self._allowed_hosts)
        with socket.create_server((self._host, self._wanted_port), family=family) as listening:
            self._server = make_server(
                self._host,
                self._wanted_port,
                application,
                threaded=True,
                request_handler=QuietRequestHandler,
                fd=listening.fileno(),
            )
        self._application = application
        with _running_lock:
            _running.add(self)
            servers_in_this_process.add(self.endpoint_url)
            pace.set_default(_DEFAULT_PACE_SECONDS)
        self._thread = ServingThread(self._server)
        if self._tls:
            self._addresses = Addresses(self._thread)
        self._thread.start()
        return self

    def stop(self) -> None:
        """Stop; the last server of the process removes all images and MicroVMs.

        Does nothing if the server is not running.
        """
        if self._server is None or self._thread is None or self._application is None:
            return
        servers_in_this_process.discard(self.endpoint_url)
        self._thread.stop()
        self._server.server_close()
        self._application.close()
        if self._addresses is not None:
            self._addresses.close()
        if self._files is not None:
            self._files.cleanup()
        self._addresses = self._files = None
        self._server = self._thread = self._application = None
        with _running_lock:
            _running.discard(self)
            if not _running:
                pace.set_default(None)
                BackendDict.reset()
                reset_model_data()

    def __enter__(self) -> Self:
        """Start, as `start` does."""
        return self.start()

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop, as `stop` does."""
        self.stop()


_running_lock = threading.Lock()
_running: set[MicroVMServer] = set()
