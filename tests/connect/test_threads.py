"""An HTTP client that threads share."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from microvm_sdk import Microvm, MicroVMClient, Port
from microvm_sdk.connect import http_client

httpx2 = pytest.importorskip("httpx2", reason="httpx2 needs Python 3.11")

from wire import REJECTED, Wire  # noqa: E402  It needs httpx2.


def test_twenty_threads_with_a_rejected_token_cause_one_renewal(
    production: MicroVMClient, microvm: Microvm
) -> None:
    wire = Wire()
    together = threading.Barrier(20)

    def respond(request: Any) -> Any:
        if request.headers["x-aws-proxy-auth"] == "token-1":
            together.wait(10)
            return httpx2.Response(403, content=REJECTED)
        return httpx2.Response(200)

    wire.respond = respond
    with (
        http_client(
            production, microvm, allowed_ports=[Port(port=80)], transport=wire.transport
        ) as http,
        ThreadPoolExecutor(20) as threads,
    ):
        responses = list(threads.map(lambda _: http.get("/"), range(20)))
    assert {response.status_code for response in responses} == {200}
    assert sorted(map(str, wire.tokens())) == ["token-1"] * 20 + ["token-2"] * 20
