"""Without httpx2, as on Python 3.10: one clear error, and everything else works."""

import sys
from types import ModuleType
from typing import get_type_hints

import pytest

from microvm_sdk import Microvm, MicroVMClient, Port, connect, lifecycle
from microvm_sdk.connect import TokenSource

PORTS = [Port(port=8080)]


@pytest.mark.parametrize(
    ("version", "message"),
    [
        ((3, 11, 0), r'needs httpx2: pip install "microvm-sdk\[connect\]"'),
        ((3, 10, 4), r"needs httpx2 and Python 3\.11 or newer\. On Python 3\.10, use TokenSource"),
    ],
)
@pytest.mark.parametrize("name", ["http_client", "async_http_client"])
def test_missing_httpx2_is_one_clear_error(
    production: MicroVMClient,
    microvm: Microvm,
    monkeypatch: pytest.MonkeyPatch,
    *,
    name: str,
    version: tuple[int, int, int],
    message: str,
) -> None:
    monkeypatch.setitem(sys.modules, "httpx2", None)
    monkeypatch.setattr("microvm_sdk.connect._door._PYTHON", version)
    with pytest.raises(ImportError, match=f"^{name} {message}") as raised:
        getattr(connect, name)(production, microvm, allowed_ports=PORTS)
    assert raised.value.name == "httpx2"
    tokens = TokenSource(production, microvm_identifier=microvm.microvm_id, allowed_ports=PORTS)
    assert tokens.headers() == {"X-aws-proxy-auth": "token-1"}


@pytest.mark.parametrize("name", connect.__all__)
def test_annotations_can_be_evaluated(name: str) -> None:
    public = getattr(connect, name)
    functions = [public] if not isinstance(public, type) else [public.__init__, public.token]
    for function in functions:
        assert set(function.__annotations__) == set(get_type_hints(function))


@pytest.mark.parametrize("module", [connect, lifecycle])
def test_other_names_do_not_exist(module: ModuleType) -> None:
    assert dir(module) == module.__all__
    with pytest.raises(AttributeError, match=f"'{module.__name__}' has no attribute 'missing'"):
        _ = module.missing
