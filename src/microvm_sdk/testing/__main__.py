"""The local service as a program: `python -m microvm_sdk.testing --port 5000`."""

from __future__ import annotations

import argparse
import ipaddress
import signal
import sys
import threading
from typing import TYPE_CHECKING

from microvm_sdk.testing import MicroVMServer

if TYPE_CHECKING:
    from types import FrameType

LARGEST_PORT = 65_535


def main(arguments: list[str] | None = None) -> int:
    """Serve until Ctrl-C or SIGTERM.

    Args:
        arguments: The command line, without the program's name.

    Returns:
        The exit status.
    """
    options = _parser().parse_args(arguments)
    if not _is_loopback(options.host):
        print(  # noqa: T201 - a program.
            f"warning: {options.host} lets other machines in, and there is no authentication",
            file=sys.stderr,
        )
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    server = MicroVMServer(host=options.host, port=options.port)
    try:
        server.start()
    except OSError as error:
        print(f"error: {options.host}:{options.port}: {error}", file=sys.stderr)  # noqa: T201 - a program.
        return 1
    print(f"AWS Lambda MicroVMs on {server.endpoint_url}", flush=True)  # noqa: T201 - a program.
    stop.wait()
    server.stop()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m microvm_sdk.testing",
        description="A local AWS Lambda MicroVMs, for tests and first experiments.",
    )
    parser.add_argument(
        "--port", type=_port, default=5000, help="port to listen on; 0 takes a free one"
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    return parser


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= LARGEST_PORT:
        msg = f"a port is 0 to {LARGEST_PORT}"
        raise argparse.ArgumentTypeError(msg)
    return port


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


if __name__ == "__main__":
    sys.exit(main())
