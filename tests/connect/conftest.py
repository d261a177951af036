from collections.abc import Callable
from typing import Any

import pytest
from fake_time import FakeTime
from loopback import Loopback, case
from tokens import Clocks, token

from microvm_sdk import AsyncMicroVMClient, AuthToken, Microvm, MicroVMClient, Port
from microvm_sdk._waits import pace
from microvm_sdk.connect import TokenSource, _tokens

RUNNING = case("recorded/vms-lifecycle/get-until-running").body


@pytest.fixture
def microvm() -> Microvm:
    return Microvm.model_validate(RUNNING)


@pytest.fixture(scope="session")
def _production() -> MicroVMClient:
    return MicroVMClient(region_name="eu-west-1")


@pytest.fixture
def production(_production: MicroVMClient, monkeypatch: pytest.MonkeyPatch) -> MicroVMClient:
    """Return a client of AWS whose tokens are `token-1`, `token-2` and so on."""
    number = iter(range(1, 100))

    def create(**_: object) -> AuthToken:
        return AuthToken.model_validate(
            {"authToken": {"X-aws-proxy-auth": f"token-{next(number)}"}}
        )

    monkeypatch.setattr(_production, "create_microvm_auth_token", create)
    return _production


@pytest.fixture
def async_production(production: MicroVMClient) -> AsyncMicroVMClient:
    """Return `production` for asyncio."""

    class Client(AsyncMicroVMClient):
        async def create_microvm_auth_token(self, **parameters: Any) -> AuthToken:
            return self.sync_client.create_microvm_auth_token(**parameters)

    return Client(client=production)


@pytest.fixture
def async_client(client: MicroVMClient) -> AsyncMicroVMClient:
    return AsyncMicroVMClient(client=client)


@pytest.fixture
def at() -> Callable[[str], Microvm]:
    """Return a MicroVM whose endpoint is another."""

    def at(endpoint: str) -> Microvm:
        return Microvm.model_validate({**RUNNING, "endpoint": endpoint})

    return at


@pytest.fixture
def clock(fake_time: FakeTime, monkeypatch: pytest.MonkeyPatch) -> FakeTime:
    """Replace the clock of everything that polls, in asyncio too."""

    async def sleep(seconds: float) -> None:
        fake_time.sleep(seconds)

    monkeypatch.setattr(pace, "sleep_async", sleep)
    return fake_time


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    clocks = Clocks()
    monkeypatch.setattr(_tokens, "time", clocks)
    return clocks


@pytest.fixture
def source(client: MicroVMClient, loopback: Loopback) -> TokenSource:
    """Return a source whose tokens are `token-1`, `token-2` and so on."""
    loopback.respond_with(*map(token, range(1, 10)))
    return TokenSource(client, microvm_identifier="microvm-1", allowed_ports=[Port(port=8080)])
