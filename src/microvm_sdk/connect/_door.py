"""Checks of the arguments that only `connect` has."""

import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from microvm_sdk._arguments import refuse
from microvm_sdk.models import Port, PortSpecification
from microvm_sdk.models.auth_token import LAST_PORT

_DEFAULT_PORT = 8080
_FIRST_PYTHON = (3, 11)
_PYTHON: tuple[int, ...] = sys.version_info[:3]
_CONNECTION_ARGUMENTS = ("verify", "trust_env", "http1", "limits", "proxy", "transport")


def chosen_port(port: object, allowed_ports: Sequence[PortSpecification]) -> int:
    """Return the port to reach: the given one, else the only one that is allowed, else 8080.

    Args:
        port: What was passed; `None` if omitted.
        allowed_ports: The ports that the token gives access to.

    Raises:
        TypeError: The port is not an integer.
        ValueError: The port is out of range.
    """
    if port is None:
        match allowed_ports:
            case [Port(port=only)]:
                return only
            case _:
                return _DEFAULT_PORT
    if not isinstance(port, int) or isinstance(port, bool):
        refuse("port", f"an integer from 1 to {LAST_PORT}", port)
    if not 1 <= port <= LAST_PORT:
        msg = f"port must be from 1 to {LAST_PORT}, got {port}"
        raise ValueError(msg)
    return port


def check_path(path: object) -> None:
    """Refuse what is not the path of a URL.

    Args:
        path: What was passed.

    Raises:
        TypeError: It is not a string.
        ValueError: It is a whole URL, or has characters that no URL may have.
    """
    if not isinstance(path, str):
        refuse("path", "a string such as '/health'", path)
    if "://" in path.partition("?")[0] or not path.isprintable() or " " in path:
        msg = f"path must be a path such as '/health', without spaces; got {path!r}"
        raise ValueError(msg)


def require_httpx2(function: str) -> None:
    """Import httpx2.

    Args:
        function: Name of the function that needs it.

    Raises:
        ImportError: It is not installed.
    """
    try:
        import_module("httpx2")
    except ImportError as error:
        msg = f'{function} needs httpx2: pip install "microvm-sdk[connect]"'
        if _PYTHON < _FIRST_PYTHON:
            msg = (
                f"{function} needs httpx2 and Python 3.11 or newer. On Python "
                f"{_PYTHON[0]}.{_PYTHON[1]}, use TokenSource with another HTTP client"
            )
        raise ImportError(msg, name="httpx2") from error


def check_httpx_arguments(arguments: Mapping[str, Any]) -> None:
    """Refuse arguments of httpx2 with which requests would not reach the MicroVM.

    Args:
        arguments: What was passed.

    Raises:
        TypeError: One of them was passed.
    """
    if arguments.get("http2"):
        msg = "http2 must be off: with HTTP/2, uploads through the MicroVM's proxy are very slow"
        raise TypeError(msg)
    for name in ("base_url", "mounts"):
        if name in arguments:
            msg = f"{name} cannot be given: requests go to the MicroVM"
            raise TypeError(msg)


def connection_arguments(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of httpx2 that concern connections.

    Args:
        arguments: All arguments.
    """
    return {name: arguments[name] for name in _CONNECTION_ARGUMENTS if name in arguments}
