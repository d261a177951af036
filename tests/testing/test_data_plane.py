"""Which requests reach the software behind the MicroVMs' endpoints, in process and over HTTP."""

from typing import Any

import pytest
from local_endpoints import FAILED, MISSING, NOTHING, POLICY, PORTS, LocalEndpoints, echo

from microvm_sdk import MicroVMClient, Port, WaiterError
from microvm_sdk.connect import TokenSource, wait_until_responding
from microvm_sdk.lifecycle import running
from microvm_sdk.testing import mock_microvms

pytestmark = pytest.mark.usefixtures("service_time")

REGION = "us-east-2"


def test_proxy_rejects_requests_with_its_own_messages(local: LocalEndpoints) -> None:
    local.controls.serve(echo)
    microvm, other = local.run(), local.run()
    own = local.headers(microvm)
    assert local.send(microvm, {}) == MISSING
    assert local.send(microvm, {"X-aws-proxy-auth": "invented"}) == MISSING
    assert local.send(other, own) == FAILED
    denied = local.send(microvm, own | {"X-aws-proxy-port": "9000"})
    assert denied == (403, b"Access to port denied")
    for port in ("0", "65536", "http", "-1", ""):
        invalid = local.send(microvm, own | {"X-aws-proxy-port": port})
        assert invalid == (400, b"Invalid port")
    assert local.send(microvm, own)[0] == 201
    unknown = microvm.model_copy(update={"endpoint": f"unknown.lambda-microvm.{REGION}.on.aws"})
    assert local.send(unknown, own) == FAILED


def test_own_responses_are_plain_text_or_empty(local: LocalEndpoints) -> None:
    microvm = local.run()
    _, headers, _ = local.send_for_headers(microvm, {})
    assert dict(headers)["Content-Type"].startswith("text/plain")
    status, headers, body = local.send_for_headers(microvm)
    assert (status, body) == NOTHING
    assert "Content-Type" not in dict(headers)


def test_only_the_ports_on_which_software_listens_respond(local: LocalEndpoints) -> None:
    local.controls.serve(echo, port=3000)
    microvm = local.run()
    tokens = TokenSource(
        local.client,
        microvm_identifier=microvm.microvm_id,
        allowed_ports=[Port(port=3000), Port(port=8080)],
    )
    assert local.send(microvm, tokens.headers()) == NOTHING
    assert local.send(microvm, tokens.headers(3000))[0] == 201


def test_software_that_boots_responds_later(local: LocalEndpoints) -> None:
    local.controls.serve(echo)
    local.controls.booting(100)
    microvm = local.run()
    headers = local.headers(microvm)
    assert local.send(microvm, headers) == NOTHING
    local.controls.advance_clock(100)
    assert local.send(microvm, headers)[0] == 201


def test_suspended_and_terminated_microvms_do_not_respond(local: LocalEndpoints) -> None:
    local.controls.serve(echo)
    microvm = local.run()
    headers = local.headers(microvm)
    local.client.suspend_microvm(microvm_identifier=microvm.microvm_id)
    assert local.send(microvm, headers) == NOTHING
    local.client.resume_microvm(microvm_identifier=microvm.microvm_id)
    local.client.wait_until_microvm_running(microvm_identifier=microvm.microvm_id)
    assert local.send(microvm, headers)[0] == 201
    local.client.terminate_microvm(microvm_identifier=microvm.microvm_id)
    assert local.send(microvm, headers) == NOTHING


def test_request_resumes_a_microvm_and_counts_as_traffic(local: LocalEndpoints) -> None:
    local.controls.serve(echo)
    microvm = local.run(idle_policy=POLICY)
    headers = local.headers(microvm)
    for _ in range(3):
        local.controls.advance_clock(50)
        assert local.send(microvm, headers)[0] == 201
    assert local.state(microvm) == "RUNNING"
    local.controls.advance_clock(61)
    assert local.state(microvm) == "SUSPENDED"
    assert local.send(microvm, headers)[0] == 201
    assert local.state(microvm) == "RUNNING"


def test_resumed_microvm_is_pending_although_the_request_reaches_it(local: LocalEndpoints) -> None:
    local.controls.serve(echo)
    microvm = local.run(idle_policy=POLICY)
    headers = local.headers(microvm)
    local.client.suspend_microvm(microvm_identifier=microvm.microvm_id)
    assert local.state(microvm) == "SUSPENDED"
    local.controls.set_transition("lambdamicrovms::microvm", {"progression": "manual", "times": 2})
    states = []
    for _ in range(3):
        assert local.send(microvm, headers)[0] == 201
        states.append(local.state(microvm))
    assert states == ["PENDING", "RUNNING", "RUNNING"]


def test_shell_token_over_http_is_a_502(local: LocalEndpoints) -> None:
    local.controls.serve(echo)
    connectors = [
        f"arn:aws:lambda:{REGION}:aws:network-connector:aws-network-connector:{name}"
        for name in ("HTTP_INGRESS", "SHELL_INGRESS")
    ]
    microvm = local.run(ingress_network_connectors=connectors)
    token = local.client.create_microvm_shell_auth_token(
        microvm_identifier=microvm.microvm_id, expiration_in_minutes=5
    )
    assert local.send(microvm, token.headers()) == NOTHING


def test_host_is_found_in_any_case(local: LocalEndpoints) -> None:
    local.controls.serve(echo)
    microvm = local.run()
    shouted = microvm.model_copy(update={"endpoint": microvm.endpoint.upper()})
    assert local.send(shouted)[0] == 201


def test_software_is_removed_when_a_mock_ends(image_request: Any) -> None:
    with mock_microvms() as controls:
        controls.serve(echo)
        controls.booting(100)
    with mock_microvms() as controls, MicroVMClient(region_name=REGION) as client:
        image = client.boto3_client.create_microvm_image(**image_request())["imageArn"]
        local = LocalEndpoints(controls, client, image)
        microvm = local.run()
        assert local.send(microvm) == NOTHING
        controls.serve(echo)
        assert local.send(microvm)[0] == 201


def test_program_of_production_runs_against_the_local_service(local: LocalEndpoints) -> None:
    local.controls.serve(echo)
    local.controls.booting(0.3)
    with running(local.client, image_identifier=local.image) as microvm:
        assert wait_until_responding(local.client, microvm, allowed_ports=PORTS) == 201
    with pytest.raises(WaiterError, match="TERMINATED"):
        wait_until_responding(local.client, microvm, allowed_ports=PORTS)
