"""What logs contain: facts about calls in the SDK's, requests in one of botocore's at DEBUG."""

import logging
from collections.abc import Callable
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import EndpointConnectionError, ParamValidationError
from loopback import Canned, Loopback, case
from sample_calls import IMAGE, required_arguments, update

from microvm_sdk import AllPorts, MicroVMClient, MicroVMError, ResponseValidationError

SECRET = "do-not-print-me"
DOCUMENTED = case("update_microvm_image_version/documented")


def names_of_logs_with(secret: str, caplog: pytest.LogCaptureFixture) -> set[str]:
    return {record.name for record in caplog.records if secret in record.getMessage()}


def send_variables(client: MicroVMClient) -> None:
    arguments = required_arguments("create_microvm_image")
    client.create_microvm_image(**arguments, environment_variables={"API_KEY": SECRET})


def send_payload(client: MicroVMClient) -> None:
    client.run_microvm(image_identifier=IMAGE, run_hook_payload=SECRET)


@pytest.mark.parametrize(
    ("call", "response"),
    [
        (send_variables, "recorded/images-lifecycle/create"),
        (send_payload, "recorded/vms-lifecycle/run"),
    ],
)
def test_secrets_of_a_request_are_in_botocores_endpoint_log_at_debug_and_nowhere_else(
    call: Callable[[MicroVMClient], None],
    response: str,
    client: MicroVMClient,
    loopback: Loopback,
    caplog: pytest.LogCaptureFixture,
) -> None:
    loopback.respond_with(case(response))
    caplog.set_level(logging.DEBUG)
    call(client)
    assert names_of_logs_with(SECRET, caplog) == {"botocore.endpoint"}
    caplog.clear()
    caplog.set_level(logging.INFO)
    call(client)
    assert names_of_logs_with(SECRET, caplog) == set()


def test_responses_to_our_calls_are_in_no_log(
    client: MicroVMClient, loopback: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    loopback.respond_with(DOCUMENTED)
    assert update(client).environment_variables is not None
    loopback.respond_with(Canned(body={**DOCUMENTED.body, "imageArn": None}))
    with pytest.raises(ResponseValidationError):
        update(client)
    loopback.respond_with(Canned(body={"authToken": {"X-aws-proxy-auth": SECRET}}))
    client.create_microvm_auth_token(
        microvm_identifier="m", expiration_in_minutes=5, allowed_ports=[AllPorts()]
    )
    assert names_of_logs_with(SECRET, caplog) == set()
    assert "botocore.parsers" in {record.name for record in caplog.records}


def test_responses_to_direct_calls_are_in_botocores_parser_log_at_debug(
    client: MicroVMClient, loopback: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    loopback.respond_with(DOCUMENTED)
    client.boto3_client.get_microvm_image_version(imageIdentifier=IMAGE, imageVersion="3.0")
    assert names_of_logs_with(SECRET, caplog) == {"botocore.parsers"}


def test_error_responses_are_in_botocores_parser_log_at_debug(
    client: MicroVMClient, loopback: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    loopback.respond_with(
        Canned(400, {"message": "denied"}, {"x-amzn-errortype": "ValidationException"})
    )
    with pytest.raises(MicroVMError):
        update(client)
    assert names_of_logs_with("denied", caplog) == {"botocore.parsers"}


LOGGER = "microvm_sdk"


def record_of(caplog: pytest.LogCaptureFixture) -> logging.LogRecord:
    (record,) = [record for record in caplog.records if record.name == LOGGER]
    return record


def facts(record: logging.LogRecord) -> dict[str, Any]:
    names = ("operation_name", "outcome", "status_code", "request_id", "retry_attempts")
    return {name: getattr(record, name) for name in names}


def test_call_is_one_record_with_its_facts_as_text_and_as_attributes(
    client: MicroVMClient, loopback: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, LOGGER)
    loopback.respond_with(DOCUMENTED)
    update(client)
    record = record_of(caplog)
    assert record.levelno == logging.DEBUG
    assert facts(record) == {
        "operation_name": "UpdateMicrovmImageVersion",
        "outcome": "ok",
        "status_code": 200,
        "request_id": DOCUMENTED.headers["x-amzn-requestid"],
        "retry_attempts": 0,
    }
    milliseconds = vars(record)["milliseconds"]
    assert 0 < milliseconds < 60_000
    assert record.getMessage() == (
        "UpdateMicrovmImageVersion: ok, status 200, request ID "
        f"{DOCUMENTED.headers['x-amzn-requestid']}, 0 retries, {milliseconds:.1f} ms"
    )
    # It has no parameter and no body.
    for hidden in (SECRET, IMAGE):
        assert hidden not in str(vars(record))


def test_failed_call_is_a_record_with_the_class_of_its_error(
    client: MicroVMClient, loopback: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, LOGGER)
    loopback.respond_with(case("update_microvm_image_version/throttled"))
    with pytest.raises(MicroVMError):
        update(client)
    assert facts(record_of(caplog))["outcome"] == "ThrottlingException"
    assert facts(record_of(caplog))["status_code"] == 429
    caplog.clear()
    loopback.respond_with(Canned(200, b"<html>"))
    with pytest.raises(MicroVMError):
        update(client)
    assert facts(record_of(caplog))["outcome"] == "ResponseValidationError"
    assert facts(record_of(caplog))["status_code"] == 200


def test_call_without_a_response_is_a_record_too(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, LOGGER)
    once = Config(retries={"total_max_attempts": 1})
    client = MicroVMClient(endpoint_url="http://127.0.0.1:9", config=once)
    with pytest.raises(EndpointConnectionError):
        update(client)
    assert facts(record_of(caplog)) == {
        "operation_name": "UpdateMicrovmImageVersion",
        "outcome": "EndpointConnectionError",
        "status_code": None,
        "request_id": None,
        "retry_attempts": None,
    }


def test_retries_are_counted(loopback: Loopback, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, LOGGER)
    client = MicroVMClient(endpoint_url=loopback.endpoint_url)
    loopback.respond_with(Canned(500, {"message": "again"}), DOCUMENTED)
    update(client)
    assert facts(record_of(caplog))["retry_attempts"] == 1


def test_call_that_was_not_sent_is_not_logged(
    client: MicroVMClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, LOGGER)
    for number in (5, ".."):
        value: Any = number
        with pytest.raises(ParamValidationError):
            client.get_microvm(microvm_identifier=value)
    assert caplog.records == []


def test_nothing_is_logged_or_measured_above_debug(
    client: MicroVMClient, loopback: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, LOGGER)
    loopback.respond_with(DOCUMENTED)
    update(client)
    assert caplog.records == []
