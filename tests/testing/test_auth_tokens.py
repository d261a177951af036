from collections.abc import Callable
from typing import Any

import pytest

from microvm_sdk.testing import Controls

CONNECTOR = "arn:aws:lambda:us-east-2:aws:network-connector:aws-network-connector:"


@pytest.fixture
def token(client: Any) -> Callable[..., Any]:
    def token(microvm: str, *ports: Any, minutes: int = 5) -> Any:
        answer = client.create_microvm_auth_token(
            microvmIdentifier=microvm,
            expirationInMinutes=minutes,
            allowedPorts=list(ports) or [{"port": 8080}],
        )
        return answer["authToken"]["X-aws-proxy-auth"]

    return token


@pytest.mark.parametrize(
    "case",
    [
        ({"port": 8080}, 8080, 8081),
        ({"range": {"startPort": 3000, "endPort": 3010}}, 3010, 3011),
        ({"allPorts": {}}, 65535, None),
    ],
)
def test_a_token_opens_its_ports_only(
    case: tuple[Any, int, int | None],
    controls: Controls,
    run: Callable[..., Any],
    token: Callable[..., Any],
) -> None:
    specification, inside, outside = case
    microvm = run()
    its_token = token(microvm, specification)
    assert controls.visit(microvm, its_token, port=inside) == 200
    if outside is not None:
        assert controls.visit(microvm, its_token, port=outside) == 403


def test_a_token_expires(
    controls: Controls, run: Callable[..., Any], token: Callable[..., Any]
) -> None:
    microvm = run()
    its_token = token(microvm, minutes=60)
    controls.advance_clock(3590)
    assert controls.visit(microvm, its_token) == 200
    controls.advance_clock(11)
    assert controls.visit(microvm, its_token) == 403


def test_a_token_is_its_microvms_and_cannot_be_made_up(
    client: Any, controls: Controls, run: Callable[..., Any], token: Callable[..., Any]
) -> None:
    microvm = run()
    image = client.get_microvm(microvmIdentifier=microvm)["imageArn"]
    other = client.run_microvm(imageIdentifier=image)["microvmId"]
    its_token = token(microvm)
    head, _, signature = its_token.split(".")
    for wrong in (None, "", "a.b.c", "é.b.c", f"{head}.e30.{signature}", f"{its_token}x"):
        assert controls.visit(microvm, wrong) == 403
    assert controls.visit(other, its_token) == 403
    assert controls.visit("microvm-none", its_token) == 403


def test_a_token_lives_sixty_minutes_at_most(
    client: Any, run: Callable[..., Any], token: Callable[..., Any]
) -> None:
    with pytest.raises(client.exceptions.ValidationException, match="less than or equal to 60"):
        token(run(), minutes=61)


def test_only_what_runs_or_is_suspended_gets_tokens(
    client: Any, controls: Controls, run: Callable[..., Any], token: Callable[..., Any]
) -> None:
    controls.set_transition("lambdamicrovms::microvm", {"progression": "manual", "times": 1})
    microvm = run()
    with pytest.raises(client.exceptions.ConflictException, match="PENDING"):
        token(microvm)
    controls.unset_transition("lambdamicrovms::microvm")
    token(microvm)
    client.suspend_microvm(microvmIdentifier=microvm)
    token(microvm)
    client.terminate_microvm(microvmIdentifier=microvm)
    with pytest.raises(client.exceptions.ValidationException, match="has been terminated"):
        token(microvm)


def test_a_suspended_microvm_wakes_at_a_visit_only_where_its_policy_says_so(
    client: Any, controls: Controls, run: Callable[..., Any], token: Callable[..., Any]
) -> None:
    microvm = run(
        idlePolicy={
            "maxIdleDurationSeconds": 60,
            "suspendedDurationSeconds": 600,
            "autoResumeEnabled": True,
        }
    )
    its_token = token(microvm)
    controls.advance_clock(50)
    assert controls.visit(microvm, its_token) == 200
    controls.advance_clock(50)
    assert client.get_microvm(microvmIdentifier=microvm)["state"] == "RUNNING"
    controls.advance_clock(50)
    assert client.get_microvm(microvmIdentifier=microvm)["state"] == "SUSPENDED"
    assert controls.visit(microvm, its_token) == 200
    assert client.get_microvm(microvmIdentifier=microvm)["state"] == "RUNNING"

    image = client.get_microvm(microvmIdentifier=microvm)["imageArn"]
    sleeper = client.run_microvm(imageIdentifier=image)["microvmId"]
    its_token = token(sleeper)
    client.suspend_microvm(microvmIdentifier=sleeper)
    assert controls.visit(sleeper, its_token) == 502


def test_shells_need_both_connectors(client: Any, run: Callable[..., Any]) -> None:
    def shell(microvm: str) -> Any:
        return client.create_microvm_shell_auth_token(
            microvmIdentifier=microvm, expirationInMinutes=5
        )["authToken"]

    microvm = run(
        ingressNetworkConnectors=[f"{CONNECTOR}HTTP_INGRESS", f"{CONNECTOR}SHELL_INGRESS"]
    )
    image = client.get_microvm(microvmIdentifier=microvm)["imageArn"]
    assert list(shell(microvm)) == ["X-aws-proxy-auth"]
    for connectors, missing in (
        ({}, "SHELL_INGRESS"),
        ({"ingressNetworkConnectors": [f"{CONNECTOR}SHELL_INGRESS"]}, "HTTP_INGRESS"),
    ):
        other = client.run_microvm(imageIdentifier=image, **connectors)["microvmId"]
        with pytest.raises(client.exceptions.ValidationException, match=missing):
            shell(other)
