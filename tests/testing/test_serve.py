"""What `Controls.serve` and `Controls.booting` accept, in process and over HTTP."""

from typing import Any

import pytest
from fastapi import FastAPI

from microvm_sdk.testing import Controls


def application(*_: object) -> Any:
    raise NotImplementedError


def test_asgi_application_is_refused_with_the_way_that_works(controlled: Any) -> None:
    with pytest.raises(TypeError, match="pass its URL"):
        controlled[0].serve(FastAPI())


def test_server_in_another_process_takes_urls_only() -> None:
    with pytest.raises(TypeError, match="takes the URL of a server"):
        Controls("http://127.0.0.1:9").serve(application)


@pytest.mark.parametrize("url", ["", "ftp://a", "127.0.0.1:80", "http://", "http://a?b"])
def test_other_urls_are_refused(controlled: Any, url: str) -> None:
    with pytest.raises(ValueError, match="url"):
        controlled[0].serve(url)


@pytest.mark.parametrize("port", [0, 65_536])
@pytest.mark.parametrize("served", [application, "http://127.0.0.1:80"])
def test_port_must_be_one(controlled: Any, served: Any, port: int) -> None:
    with pytest.raises(ValueError, match="port"):
        controlled[0].serve(served, port=port)


@pytest.mark.parametrize("seconds", [-1, float("inf")])
def test_boot_time_must_be_possible(controlled: Any, seconds: float) -> None:
    with pytest.raises(ValueError, match="seconds"):
        controlled[0].booting(seconds)
