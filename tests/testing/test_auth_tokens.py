import base64
import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from microvm_sdk.testing import Controls
from microvm_sdk.testing._service.http.service_model import shape_members

CONNECTOR = "arn:aws:lambda:us-east-2:aws:network-connector:aws-network-connector:"
REACHED = (200, "")
MISSING = (403, "Request missing authentication")
FAILED = (403, "Token authentication failed")
DENIED = (403, "Access to port denied")
NOT_RUNNING = (502, "")
POLICY = {
    "maxIdleDurationSeconds": 60,
    "suspendedDurationSeconds": 600,
    "autoResumeEnabled": True,
}
SHELL_REQUIRED = (
    "Shell access requires SHELL_INGRESS network connector to be configured on the MicroVM."
)


@pytest.fixture
def token(client: Any) -> Callable[..., Any]:
    def token(microvm: str, *ports: Any, minutes: int = 5) -> Any:
        response = client.create_microvm_auth_token(
            microvmIdentifier=microvm,
            expirationInMinutes=minutes,
            allowedPorts=list(ports) or [{"port": 8080}],
        )
        return response["authToken"]["X-aws-proxy-auth"]

    return token


# A specification, a port that it includes, and one that it does not.
SPECIFICATIONS: list[tuple[dict[str, Any], int, int | None]] = [
    ({"port": 8080}, 8080, 8081),
    ({"range": {"startPort": 3000, "endPort": 3010}}, 3010, 3011),
    ({"allPorts": {}}, 65535, None),
]


def test_every_member_of_the_union_is_in_the_table() -> None:
    members = {tag for specification, *_ in SPECIFICATIONS for tag in specification}
    assert members == shape_members("PortSpecification").keys(), "add the new ones above"


@pytest.mark.parametrize("case", SPECIFICATIONS)
def test_a_token_gives_access_to_its_ports_only(
    case: tuple[Any, int, int | None], controls: Controls, run: Any, token: Any
) -> None:
    specification, inside, outside = case
    microvm = run()
    its_token = token(microvm, specification)
    assert controls.visit(microvm, its_token, port=inside) == REACHED
    assert controls.visit(microvm, its_token, port=str(inside)) == REACHED
    if outside is not None:
        assert controls.visit(microvm, its_token, port=outside) == DENIED


def test_without_a_port_the_port_is_8080(controls: Controls, run: Any, token: Any) -> None:
    microvm = run()
    assert controls.visit(microvm, token(microvm, {"port": 8080})) == REACHED
    assert controls.visit(microvm, token(microvm, {"port": 80})) == DENIED


def test_an_invalid_port_is_a_400(controls: Controls, run: Any, token: Any) -> None:
    microvm = run()
    its_token = token(microvm, {"allPorts": {}})
    invalid: list[Any] = ["", "x", "0", "-1", "65536", "8080 ", "80.5", "\uff19", 0, 70_000]
    for port in invalid:
        assert controls.visit(microvm, its_token, port=port).status == 400, port
    for port in (1, 65_535):
        assert controls.visit(microvm, its_token, port=port) == REACHED


def test_a_token_expires(controls: Controls, run: Any, token: Any) -> None:
    microvm = run()
    its_token = token(microvm, minutes=60)
    controls.advance_clock(3590)
    assert controls.visit(microvm, its_token) == REACHED
    controls.advance_clock(11)
    assert controls.visit(microvm, its_token) == FAILED


def test_a_token_is_for_its_microvm_and_cannot_be_invented(
    client: Any, controls: Controls, run: Any, token: Any
) -> None:
    microvm = run()
    image = client.get_microvm(microvmIdentifier=microvm)["imageArn"]
    other = client.run_microvm(imageIdentifier=image)["microvmId"]
    its_token = token(microvm)
    header, key, nonce, content, tag = its_token.split(".")
    swapped = content[1:] + content[0]
    for unreadable in (
        *(None, "", "a.b.c", "a.b.c.d.e", "é.b.c.d.e", f"{its_token}x", f"{its_token}.x"),
        f"{header}.{key}.{nonce}.{swapped}.{tag}",
    ):
        assert controls.visit(microvm, unreadable) == MISSING
    assert controls.visit(other, its_token) == FAILED
    assert controls.visit("microvm-none", its_token) == FAILED


def test_a_microvm_is_found_by_its_endpoint(
    client: Any, controls: Controls, run: Any, token: Any
) -> None:
    microvm = run()
    endpoint = client.get_microvm(microvmIdentifier=microvm)["endpoint"]
    assert controls.visit(endpoint, token(microvm)) == REACHED


@pytest.mark.parametrize(
    ("ports", "length"),
    [
        ([{"port": 8080}], 823),
        ([{"port": 1}, {"range": {"startPort": 3000, "endPort": 3010}}], 823),
        ([{"allPorts": {}}], 767),
    ],
)
def test_a_token_has_the_form_and_length_of_the_real_ones(
    ports: Any, length: int, run: Any, token: Any
) -> None:
    its_token = token(run(), *ports)
    header, key, *rest = its_token.split(".")
    decoded = json.loads(base64.urlsafe_b64decode(header + "=="))
    assert len(its_token) == length
    assert list(decoded) == ["kid", "alg", "enc"]
    assert (decoded["alg"], decoded["enc"]) == ("dir", "A256GCM")
    assert key == ""
    assert len(rest) == 3
    assert all(re.fullmatch(r"[A-Za-z0-9_-]+", part) for part in rest)


