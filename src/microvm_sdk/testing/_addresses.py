"""An address for each MicroVM, with TLS, so that any client reaches it as in production."""

import socket
import ssl

import trustme

from microvm_sdk.testing._endpoints import endpoints
from microvm_sdk.testing._service.models import find_microvm
from microvm_sdk.testing._service.state.lock import STATE_LOCK
from microvm_sdk.testing._serving import ServingThread

_HOST = "127.0.0.1"
_BACKLOG = 128
# A process has 1,024 file descriptors on many machines, and each address takes one.
_MOST_ADDRESSES = 600


class Addresses:
    """The addresses of the MicroVMs that are run while a server runs."""

    def __init__(self, thread: ServingThread) -> None:
        """Make a certificate authority, and give new MicroVMs an address.

        Args:
            thread: The thread of the server, which accepts the connections.
        """
        self._thread = thread
        self._listeners: dict[str, socket.socket] = {}
        authority = trustme.CA()
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.set_alpn_protocols(["http/1.1"])
        authority.issue_cert(_HOST, "localhost").configure_cert(self._tls)
        self.authority_pem = authority.cert_pem.bytes().decode()
        """The certificate of the authority, which clients have to trust."""
        endpoints.add(self._listen)

    def close(self) -> None:
        """Close the addresses, after the thread has stopped."""
        endpoints.remove(self._listen, set(self._listeners))
        for listener in self._listeners.values():
            listener.close()

    def _listen(self) -> str:
        if len(self._listeners) >= _MOST_ADDRESSES:
            self._close_oldest_unused()
        listener = socket.create_server((_HOST, 0), backlog=_BACKLOG)
        listener.setblocking(False)
        address = f"{_HOST}:{listener.getsockname()[1]}"
        self._listeners[address] = listener
        self._thread.listen(listener, self._tls)
        return address

    def _close_oldest_unused(self) -> None:
        """Close the oldest address whose MicroVM is terminated, or was removed by a reset."""
        with STATE_LOCK:
            for address, listener in self._listeners.items():
                microvm = find_microvm(address)
                if microvm is None or microvm.state == "TERMINATED":
                    self._thread.close(listener)
                    del self._listeners[address]
                    return
