"""Without httpx2, as on Python 3.10: one clear error, and everything else works."""

import sys

import pytest

from microvm_sdk import Microvm, MicroVMClient, Port
from microvm_sdk.connect import TokenSource, http_client

PORTS = [Port(port=8080)]


@pytest.mark.parametrize(
    ("version", "message"),
    [
        ((3, 11, 0), r'http_client needs httpx2: pip install "microvm-sdk\[connect\]"'),
        ((3, 10, 4), r"needs httpx2 and Python 3\.11 or newer\. .* use TokenSource"),
    ],
)
def test_missing_httpx2_is_one_clear_error(
    production: MicroVMClient,
    microvm: Microvm,
    monkeypatch: pytest.MonkeyPatch,
    version: tuple[int, int, int],
    message: str,
) -> None:
    monkeypatch.setitem(sys.modules, "httpx2", None)
    monkeypatch.setattr("microvm_sdk.connect._http_clients._PYTHON", version)
    with pytest.raises(ImportError, match=message) as raised:
        http_client(production, microvm, allowed_ports=PORTS)
    assert raised.value.name == "httpx2"
    tokens = TokenSource(production, microvm_identifier=microvm.microvm_id, allowed_ports=PORTS)
    assert tokens.headers() == {"X-aws-proxy-auth": "token-1"}