def test_a_token_with_many_ports_is_longer_and_works(
    controls: Controls, run: Any, token: Any
) -> None:
    microvm = run()
    its_token = token(microvm, *({"port": port} for port in range(9000, 9100)))
    assert controls.visit(microvm, its_token, port=9099) == REACHED
    assert controls.visit(microvm, its_token, port=9100) == DENIED


def test_a_token_is_valid_for_sixty_minutes_at_most(client: Any, run: Any, token: Any) -> None:
    with pytest.raises(
        client.exceptions.ValidationException,
        match=re.escape("ExpirationMinutes 61 exceeded max allowed of 60."),
    ):
        token(run(), minutes=61)


def test_every_microvm_that_is_not_terminated_gets_tokens(
    client: Any, controls: Controls, run: Any, token: Any
) -> None:
    controls.set_transition("lambdamicrovms::microvm", {"progression": "manual", "times": 1})
    microvm = run()
    assert controls.visit(microvm, token(microvm)) == NOT_RUNNING
    assert client.get_microvm(microvmIdentifier=microvm)["state"] == "RUNNING"
    client.suspend_microvm(microvmIdentifier=microvm)
    token(microvm)
    assert client.get_microvm(microvmIdentifier=microvm)["state"] == "SUSPENDED"
    token(microvm)
    client.terminate_microvm(microvmIdentifier=microvm)
    with pytest.raises(client.exceptions.ValidationException) as caught:
        token(microvm)
    assert caught.value.response["Error"]["Message"] == (
        f"The MicroVM {microvm} has been terminated and its state cannot be changed."
    )


@pytest.mark.parametrize("resumes", [True, False])
def test_a_request_resumes_a_suspended_microvm_only_if_its_policy_says_so(
    resumes: bool, client: Any, controls: Controls, run: Any, token: Any
) -> None:
    microvm = run(idlePolicy=POLICY | {"autoResumeEnabled": resumes})
    its_token = token(microvm)
    client.suspend_microvm(microvmIdentifier=microvm)
    assert controls.visit(microvm, its_token) == (REACHED if resumes else NOT_RUNNING)
    state = client.get_microvm(microvmIdentifier=microvm)["state"]
    assert state == ("RUNNING" if resumes else "SUSPENDED")


def test_a_starting_or_terminated_microvm_is_a_502(
    client: Any, controls: Controls, run: Any, token: Any
) -> None:
    microvm = run()
    its_token = token(microvm)
    client.suspend_microvm(microvmIdentifier=microvm)
    client.get_microvm(microvmIdentifier=microvm)
    controls.set_transition("lambdamicrovms::microvm", {"progression": "manual", "times": 9})
    client.resume_microvm(microvmIdentifier=microvm)
    assert controls.visit(microvm, its_token) == NOT_RUNNING
    client.terminate_microvm(microvmIdentifier=microvm)
    assert controls.visit(microvm, its_token) == NOT_RUNNING


def test_a_request_that_resumes_is_held_until_the_microvm_runs_or_ends(
    client: Any, controls: Controls, run: Any, token: Any
) -> None:
    microvm = run(idlePolicy=POLICY)
    its_token = token(microvm)
    for expected in (REACHED, NOT_RUNNING):
        controls.advance_clock(61)
        assert client.get_microvm(microvmIdentifier=microvm)["state"] == "SUSPENDED"
        controls.set_transition("lambdamicrovms::microvm", {"progression": "time", "seconds": 9})
        assert controls.visit(microvm, its_token) == expected
        controls.unset_transition("lambdamicrovms::microvm")
        controls.fail_next_microvm("resume", "No.")
    ended = client.get_microvm(microvmIdentifier=microvm)
    assert (ended["state"], ended["stateReason"]) == ("TERMINATED", "No.")


@pytest.mark.parametrize(
    ("ingress", "message"),
    [
        (["SHELL_INGRESS"], None),
        (["HTTP_INGRESS", "SHELL_INGRESS"], None),
        (None, SHELL_REQUIRED),
        (["ALL_INGRESS"], SHELL_REQUIRED),
        (
            ["SHELL_INGRESS", "ALL_INGRESS"],
            (
                "ALL_INGRESS cannot be combined with other ingress network connectors; "
                "use HTTP_INGRESS and/or SHELL_INGRESS instead"
            ),
        ),
    ],
)
def test_a_shell_needs_shell_ingress_and_no_all_ingress(
    ingress: Any, message: Any, client: Any, run: Any
) -> None:
    parameters = {}
    if ingress is not None:
        parameters["ingressNetworkConnectors"] = [f"{CONNECTOR}{name}" for name in ingress]
    request = {"microvmIdentifier": run(**parameters), "expirationInMinutes": 5}
    if message is None:
        token = client.create_microvm_shell_auth_token(**request)["authToken"]
        assert list(token) == ["X-aws-proxy-auth"]
        return
    with pytest.raises(client.exceptions.ValidationException) as caught:
        client.create_microvm_shell_auth_token(**request)
    assert caught.value.response["Error"]["Message"] == message
