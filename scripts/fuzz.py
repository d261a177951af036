"""Send the SDK generated responses, valid, broken and hostile, and check the outcome of each.

    uv run python scripts/fuzz.py --responses 100000 --seed 1
    uv run python scripts/fuzz.py --seed 1 --only 4711

Each response belongs to one of the operations of the installed botocore's service model, and
depends on the seed and its number alone. For each, whatever it is:

- the call ends, with a model or with an error of the SDK;
- a model has what the response has, compared with the JSON independently of the SDK;
- a response that does not match is in the error, byte for byte;
- an error response is an error of its class, with its status, message and number of retries;
- no secret of the request or the response is in the text of an error, a `repr` or a log record.
"""

import argparse
import faulthandler
import logging
import sys
import time
from collections import Counter
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import boto3
import botocore.endpoint
from botocore import xform_name
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.model import ServiceModel
from fuzz_checks import ATTEMPTS, problems
from fuzz_responses import SECRET, Response, response

from microvm_sdk import CodeArtifactUri, Port
from microvm_sdk.client import MicroVMClient

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from service_comparison import service_model

LONGEST_CALL = 5
"""Seconds after which a call counts as one that hangs."""
_ARN = "arn:aws:lambda:eu-west-1:123456789012:microvm-image:web"


class _Body(BytesIO):
    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        yield self.getvalue()


def _response(status: int, headers: Any, body: bytes) -> AWSResponse:
    return AWSResponse("", status, headers, _Body(body))


class _Collector(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@contextmanager
def _collected_log() -> Generator[list[logging.LogRecord], None, None]:
    logger, collector = logging.getLogger("microvm_sdk"), _Collector()
    level, logger.propagate = logger.level, False
    logger.addHandler(collector)
    logger.setLevel(logging.DEBUG)
    try:
        yield collector.records
    finally:
        logger.removeHandler(collector)
        logger.setLevel(level)
        logger.propagate = True


@dataclass
class Caller:
    """Clients whose requests get a generated response."""

    service: ServiceModel
    _queue: list[AWSResponse] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Make the clients."""
        self.once, self.patient, self.observed = (
            self._client(attempts) for attempts in (1, ATTEMPTS, 1)
        )
        # If the program has a handler that receives the response, botocore parses it.
        events = self.observed.boto3_client.meta.events
        events.register("after-call.lambda-microvms", lambda **_: None)

    def _client(self, attempts: int) -> MicroVMClient:
        session = boto3.Session("testing", "testing", region_name="eu-west-1")
        # The other modes stop retrying after many failures.
        config = Config(retries={"mode": "legacy", "total_max_attempts": attempts})
        client = MicroVMClient(session=session, config=config)
        # In botocore-stubs, handlers return nothing.
        respond: Any = lambda **_: self._queue.pop(0)  # noqa: E731  It has a type.
        client.boto3_client.meta.events.register_first("before-send.lambda-microvms", respond)
        return client

    def call(self, given: Response, number: int) -> Any:
        """Make the call.

        Args:
            given: What the service responds.
            number: The number of the response.

        Returns:
            The model, the page, `None`, or the exception.
        """
        client = self.patient if given.retries else (self.once, self.observed)[number % 2]
        busy = _response(503, {"x-amzn-errortype": "ServiceException"}, b"{}")
        final = _response(given.status, given.headers, given.body)
        self._queue[:] = [busy] * given.retries + [final] * (ATTEMPTS - given.retries)
        operation = self.service.operation_model(given.operation)
        method = getattr(client, xform_name(given.operation))
        try:
            result = method(**dict(_arguments(operation.input_shape)))
            return next(iter(result.pages())) if hasattr(result, "pages") else result
        except Exception as error:  # noqa: BLE001  Whatever comes is checked.
            return error


def _arguments(shape: Any) -> Iterator[tuple[str, Any]]:
    """Yield every required argument and every secret one."""
    special: dict[str, Any] = {
        "codeArtifact": CodeArtifactUri(uri="s3://a/b"),
        "allowedPorts": [Port(port=80)],
        "expirationInMinutes": 5,
        "tagKeys": ["a"],
        "TagKeys": ["a"],
        "Tags": {"a": "b"},
        "tags": {"a": "b"},
        "environmentVariables": {"KEY": SECRET},
        "runHookPayload": SECRET,
    }
    for name, member in shape.members.items() if shape else ():
        if name in shape.required_members or name in {"environmentVariables", "runHookPayload"}:
            value = special.get(name, member.enum[0] if getattr(member, "enum", ()) else _ARN)
            yield xform_name(name), value


def fuzz(seed: int, numbers: Iterable[int]) -> tuple[Counter[str], list[str]]:
    """Run.

    Args:
        seed: The seed of the run.
        numbers: The numbers of the responses.

    Returns:
        How often each outcome occurred, and what was wrong.
    """
    service = service_model()
    caller = Caller(service)
    outcomes: Counter[str] = Counter()
    found: list[str] = []
    without_sleep = SimpleNamespace(sleep=lambda _: None)
    with _collected_log() as records, patch.object(botocore.endpoint, "time", without_sleep):
        for number in numbers:
            given = response(service, seed, number)
            started = time.perf_counter()
            outcome = caller.call(given, number)
            seconds = time.perf_counter() - started
            wrong = list(problems(service, given, outcome))
            if seconds > LONGEST_CALL:
                wrong.append(f"the call took {seconds:.1f} seconds")
            if any(SECRET in f"{record.getMessage()}{vars(record)}" for record in records):
                wrong.append("a secret is in a log record")
            records.clear()
            outcomes[_name(outcome)] += 1
            found += [f"--seed {seed} --only {number}: {given.operation}: {what}" for what in wrong]
    return outcomes, found


def _name(outcome: Any) -> str:
    return "model" if not isinstance(outcome, Exception) else type(outcome).__name__


def main(arguments: list[str] | None = None) -> int:
    """Run from the command line.

    Args:
        arguments: The arguments; those of the command line by default.

    Returns:
        0 if nothing was wrong.
    """
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--responses", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="the number of the one response to send")
    options = parser.parse_args(arguments)
    numbers = range(options.responses) if options.only is None else [options.only]
    faulthandler.dump_traceback_later(
        60 + options.responses / 100, exit=True, file=sys.__stderr__ or sys.stderr
    )
    started = time.perf_counter()
    outcomes, found = fuzz(options.seed, numbers)
    faulthandler.cancel_dump_traceback_later()
    if options.only is not None:
        print(response(service_model(), options.seed, options.only))
    for name, count in outcomes.most_common():
        print(f"{count:8} {name}")
    print(f"{sum(outcomes.values()):8} responses in {time.perf_counter() - started:.0f} s")
    print("\n".join(found[:50]))
    print(f"{len(found)} problems")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
