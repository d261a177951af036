"""Measures how cost grows with the size of a page, and with threads calling a local server."""

from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from clients import Call, boto3_calls, capo_calls, full_page, full_response, sdk_calls
from rounds import Ratio, in_turn

PAGE_SIZES = (1, 5, 10, 25, 50)
THREADS = (1, 2, 4, 8, 16, 32)


def by_page_size(*, rounds: int) -> Iterator[tuple[int, dict[str, Ratio]]]:
    """Yield the comparison of a listing for each size of a page."""
    for size in PAGE_SIZES:
        body = full_page(size)
        listings = {
            "boto3": boto3_calls(body)[1],
            "sdk": sdk_calls(body)[1],
            "capo": capo_calls(body)[1],
        }
        yield size, in_turn(listings, calls=4, rounds=rounds)


@contextmanager
def _server(body: bytes) -> Generator[str, None, None]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_PATCH(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  The name is http.server's.
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def by_threads(*, rounds: int) -> Iterator[tuple[int, dict[str, Ratio]]]:
    """Yield the comparison of 64 calls by so many threads that share a client."""
    with _server(full_response()) as url:
        updates = {"boto3": boto3_calls(b"", url)[0], "sdk": sdk_calls(b"", url)[0]}
        for count in THREADS:
            with ThreadPoolExecutor(count) as pool:

                def shared(call: Call, pool: ThreadPoolExecutor = pool) -> Call:
                    return lambda: list(pool.map(lambda _: call(), range(64)))

                yield (
                    count,
                    in_turn(
                        {name: shared(call) for name, call in updates.items()},
                        calls=1,
                        rounds=rounds,
                    ),
                )
