from typing import Any

import pytest

from microvm_sdk.testing import Controls

HOUR = 3600
VPC = "arn:aws:lambda:us-east-2:123456789012:network-connector:private"
IDLE = {"maxIdleDurationSeconds": 60, "suspendedDurationSeconds": 600, "autoResumeEnabled": True}


def get(client: Any, microvm: str) -> Any:
    return client.get_microvm(microvmIdentifier=microvm)


def test_a_microvm_is_pending_then_running(client: Any, create: Any) -> None:
    microvm = client.run_microvm(imageIdentifier=create())
    assert microvm["state"] == "PENDING"
    assert microvm["microvmId"].startswith("microvm-")
    assert "://" not in microvm["endpoint"]
    assert microvm["microvmId"].removeprefix("microvm-") not in microvm["endpoint"]
    assert get(client, microvm["microvmId"])["state"] == "RUNNING"


def test_suspending_and_resuming_twice_succeeds(client: Any, run: Any) -> None:
    microvm = run()
    for _ in range(2):
        client.suspend_microvm(microvmIdentifier=microvm)
        assert get(client, microvm)["state"] == "SUSPENDED"
    for _ in range(2):
        client.resume_microvm(microvmIdentifier=microvm)
        assert get(client, microvm)["state"] == "RUNNING"


def test_a_terminated_microvm_stays_readable_and_stays_terminated(client: Any, run: Any) -> None:
    microvm = run()
    for _ in range(2):
        client.terminate_microvm(microvmIdentifier=microvm)
        ended = get(client, microvm)
        assert (ended["state"], ended["stateReason"]) == ("TERMINATED", "Success.")
        assert ended["terminatedAt"] >= ended["startedAt"]
    for call in (client.suspend_microvm, client.resume_microvm):
        with pytest.raises(client.exceptions.ValidationException, match="has been terminated"):
            call(microvmIdentifier=microvm)


def test_changing_a_microvm_in_transition_is_a_conflict(
    client: Any, controls: Controls, run: Any
) -> None:
    controls.set_transition("lambdamicrovms::microvm", {"progression": "manual", "times": 2})
    microvm = run()
    for call in (client.suspend_microvm, client.resume_microvm):
        with pytest.raises(client.exceptions.ConflictException, match="state: PENDING"):
            call(microvmIdentifier=microvm)
    assert [get(client, microvm)["state"] for _ in range(2)] == ["PENDING", "RUNNING"]
    client.suspend_microvm(microvmIdentifier=microvm)
    with pytest.raises(client.exceptions.ConflictException, match="state: SUSPENDING"):
        client.resume_microvm(microvmIdentifier=microvm)
    client.suspend_microvm(microvmIdentifier=microvm)
    assert [get(client, microvm)["state"] for _ in range(2)] == ["SUSPENDING", "SUSPENDED"]
    client.terminate_microvm(microvmIdentifier=microvm)
    ending = get(client, microvm)
    assert ending["state"] == "TERMINATING"
    assert "terminatedAt" not in ending
    assert get(client, microvm)["state"] == "TERMINATED"


@pytest.mark.parametrize(
    ("parameters", "seconds"), [({}, 28_800), ({"maximumDurationInSeconds": 60}, 60)]
)
def test_a_microvm_ends_at_its_maximum_duration(
    parameters: Any, seconds: int, client: Any, controls: Controls, run: Any
) -> None:
    microvm = run(**parameters)
    controls.advance_clock(seconds - 5)
    assert get(client, microvm)["state"] == "RUNNING"
    controls.advance_clock(6)
    ended = get(client, microvm)
    assert ended["state"] == "TERMINATED"
    assert ended["stateReason"] == "MicroVM exceeded maximum lifetime."
    assert (ended["terminatedAt"] - ended["startedAt"]).total_seconds() == pytest.approx(seconds)


def test_an_idle_microvm_is_suspended_then_terminated(
    client: Any, controls: Controls, run: Any
) -> None:
    microvm = run(idlePolicy=IDLE)
    assert get(client, microvm)["state"] == "RUNNING"
    controls.advance_clock(61)
    assert get(client, microvm)["state"] == "SUSPENDED"
    client.resume_microvm(microvmIdentifier=microvm)
    controls.advance_clock(59)
    assert get(client, microvm)["state"] == "RUNNING"
    controls.advance_clock(2)
    assert get(client, microvm)["state"] == "SUSPENDED"
    controls.advance_clock(600)
    assert get(client, microvm)["state"] == "TERMINATED"


