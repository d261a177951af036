"""What the page on the environment claims about variables and settings of a profile."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import NoRegionError
from local_image import REGION, LocalService

from microvm_sdk import MicroVMClient
from microvm_sdk.testing import mock_microvms

GUIDES = Path(__file__).parent.parent.parent / "docs" / "guides"
PAGE = (GUIDES / "environment.md").read_text(encoding="utf-8")
LOCAL = "http://127.0.0.1"
REGION_HOST = f"https://lambda.{REGION}.amazonaws.com"
# What the machine that runs the tests may have set.
OF_THE_MACHINE = (
    "ALL_PROXY",
    "AWS_CA_BUNDLE",
    "HTTPS_PROXY",
    "NO_PROXY",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_FILE",
    "https_proxy",
    "no_proxy",
)
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


# Variables, the file of profiles, what is looked at, and what it is.
DECIDED: list[tuple[str, str, Callable[[Any], object], object]] = [
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
]


@pytest.mark.parametrize("row", DECIDED, ids=lambda row: " ".join(row[:2]))
def test_what_the_environment_decides(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    row: tuple[str, str, Callable[[Any], object], object],
) -> None:
    variables, config, fact, expected = row
    file = tmp_path / "config"
    file.write_text(config, encoding="utf-8")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
    for name in (*OF_THE_MACHINE, *(["AWS_DEFAULT_REGION"] if fact is region else [])):
        monkeypatch.delenv(name, raising=False)
    for variable in variables.split():
        monkeypatch.setenv(*variable.split("=", 1))
    if expected is None and fact is region:
        with pytest.raises(NoRegionError):
            MicroVMClient()
        return
    with MicroVMClient() as client:
        assert fact(client.boto3_client) == expected


def test_the_table_of_variables_names_those_that_were_tried() -> None:
    tried = {variable.split("=")[0] for row in DECIDED for variable in row[0].split()}
    assert {name for name in tried if f"`{name}`" not in PAGE} == set()


def test_an_argument_wins_over_a_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"{LOCAL}:1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "9")
    config = Config(retries={"total_max_attempts": 2})
    with MicroVMClient(region_name="us-east-1", endpoint_url=f"{LOCAL}:5", config=config) as client:
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
