"""What the guides claim: permissions, the texts of errors, what the environment decides."""

import ast
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import boto3
import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import DataNotFoundError
from fake_time import ServiceTime
from local_image import ONE_ATTEMPT, REGION, LocalImage, LocalService

from microvm_sdk import MicroVMClient, Port
from microvm_sdk._calls import boto3_client as _boto3_client
from microvm_sdk.connect import TokenSource, _door
from microvm_sdk.exceptions import NoCurrentVersionError, ResponseValidationError
from microvm_sdk.images import find_image
from microvm_sdk.lifecycle import running
from microvm_sdk.releases import plan_prune, promote, prune
from microvm_sdk.settings import image_settings
from microvm_sdk.testing import mock_microvms

DOCS = Path(__file__).parent.parent / "docs"
SOURCE = Path(__file__).parent.parent / "src" / "microvm_sdk"
PERMISSIONS = (DOCS / "guides" / "permissions.md").read_text(encoding="utf-8")
TROUBLESHOOTING = (DOCS / "guides" / "troubleshooting.md").read_text(encoding="utf-8")
PAGES = [
    *DOCS.glob("[!_]*.md"),
    *DOCS.glob("guides/*.md"),
    *DOCS.glob("reference/*.md"),
]


def description(path: Path) -> str:
    found = re.search(r'^    description: "(.+)"$', path.read_text(encoding="utf-8"), re.MULTILINE)
    return found[1] if found else ""


def test_each_page_has_a_title_and_a_description_of_its_own() -> None:
    titles = [re.findall(r"^# (.+)$", path.read_text(encoding="utf-8"), re.M)[0] for path in PAGES]
    assert len(set(titles)) == len(titles)
    assert [path.name for path in PAGES if not description(path)] == []
    assert len({description(path) for path in PAGES}) == len(PAGES)
    # Search engines cut longer ones.
    assert [path.name for path in PAGES if not 50 <= len(description(path)) <= 200] == []


# Permissions


def policies() -> dict[str, Any]:
    found = re.findall(
        r"^```\{code-block\} json\n:caption: (\S+)\.json\n\n(.*?)^```$", PERMISSIONS, re.M | re.S
    )
    return {name: json.loads(text) for name, text in found}


def statements(policy: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """Yield each action of a policy with its resources."""
    for statement in policy["Statement"]:
        actions, resources = statement["Action"], statement["Resource"]
        for action in [actions] if isinstance(actions, str) else actions:
            yield action, [resources] if isinstance(resources, str) else resources


def table_of_actions() -> dict[str, tuple[str, set[str]]]:
    """Return the resource of each action, and who needs it."""
    rows = re.findall(r"^\| `(lambda:\w+)` \| (.+?) \| (.+?) \|$", PERMISSIONS, re.M)
    found = {action: (resource, set(needed.split(", "))) for action, resource, needed in rows}
    assert len(found) == len(rows)
    return found


def operations(service: str) -> set[str]:
    model = botocore.session.get_session().get_service_model(service)
    return {f"lambda:{name}" for name in model.operation_names}


def test_the_permissions_page_names_every_action() -> None:
    assert set(table_of_actions()) == operations("lambda-microvms") | {
        "lambda:PassNetworkConnector"
    }


def test_the_policies_have_the_actions_and_resources_of_the_table() -> None:
    image = f"arn:aws:lambda:{REGION}:123456789012:microvm-image:web"
    resources = {"`*`": "*", "image": image, "managed image": image.replace("123456789012", "aws")}
    for action, (resource, needed_by) in table_of_actions().items():
        found = {
            name: given
            for name, policy in policies().items()
            if name in {"deployer", "operator", "application"}
            for allowed, given in statements(policy)
            if allowed == action
        }
        assert found.keys() == needed_by, action
        for given in found.values():
            assert resources[resource].replace("aws:microvm-image:web", "aws:microvm-image:*") in (
                given
            ), action


def test_the_policies_name_no_other_actions() -> None:
    known = operations("lambda-microvms") | operations("lambda-core")
    used = {
        action
        for name, policy in policies().items()
        if name != "trust"
        for action, _ in statements(policy)
        if action.startswith("lambda:")
    }
    assert used - known == {"lambda:PassNetworkConnector"}


def test_iam_accepts_the_policies() -> None:
    with mock_microvms():
        iam = boto3.client("iam", region_name=REGION)
        for name, policy in policies().items():
            if name == "trust":
                iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(policy))
            else:
                iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(policy))
    assert len(policies()) == 7


@pytest.fixture
def service(service_time: ServiceTime) -> Iterator[LocalService]:  # noqa: ARG001  Waits end at once.
    with mock_microvms() as controls:
        yield LocalService(controls)


