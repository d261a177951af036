"""What logs hold: nothing of ours, requests in one of botocore's at DEBUG, no answers."""

import logging
from collections.abc import Callable

import pytest
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
    ("call", "answer"),
    [
        (send_variables, "recorded/images-lifecycle/create"),
        (send_payload, "recorded/vms-lifecycle/run"),
    ],
)
def test_secrets_of_a_request_are_in_botocores_endpoint_log_at_debug_and_nowhere_else(
    call: Callable[[MicroVMClient], None],
    answer: str,
    client: MicroVMClient,
    loopback: Loopback,
    caplog: pytest.LogCaptureFixture,
) -> None:
    loopback.answer(case(answer))
    caplog.set_level(logging.DEBUG)
    call(client)
    assert names_of_logs_with(SECRET, caplog) == {"botocore.endpoint"}
    caplog.clear()
    caplog.set_level(logging.INFO)
    call(client)
    assert names_of_logs_with(SECRET, caplog) == set()


def test_answers_to_our_calls_are_in_no_log(
    client: MicroVMClient, loopback: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    loopback.answer(DOCUMENTED)
    assert update(client).environment_variables is not None
    loopback.answer(Canned(body={**DOCUMENTED.body, "imageArn": None}))
    with pytest.raises(ResponseValidationError):
        update(client)
    loopback.answer(Canned(body={"authToken": {"X-aws-proxy-auth": SECRET}}))
    client.create_microvm_auth_token(
        microvm_identifier="m", expiration_in_minutes=5, allowed_ports=[AllPorts()]
    )
    assert names_of_logs_with(SECRET, caplog) == set()
    assert "botocore.parsers" in {record.name for record in caplog.records}


def test_answers_to_direct_calls_are_in_botocores_parser_log_at_debug(
    client: MicroVMClient, loopback: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    loopback.answer(DOCUMENTED)
    client.boto3_client.get_microvm_image_version(imageIdentifier=IMAGE, imageVersion="3.0")
    assert names_of_logs_with(SECRET, caplog) == {"botocore.parsers"}


def test_error_answers_are_in_botocores_parser_log_at_debug(
    client: MicroVMClient, loopback: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    loopback.answer(Canned(400, {"message": "told"}, {"x-amzn-errortype": "ValidationException"}))
    with pytest.raises(MicroVMError):
        update(client)
    assert names_of_logs_with("told", caplog) == {"botocore.parsers"}


def test_the_sdk_logs_nothing(
    client: MicroVMClient, loopback: Loopback, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    loopback.answer(DOCUMENTED)
    update(client)
    loopback.answer(Canned(body=b"<html>"))
    with pytest.raises(ResponseValidationError):
        update(client)
    assert not [record.name for record in caplog.records if record.name.startswith("microvm_sdk")]
