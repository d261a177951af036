"""Whether a call that raised an exception may have taken effect."""

from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError, NoCredentialsError, ReadTimeoutError
from loopback import Canned, Loopback, case
from sample_calls import IMAGE

from microvm_sdk import MicroVMClient, ResponseValidationError, ServiceError
from microvm_sdk._calls.sending import Sending

OURS = "RunMicrovm"


def error(status: int | None, retries: Any = 0, operation_name: str = OURS) -> ServiceError:
    metadata = {"HTTPStatusCode": status, "RetryAttempts": retries}
    return ServiceError({"Error": {}, "ResponseMetadata": metadata}, operation_name)


@pytest.mark.parametrize(
    ("raised", "requests", "may_have"),
    [
        (error(400), 1, False),
        (error(499), 1, False),
        (error(399), 1, True),
        (error(500), 1, True),
        (error(None), 1, True),
        (error(409, retries=1), 2, True),
        (error(409, retries="unknown"), 1, False),
        (ServiceError({"Error": {}}, OURS), 1, True),
        (ServiceError({"Error": {}, "ResponseMetadata": {"HTTPStatusCode": 409}}, OURS), 1, False),
        (ResponseValidationError(OURS, ["no"], {}), 1, True),
        # An error of another call, which an event handler made.
        (error(409, operation_name="GetMicrovm"), 0, False),
        (error(409, operation_name="GetMicrovm"), 1, True),
        (ConnectTimeoutError(endpoint_url="u"), 1, False),
        (ConnectTimeoutError(endpoint_url="u"), 2, True),
        (ReadTimeoutError(endpoint_url="u"), 1, True),
        (NoCredentialsError(), 0, False),
        (KeyboardInterrupt(), 0, False),
        (KeyboardInterrupt(), 1, True),
    ],
)
def test_call_may_have_taken_effect_unless_it_is_certain_that_it_did_not(
    raised: BaseException, requests: int, may_have: bool
) -> None:
    assert Sending(OURS, requests).may_have_taken_effect(raised) is may_have


def test_requests_of_the_call_are_counted_and_no_others(
    retrying_client: MicroVMClient, loopback: Loopback
) -> None:
    def run() -> str:
        retrying_client.get_microvm(microvm_identifier="m")
        return retrying_client.run_microvm(image_identifier=IMAGE).microvm_id

    microvm = case("recorded/vms-lifecycle/run")
    loopback.respond_with(microvm, Canned(500, {"message": "again"}), microvm)
    sending = Sending(OURS)
    assert sending.observe(run) == microvm.body["microvmId"]
    assert sending.requests == 2
    run()
    assert sending.requests == 2