@pytest.fixture
def image(service: LocalService) -> LocalImage:
    return service.image()


@contextmanager
def calls(client: MicroVMClient) -> Iterator[set[str]]:
    """Collect the actions that the calls of a client need."""
    found: set[str] = set()

    def collect(model: Any, **_: Any) -> None:
        found.add(f"lambda:{model.name}")

    events = client.boto3_client.meta.events
    events.register("before-call.lambda-microvms", collect)
    yield found
    events.unregister("before-call.lambda-microvms", collect)


def test_the_policies_allow_what_the_jobs_call(service: LocalService, image: LocalImage) -> None:
    client, version = service.client, {"image_identifier": image.arn}
    with calls(client) as deployed:
        assert find_image(client, "web")
        service.controls.fail_next_build("The container image build failed.")
        for expected in (pytest.raises(Exception, match="failed"), pytest.MonkeyPatch.context()):
            updated = client.update_microvm_image(**version, **image_settings(client, **version))
            with expected:
                client.wait_until_image_version_ready(
                    **version, image_version=updated.image_version
                )
    with calls(client) as operated:
        promote(client, **version, image_version="1.0")
        promote(client, **version, image_version="3.0")
        prune(client, plan_prune(client, **version, keep=1))
    with calls(client) as applied:
        with running(client, **version) as microvm:
            ports = [Port(port=8080)]
            TokenSource(
                client, microvm_identifier=microvm.microvm_id, allowed_ports=ports
            ).token()
        client.wait_until_microvm_terminated(microvm_identifier=microvm.microvm_id)
    for name, used in {"deployer": deployed, "operator": operated, "application": applied}.items():
        assert used
        assert used <= {action for action, _ in statements(policies()[name])}, name


# Troubleshooting

# What only the real service says.
REPORTED = [
    "Build workflow was interrupted by an exception",
    "Container Stopped with Exit Code: 1",
    "User: arn:aws:iam::123456789012:user/x is not authorized to perform: lambda:RunMicrovm on "
    f"resource: arn:aws:lambda:{REGION}:123456789012:microvm-image:web",
    "An error occurred (UnrecognizedClientException) when calling the GetMicrovmImage operation: "
    "The security token included in the request is invalid.",
]


def texts_of_the_source() -> list[str]:
    """Return the strings of the source that depend on nothing."""
    return [
        node.value.decode() if isinstance(node.value, bytes) else node.value
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes))
    ]


def quoted() -> list[str]:
    """Return the texts that the page quotes: its blocks, and code in the first column of tables."""
    blocks = re.findall(r"^```text\n(.*?)^```$", TROUBLESHOOTING, re.M | re.S)
    cells = re.findall(r"^\| (.*?) \|", TROUBLESHOOTING, re.M)
    spans = [span for cell in cells for span in re.findall(r"`([^`]+)`", cell) if " " in span]
    return [
        " ".join(text.split())
        for text in (*blocks, *spans)
        if not text.startswith(("aws ", "for ", "POST "))
    ]


def provoke(*functions: Callable[[], object]) -> Iterator[str]:
    for function in functions:
        with pytest.raises(Exception, match=".") as caught:
            function()
        yield str(caught.value)


