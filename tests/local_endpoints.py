"""Requests to the endpoints of the local service's MicroVMs, in process or over HTTP."""

import http.client
import json
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

from microvm_sdk import IdlePolicy, Microvm, MicroVMClient, Port
from microvm_sdk.connect import TokenSource
from microvm_sdk.connect._route import find_route
from microvm_sdk.testing import Controls

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIEnvironment

PORTS = [Port(port=8080)]
NOTHING = (502, b"")
MISSING = (403, b"Request missing authentication")
FAILED = (403, b"Token authentication failed")
POLICY = IdlePolicy(
    max_idle_duration_seconds=60, suspended_duration_seconds=3600, auto_resume_enabled=True
)


def echo(environ: "WSGIEnvironment", start_response: "StartResponse") -> Any:
    """Respond with what arrives."""
    request = Request(environ)
    seen = {
        "method": request.method,
        "target": environ["REQUEST_URI"],
        "script": request.script_root,
        "from": request.remote_addr,
        "scheme": request.scheme,
        "headers": {name.lower(): value for name, value in request.headers.items()},
        "body": request.get_data(as_text=True),
    }
    response = Response(json.dumps(seen), 201, [("X-Own", "1"), ("X-Own", "2")])
    return response(environ, start_response)


class LocalEndpoints:
    """A local service, and requests to its MicroVMs on the way that the SDK takes."""

    def __init__(self, controls: Controls, client: MicroVMClient, image: str) -> None:
        self.controls = controls
        self.client = client
        self.image = image

    def run(self, **settings: Any) -> Microvm:
        started = self.client.run_microvm(image_identifier=self.image, **settings)
        return self.client.wait_until_microvm_running(microvm_identifier=started.microvm_id)

    def state(self, microvm: Microvm) -> str:
        return self.client.get_microvm(microvm_identifier=microvm.microvm_id).state

    def headers(self, microvm: Microvm, *, port: int | None = None) -> dict[str, str]:
        source = TokenSource(
            self.client, microvm_identifier=microvm.microvm_id, allowed_ports=PORTS
        )
        return source.headers(port)

    def send(
        self, microvm: Microvm, headers: dict[str, str] | None = None, *rest: Any
    ) -> tuple[int, bytes]:
        """Send a request, by default with a token, and return the status and the body."""
        status, _, content = self.send_for_headers(microvm, headers, *rest)
        return status, content

    def send_for_headers(
        self,
        microvm: Microvm,
        headers: dict[str, str] | None = None,
        target: str = "/",
        method: str = "GET",
        body: bytes = b"",
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        headers = self.headers(microvm) if headers is None else headers
        route = find_route(self.client.boto3_client, microvm)
        if route.in_process is not None:
            url = f"{route.own_url}{target}"
            status, sent, chunks = route.in_process(method, url, list(headers.items()), body)
            return status, sent, b"".join(chunks)
        assert route.via is not None
        connection = http.client.HTTPConnection(route.via.removeprefix("http://"), timeout=10)
        try:
            connection.request(method, target, body, {**headers, "Host": route.endpoint})
            response = connection.getresponse()
            return response.status, response.getheaders(), response.read()
        finally:
            connection.close()
