"""Tokens, as the service creates them, and the clocks by which they expire."""

from loopback import Canned

from microvm_sdk.connect import TokenSource


class Clocks:
    """The functions of `time` that token sources use."""

    def __init__(self) -> None:
        self.seconds = 1000.0
        self.wall = 1_800_000_000.0

    def monotonic(self) -> float:
        return self.seconds

    def time(self) -> float:
        return self.wall


def token(number: int) -> Canned:
    return Canned(body={"authToken": {"X-aws-proxy-auth": f"token-{number}"}})


def failure(status: int, name: str, message: str = "no") -> Canned:
    return Canned(status, {"message": message}, {"x-amzn-errortype": name})


THROTTLED = failure(429, "ThrottlingException")


def auth(source: TokenSource) -> str:
    return source.headers()["X-aws-proxy-auth"]