def provoked(service: LocalService, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    image = service.image()
    client, controls, version = service.client, service.controls, {"image_identifier": image.arn}
    settings: Any = image_settings(client, **version)
    run: Callable[..., Any] = client.run_microvm
    yield str(NoCurrentVersionError(image.arn, client.list_microvm_image_versions(**version)))
    yield str(ResponseValidationError("RunMicrovm", ["state: Field required"], {}))
    yield from provoke(
        lambda: MicroVMClient(region_name="us-east-1", config=ONE_ATTEMPT).get_microvm_image(
            **version
        ),
        lambda: client.create_microvm_image(name="web", **settings),
        lambda: client.get_microvm_image(image_identifier="web"),
        lambda: client.get_microvm_image(image_identifier=image.arn + "x"),
        lambda: client.delete_microvm_image_version(**version, image_version="1.0"),
        lambda: run(image_identifier="web"),
        lambda: run(**version, run_hook_payload="x"),
        lambda: run(**version, logging={"cloudWatch": {}}),
        lambda: run(**version, egress_network_connectors=[connector("INTERNET_EGRESS")] * 2),
        lambda: run(**version, egress_network_connectors=[connector("NO_EGRESS")]),
        lambda: client.create_microvm_image(name="x", **{**settings, "base_image_version": "1.0"}),
        lambda: client.get_microvm(microvm_identifier="microvm-" + "0" * 36),
        lambda: boto3.client("lambda-core", region_name=REGION).list_network_connectors(),
    )
    microvm = run(**version, client_token="token")
    named: dict[str, Any] = {"microvm_identifier": microvm.microvm_id, "expiration_in_minutes": 61}
    yield from provoke(
        lambda: run(**version, client_token="token", maximum_duration_in_seconds=60),
        lambda: client.delete_microvm_image(**version),
        lambda: client.create_microvm_auth_token(**named, allowed_ports=[Port(port=80)]),
        lambda: client.create_microvm_shell_auth_token(**named | {"expiration_in_minutes": 5}),
    )
    client.terminate_microvm(microvm_identifier=microvm.microvm_id)
    client.wait_until_microvm_terminated(microvm_identifier=microvm.microvm_id)
    yield from provoke(lambda: client.resume_microvm(microvm_identifier=microvm.microvm_id))
    for schedule in (
        lambda: controls.throttle("RunMicrovm"),
        lambda: controls.exceed_quota("RunMicrovm"),
        controls.run_out_of_capacity,
    ):
        schedule()
        yield from provoke(lambda: run(**version))
    for status_code in (409, 400):
        controls.make_image_busy("web", status_code=status_code)
        yield from provoke(lambda: client.delete_microvm_image(**version))
    controls.fail_next_build("The container image build failed.")
    controls.hang_next_build("hanging")
    client.update_microvm_image(**version, **settings)
    client.create_microvm_image(name="hanging", **settings)
    controls.limit_concurrent_builds(1)
    wait: Callable[..., Any] = client.wait_until_image_version_ready
    yield from provoke(
        lambda: wait(**version, image_version="2.0"),
        lambda: wait(
            image_identifier=image.arn.replace(":web", ":hanging"), image_version="1.0", timeout=0
        ),
        lambda: client.create_microvm_image(name="third", **settings),
    )
    image.set_status("1.0", "INACTIVE")
    yield from provoke(lambda: run(**version))
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    yield from provoke(MicroVMClient)
    monkeypatch.setattr(_boto3_client, "_client_factory", lambda _: (unknown_service, None))
    yield from provoke(MicroVMClient)
    with patch.dict("sys.modules", {"httpx2": None}):
        monkeypatch.setattr(_door, "_PYTHON", (3, 13))
        yield from provoke(lambda: _door.require_httpx2("http_client"))


def connector(name: str) -> str:
    return f"arn:aws:lambda:{REGION}:aws:network-connector:aws-network-connector:{name}"


def unknown_service(*_: Any, **__: Any) -> None:
    raise DataNotFoundError(data_path="lambda-microvms")


def test_the_texts_in_the_troubleshooting_page_are_real(
    service: LocalService, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = [*REPORTED, *texts_of_the_source(), *provoked(service, monkeypatch)]
    texts = quoted()
    assert len(texts) > 40

    def is_real(text: str) -> bool:
        pattern = ".*".join(re.escape(part.strip()) for part in text.split("…"))
        return any(re.search(pattern, candidate) for candidate in real)

    assert [text for text in texts if not is_real(text)] == []
    used = [text for text in REPORTED if any(re.search(re.escape(part.split("…")[0]), text) for part in texts)]
    assert used == REPORTED


# The environment

LOCAL = "http://127.0.0.1"
REGION_HOST = f"https://lambda.{REGION}.amazonaws.com"
PROFILE = "[profile p]\nregion = eu-north-1\n"


def region(client: Any) -> object:
    return client.meta.region_name


def endpoint(client: Any) -> object:
    return client.meta.endpoint_url


def retries(client: Any) -> object:
    return client.meta.config.retries


def certificates(client: Any) -> object:
    return client._endpoint.http_session._verify


def proxies(client: Any) -> object:
    return client._endpoint.http_session._proxy_config.proxy_url_for(client.meta.endpoint_url)


@pytest.mark.parametrize(
    ("variables", "config", "fact", "expected"),
    [
        ("AWS_REGION=eu-west-2", "", region, None),
        ("AWS_DEFAULT_REGION=eu-west-2 AWS_REGION=eu-west-3", "", region, "eu-west-2"),
        ("AWS_PROFILE=p", PROFILE, region, "eu-north-1"),
        ("AWS_PROFILE=p AWS_DEFAULT_REGION=eu-west-2", PROFILE, region, "eu-west-2"),
        (
            "AWS_DEFAULT_PROFILE=p AWS_PROFILE=q",
            f"{PROFILE}[profile q]\nregion = us-west-2\n",
            region,
            "eu-north-1",
        ),
        (f"AWS_ENDPOINT_URL={LOCAL}:1", "", endpoint, f"{LOCAL}:1"),
        (
            f"AWS_ENDPOINT_URL={LOCAL}:1 AWS_ENDPOINT_URL_LAMBDA_MICROVMS={LOCAL}:2",
            "",
            endpoint,
            f"{LOCAL}:2",
        ),
        (
            f"AWS_ENDPOINT_URL={LOCAL}:1 AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true",
            "",
            endpoint,
            REGION_HOST,
        ),
        ("", f"[default]\nendpoint_url = {LOCAL}:3\n", endpoint, f"{LOCAL}:3"),
        (
            "",
            f"[default]\nendpoint_url = {LOCAL}:3\nignore_configured_endpoint_urls = true\n",
            endpoint,
            REGION_HOST,
        ),
        (
            "",
            f"[default]\nservices = s\n[services s]\nlambda_microvms =\n  endpoint_url = {LOCAL}:4\n",
            endpoint,
            f"{LOCAL}:4",
        ),
        (
            "AWS_USE_FIPS_ENDPOINT=true AWS_DEFAULT_REGION=us-east-1",
            "",
            endpoint,
            "https://lambda-fips.us-east-1.amazonaws.com",
        ),
        ("AWS_USE_DUALSTACK_ENDPOINT=true", "", endpoint, f"https://lambda.{REGION}.api.aws"),
        (
            "AWS_RETRY_MODE=adaptive AWS_MAX_ATTEMPTS=9",
            "",
            retries,
            {"mode": "adaptive", "total_max_attempts": 9},
        ),
        (
            "",
            "[default]\nretry_mode = legacy\nmax_attempts = 4\n",
            retries,
            {"mode": "legacy", "total_max_attempts": 4},
        ),
        ("AWS_CA_BUNDLE=/a REQUESTS_CA_BUNDLE=/b", "", certificates, "/a"),
        ("REQUESTS_CA_BUNDLE=/b SSL_CERT_FILE=/c", "", certificates, "/b"),
        ("SSL_CERT_FILE=/c", "", certificates, True),
        ("", "[default]\nca_bundle = /d\n", certificates, "/d"),
        ("HTTPS_PROXY=http://p:1", "", proxies, "http://p:1"),
        ("https_proxy=http://p:1", "", proxies, "http://p:1"),
        ("HTTPS_PROXY=http://p:1 NO_PROXY=.amazonaws.com", "", proxies, None),
        ("ALL_PROXY=http://p:1", "", proxies, None),
    ],
)
def test_what_the_environment_decides(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    variables: str,
    config: str,
    fact: Callable[[Any], object],
    expected: object,
) -> None:
    file = tmp_path / "config"
    file.write_text(config, encoding="utf-8")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
    if fact is region:
        monkeypatch.delenv("AWS_DEFAULT_REGION")
    for variable in variables.split():
        monkeypatch.setenv(*variable.split("=", 1))
    if expected is None and fact is region:
        with pytest.raises(botocore.exceptions.NoRegionError):
            MicroVMClient()
        return
    with MicroVMClient() as client:
        assert fact(client.boto3_client) == expected


def test_the_table_of_variables_names_those_that_were_tried() -> None:
    page = (DOCS / "guides" / "environment.md").read_text(encoding="utf-8")
    (marker,) = [
        mark for mark in test_what_the_environment_decides.pytestmark if mark.name == "parametrize"
    ]
    tried = {
        variable.split("=")[0] for variables, *_ in marker.args[1] for variable in variables.split()
    }
    assert {name for name in tried if f"`{name}`" not in page} == set()


def test_an_argument_wins_over_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"{LOCAL}:1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "9")
    config = Config(retries={"total_max_attempts": 2})
    with MicroVMClient(
        region_name="us-east-1", endpoint_url=f"{LOCAL}:5", config=config
    ) as client:
        raw: Any = client.boto3_client
        assert (region(raw), endpoint(raw)) == ("us-east-1", f"{LOCAL}:5")
        assert raw.meta.config.retries["total_max_attempts"] == 2


def test_the_user_agent_has_the_name_of_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SDK_UA_APP_ID", "my-app")
    sent: list[str] = []
    with mock_microvms(), MicroVMClient() as client:
        client.boto3_client.meta.events.register_first(
            "before-send.lambda-microvms",
            lambda request, **_: sent.append(request.headers["User-Agent"].decode()),
        )
        assert list(client.list_microvm_images()) == []
    assert "app/my-app" in sent[0]
    assert "microvm-sdk/" in sent[0]


def test_the_account_of_the_local_service(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTO_ACCOUNT_ID", "111111111111")
    with mock_microvms() as controls:
        assert ":111111111111:" in LocalService(controls).image().arn
