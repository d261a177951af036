"""The local service as a program: `python -m microvm_sdk.testing --port 5000`."""

import argparse
import shlex
import signal
import sys
import threading
from types import FrameType

from microvm_sdk._loopback import is_loopback
from microvm_sdk.testing._ports import LARGEST_PORT


def main(arguments: list[str] | None = None) -> int:
    """Serve until Ctrl-C or SIGTERM.

    Args:
        arguments: The command line, without the program's name.

    Returns:
        The exit status.
    """
    options = _parser().parse_args(arguments)
    try:
        from microvm_sdk.testing import MicroVMServer  # noqa: PLC0415  --help works without.
    except ImportError as error:
        _print_error(f"error: {error}")
        return 1
    if not is_loopback(options.host.lower()):
        _print_error(
            f"warning: {options.host} allows connections from other machines, and there is no "
            "authentication"
        )
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    server = MicroVMServer(
        host=options.host,
        port=options.port,
        allowed_hosts=options.allow_host,
        tls=options.tls,
    )
    try:
        server.start()
    except OSError as error:
        _print_error(f"error: {options.host}:{options.port}: {error}")
        return 1
    print(f"AWS Lambda MicroVMs on {server.endpoint_url}")  # noqa: T201  A program.
    for name, value in server.environment().items():
        print(f"export {name}={shlex.quote(value)}")  # noqa: T201  A program.
    sys.stdout.flush()
    stop.wait()
    server.stop()
    return 0


def _print_error(text: str) -> None:
    print(text, file=sys.stderr)  # noqa: T201  A program.


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m microvm_sdk.testing",
        description="A local AWS Lambda MicroVMs service, for tests and experiments. It prints the "
        "commands that make clients in a shell call it.",
    )
    parser.add_argument(
        "--port",
        type=_port,
        default=5000,
        help="port to listen on; 0 picks a free one (default 5000)",
    )
    parser.add_argument(
        "--host", type=_host, default="127.0.0.1", help="address to listen on (default 127.0.0.1)"
    )
    parser.add_argument(
        "--allow-host",
        metavar="NAME",
        type=_host,
        action="append",
        default=[],
        help="another host name by which clients reach the server, such as its service name in a "
        "compose file; can be repeated",
    )
    parser.add_argument(
        "--tls",
        action="store_true",
        help="give each MicroVM an endpoint of its own on 127.0.0.1, with a certificate that "
        "clients trust after the printed commands",
    )
    return parser


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > LARGEST_PORT:
        msg = f"a port is 0 to {LARGEST_PORT}"
        raise argparse.ArgumentTypeError(msg)
    return int(text)


def _host(text: str) -> str:
    if not text.strip():
        msg = "a host is an address or a name, such as 127.0.0.1, and not empty"
        raise argparse.ArgumentTypeError(msg)
    return text


if __name__ == "__main__":
    sys.exit(main())
