"""`Probe` for asyncio."""

from microvm_sdk._async.threads import Threads
from microvm_sdk.connect._probe import Poll, Requests
from microvm_sdk.connect._route import Route
from microvm_sdk.models import AuthToken


class AsyncProbe:
    """Sends the requests in another thread, so that they do not block the event loop."""

    def __init__(self, route: Route, port: int) -> None:
        """Choose where to send them, as `Requests` does."""
        self._requests = Requests(route, port)
        self._threads = Threads(1)

    async def get(self, path: str, token: AuthToken) -> Poll:
        """Send a GET request, as `Requests.get` does."""
        return await self._threads.run(self._requests.get, path, token)

    def close(self) -> None:
        """Close the connections."""
        self._requests.close()
