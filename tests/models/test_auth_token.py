"""Auth tokens: their headers, and the subprotocols of a WebSocket."""

from typing import Any

import pytest
from pydantic import SecretStr

from microvm_sdk import AuthToken

SECRET = "do-not-print-me"
TOKEN = AuthToken.model_validate({"authToken": {"X-aws-proxy-auth": SECRET}})


def test_token_is_secret_and_has_its_headers_and_subprotocols() -> None:
    assert SECRET not in repr(TOKEN) + str(TOKEN.model_dump())
    assert TOKEN.headers() == {"X-aws-proxy-auth": SECRET}
    assert TOKEN.headers(9000) == {"X-aws-proxy-auth": SECRET, "X-aws-proxy-port": "9000"}
    assert TOKEN.websocket_subprotocols() == [
        "lambda-microvms",
        f"lambda-microvms.authentication.{SECRET}",
    ]
    assert TOKEN.websocket_subprotocols(9000)[2:] == ["lambda-microvms.port.9000"]


def test_value_is_the_bare_token() -> None:
    assert TOKEN.value == SecretStr(SECRET)
    assert SECRET not in repr(TOKEN.value)
    with pytest.raises(KeyError, match="X-aws-proxy-auth"):
        _ = AuthToken(auth_token={"other": SecretStr("x")}).value


@pytest.mark.parametrize("character", ["\r\n", "\n", "\0", "\x7f", " ", "\t", "é", "\ud800"])
def test_token_that_no_header_carries_is_refused_without_being_shown(character: str) -> None:
    token = AuthToken(auth_token={"X-aws-proxy-auth": SecretStr(f"{SECRET}{character}{SECRET}")})
    for use in (token.headers, token.websocket_subprotocols):
        with pytest.raises(ValueError, match="characters that no HTTP header carries") as raised:
            use()
        assert SECRET not in str(raised.getrepr(style="long", funcargs=True))
    with pytest.raises(ValueError, match="no HTTP header carries"):
        AuthToken(auth_token={f"X-aws{character}": SecretStr("token")}).headers()


def test_token_of_another_kind_has_no_subprotocols() -> None:
    with pytest.raises(KeyError, match="X-aws-proxy-auth"):
        AuthToken(auth_token={"other": SecretStr("x")}).websocket_subprotocols()


@pytest.mark.parametrize("make", [TOKEN.headers, TOKEN.websocket_subprotocols])
@pytest.mark.parametrize(
    ("port", "error"),
    [
        ("80\r\nX-Other: 1", TypeError),
        ("80", TypeError),
        (80.0, TypeError),
        (True, TypeError),
        (0, ValueError),
        (-1, ValueError),
        (65_536, ValueError),
        (70_000, ValueError),
    ],
)
def test_invalid_port_is_refused(make: Any, port: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"port must be .*1 to 65535; got") as caught:
        make(port)
    assert "\r" not in str(caught.value)


@pytest.mark.parametrize("port", [1, 65_535])
def test_first_and_last_port_are_accepted(port: int) -> None:
    assert TOKEN.headers(port)["X-aws-proxy-port"] == str(port)
