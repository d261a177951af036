"""The fuzz test: a short run of it, and tests that its checks find faults."""

import json
from typing import Any

import fuzz
import pytest
from botocore.exceptions import ParamValidationError
from fuzz_checks import problems
from fuzz_responses import SECRET, Response, response
from service_comparison import service_model

from microvm_sdk import Microvm
from microvm_sdk.exceptions import ResponseValidationError, ServiceError

pytestmark = pytest.mark.once

SERVICE = service_model()


def test_generated_responses_become_models_or_errors() -> None:
    outcomes, found = fuzz.fuzz(seed=1, numbers=range(2000))
    assert found == []
    assert outcomes.total() == 2000
    assert {"model", "ResponseValidationError", "ServiceError", "ThrottlingException"} <= set(
        outcomes
    )
    assert outcomes["model"] > 500


def test_a_response_depends_on_the_seed_and_its_number_alone() -> None:
    assert response(SERVICE, 1, 7) == response(SERVICE, 1, 7)
    assert len({response(SERVICE, seed, number).body for seed in (1, 2) for number in range(9)}) > 9


def test_every_operation_gets_responses() -> None:
    operations = {response(SERVICE, 1, number).operation for number in range(500)}
    assert operations == set(SERVICE.operation_names)


BODY = {
    "microvmId": "m",
    "state": "RUNNING",
    "endpoint": "e",
    "imageArn": "a",
    "imageVersion": "1.0",
    "maximumDurationInSeconds": 5,
    "startedAt": 5,
}
VALID = Response("GetMicrovm", 200, {}, json.dumps(BODY).encode(), must_be_model=True)
BROKEN = Response("GetMicrovm", 200, {"x-amzn-requestid": "r"}, b"{")
DENIED = Response("GetMicrovm", 403, {}, b"", error_class="AccessDeniedException", message="no")


def error(status: int, code: str = "403", message: str = "no") -> ServiceError:
    response: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": status, "RetryAttempts": 0},
    }
    return ServiceError(response, "GetMicrovm")


@pytest.mark.parametrize(
    ("given", "outcome", "problem"),
    [
        (VALID, Microvm.model_validate({**BODY, "microvmId": "n"}), "GetMicrovm.microvmId is 'n'"),
        (VALID, Microvm.model_validate({**BODY, "startedAt": 6}), "GetMicrovm.startedAt is "),
        (VALID, Microvm.model_validate({**BODY, "stateReason": "x"}), "GetMicrovm.stateReason is"),
        (VALID, ResponseValidationError("GetMicrovm", ["x"], {}), "a valid response was refused"),
        (VALID, ValueError("x"), "ValueError is not an error of the SDK"),
        (VALID, ParamValidationError(report="x"), "the arguments were refused"),
        (VALID, error(403), "a success became a ServiceError"),
        (
            BROKEN,
            Microvm.model_validate(BODY),
            "a model was made of a body that is not a JSON object",
        ),
        (BROKEN, ResponseValidationError("GetMicrovm", ["x"], {}, b"}"), "the body is not in"),
        (BROKEN, ResponseValidationError("GetMicrovm", ["x"], {}, b"{"), "the request id is None"),
        (BROKEN, ResponseValidationError("GetMicrovm", [SECRET], {}, b"{"), "a secret shows"),
        (DENIED, None, "an error became a NoneType"),
        (DENIED, error(403), "AccessDeniedException became a ServiceError (403)"),
        (DENIED, error(404), "the status is 404"),
        (DENIED, error(403, message="yes"), "the message is 'yes'"),
        (DENIED, error(403, code="html"), "a page became an error named html"),
    ],
)
def test_the_checks_find_faults(given: Response, outcome: Any, problem: str) -> None:
    found = list(problems(SERVICE, given, outcome))
    assert any(one.startswith(problem) for one in found), found


def test_the_checks_find_nothing_in_correct_outcomes() -> None:
    assert list(problems(SERVICE, VALID, Microvm.model_validate(BODY))) == []


def test_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert fuzz.main(["--seed", "1", "--only", "4"]) == 0
    printed = capsys.readouterr().out
    assert "Response(operation=" in printed
    assert printed.endswith("\n0 problems\n")