def test_idleness_counts_from_its_start_even_without_polls(
    client: Any, controls: Controls, run: Any
) -> None:
    microvm = run(idlePolicy=IDLE)
    get(client, microvm)
    controls.advance_clock(HOUR)
    ended = get(client, microvm)
    assert ended["state"] == "TERMINATED"
    assert (ended["terminatedAt"] - ended["startedAt"]).total_seconds() == pytest.approx(660)


@pytest.mark.parametrize("seconds", [28_800, 10**10, 10**15])
def test_idle_policy_that_is_longer_than_the_maximum_duration_does_not_shorten_it(
    seconds: int, client: Any, controls: Controls, run: Any
) -> None:
    policy = {"maxIdleDurationSeconds": seconds, "suspendedDurationSeconds": seconds}
    microvm = run(idlePolicy={**policy, "autoResumeEnabled": True})
    get(client, microvm)
    controls.advance_clock(HOUR)
    assert get(client, microvm)["state"] == "RUNNING"
    client.suspend_microvm(microvmIdentifier=microvm)
    controls.advance_clock(HOUR)
    assert get(client, microvm)["state"] == "SUSPENDED"
    controls.advance_clock(8 * HOUR)
    ended = get(client, microvm)
    assert ended["state"] == "TERMINATED"
    assert (ended["terminatedAt"] - ended["startedAt"]).total_seconds() == pytest.approx(28_800)


def test_microvms_are_listed_by_image_and_version(client: Any, create: Any, update: Any) -> None:
    first, second = create("first"), create("second")
    update(first)
    client.get_microvm_image(imageIdentifier=first)
    old = client.run_microvm(imageIdentifier=first, imageVersion="1.0")["microvmId"]
    new = client.run_microvm(imageIdentifier=first)["microvmId"]
    other = client.run_microvm(imageIdentifier=second)["microvmId"]

    def listed(**filters: Any) -> Any:
        return [each["microvmId"] for each in client.list_microvms(**filters)["items"]]

    assert listed() == [old, new, other]
    assert listed(imageIdentifier=first) == [old, new]
    assert listed(imageIdentifier=first, imageVersion="2.0") == [new]
    with pytest.raises(client.exceptions.ValidationException):
        listed(imageIdentifier="first")


def test_the_settings_of_the_request_are_returned(client: Any, run: Any) -> None:
    connector = "arn:aws:lambda:us-east-2:aws:network-connector:aws-network-connector:"
    role = "arn:aws:iam::123456789012:role/example-run"
    microvm = get(
        client,
        run(
            idlePolicy=IDLE,
            executionRoleArn=role,
            maximumDurationInSeconds=600,
            ingressNetworkConnectors=[f"{connector}SHELL_INGRESS"],
            egressNetworkConnectors=[VPC],
        ),
    )
    assert microvm["idlePolicy"] == IDLE
    assert microvm["executionRoleArn"] == role
    assert microvm["maximumDurationInSeconds"] == 600
    assert microvm["ingressNetworkConnectors"] == [f"{connector}SHELL_INGRESS"]
    assert microvm["egressNetworkConnectors"] == [VPC]


@pytest.mark.parametrize("parameters", [{}, {"egressNetworkConnectors": []}])
def test_a_microvm_has_the_egress_connector_of_its_version(
    parameters: Any, client: Any, create: Any
) -> None:
    arn = create(egressNetworkConnectors=[VPC])
    assert client.run_microvm(imageIdentifier=arn, **parameters)["egressNetworkConnectors"] == [VPC]


def test_a_resumed_microvm_is_pending_before_it_runs(
    client: Any, controls: Controls, run: Any
) -> None:
    microvm = run()
    client.suspend_microvm(microvmIdentifier=microvm)
    before = get(client, microvm)
    controls.set_transition("lambdamicrovms::microvm", {"progression": "manual", "times": 2})
    client.resume_microvm(microvmIdentifier=microvm)
    assert [get(client, microvm)["state"] for _ in range(2)] == ["PENDING", "RUNNING"]
    after = get(client, microvm)
    for member in ("microvmId", "endpoint", "startedAt"):
        assert before[member] == after[member]


def test_a_lag_that_is_set_again_hides_no_older_change(
    client: Any, controls: Controls, run: Any
) -> None:
    microvm = run()
    controls.set_lag("GetMicrovm", reads=9)
    client.suspend_microvm(microvmIdentifier=microvm)
    assert get(client, microvm)["state"] == "RUNNING"
    controls.unset_lag("GetMicrovm")
    assert get(client, microvm)["state"] == "SUSPENDED"
    controls.set_lag("GetMicrovm", reads=9)
    assert get(client, microvm)["state"] == "SUSPENDED"
