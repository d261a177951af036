"""The endpoints of MicroVMs: names that only this service knows, or addresses of a server."""

import threading
import uuid
from collections.abc import Callable


class Endpoints:
    """Gives each new MicroVM its endpoint."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._listeners: list[Callable[[], str]] = []
        self._addresses: set[str] = set()

    def new(self, region: str) -> str:
        """Return the endpoint of a new MicroVM.

        Args:
            region: The MicroVM's region.

        Returns:
            An address on which the server that was added last listens. If there is none, a name of
            the form that the real service has.

        Raises:
            OSError: The process cannot listen on another port.
        """
        with self._lock:
            listen = self._listeners[-1] if self._listeners else None
        if listen is None:
            return f"{uuid.uuid4()}.lambda-microvm.{region}.on.aws"
        address = listen()
        with self._lock:
            self._addresses.add(address)
        return address

    def is_address(self, host: str) -> bool:
        """Whether a `Host` is the address of a MicroVM."""
        with self._lock:
            return host in self._addresses

    def add(self, listen: Callable[[], str]) -> None:
        """Add a server: the function listens on a free port, and returns the address."""
        with self._lock:
            self._listeners.append(listen)

    def remove(self, listen: Callable[[], str], addresses: set[str]) -> None:
        """Remove a server and the addresses that it listened on."""
        with self._lock:
            self._listeners.remove(listen)
            self._addresses -= addresses


endpoints = Endpoints()
