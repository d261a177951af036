"""The SDK's loader finds the same data as botocore's."""

import copy
import gc
import json
import os
import pickle
import shutil
import sys
from pathlib import Path

import botocore.session
import pytest
from botocore.exceptions import DataNotFoundError, UnknownServiceError
from botocore.loaders import JSONFileLoader, Loader, create_loader

from microvm_sdk import MicroVMClient
from microvm_sdk._calls import botocore_data as _botocore_data
from microvm_sdk._calls.botocore_data import use_fast_loader

BUILTIN = Path(Loader.BUILTIN_DATA_PATH)
SERVICE = Path("lambda-microvms", "2025-09-09")


@pytest.fixture(autouse=True)
def _nothing_read_before() -> None:
    # botocore writes the endpoints that it resolved into the data.
    _botocore_data._shared_loader.cache_clear()


def session() -> botocore.session.Session:
    """Return a session as the SDK makes its own."""
    made = botocore.session.Session()
    use_fast_loader(made)
    return made


@pytest.mark.parametrize(
    ("service", "data"),
    [
        ("lambda-microvms", "service-2"),
        ("lambda-microvms", "paginators-1"),
        ("lambda-microvms", "endpoint-rule-set-1"),
        ("sts", "service-2"),
        ("s3", "service-2"),
        ("s3", "waiters-2"),
    ],
)
def test_data_of_a_service_are_botocores(service: str, data: str) -> None:
    found = session().get_component("data_loader").load_service_model(service, data)
    # As text, so that the order matters.
    assert json.dumps(found) == json.dumps(Loader().load_service_model(service, data))


@pytest.mark.parametrize("data", ["endpoints", "partitions", "sdk-default-configuration"])
def test_data_of_no_service_are_botocores(data: str) -> None:
    assert session().get_component("data_loader").load_data(data) == Loader().load_data(data)


ENDPOINTS = (BUILTIN / "endpoints.json").read_bytes()


def services(text: bytes = ENDPOINTS) -> list[_botocore_data._Services]:
    """Return the services of each partition, none of which has been read."""
    return [
        partition["services"] for partition in _botocore_data._load_endpoints(text)["partitions"]
    ]


def test_endpoints_are_read_a_service_at_a_time() -> None:
    whole = json.loads(ENDPOINTS)["partitions"]
    assert len(services()) == len(whole) > 5
    for lazy, partition in zip(services(), whole, strict=True):
        found = {name: lazy.get(name) for name in partition["services"]}
        assert "data" not in vars(lazy), "everything was read"
        assert found == partition["services"]


def test_services_behave_like_the_dict_that_they_replace() -> None:
    first, whole = services()[0], json.loads(ENDPOINTS)["partitions"][0]["services"]
    assert first.get("lambda-macrovms") is None
    assert first.get("lambda-macrovms", {}) == {}
    assert first.get('lambda" : {') is first.get(5) is None
    assert first == whole
    assert whole == first
    assert services()[0] == services()[0] != services()[1]
    assert list(services()[0]) == list(whole)
    assert (len(services()[0]), "lambda" in services()[0]) == (len(whole), True)
    assert services()[0]["lambda"] == services()[0].copy()["lambda"] == whole["lambda"]
    assert dict(services()[0].items()) == {**services()[0]} == whole
    for again in (copy.deepcopy(services()[0]), pickle.loads(pickle.dumps(services()[0]))):  # noqa: S301  The test made the pickle.
        assert again == whole


def test_service_that_a_program_adds_is_found() -> None:
    first = services()[0]
    first["ours"] = {"endpoints": {}}
    assert first.get("ours") == {"endpoints": {}}
    assert first.get("lambda") == first["lambda"]


@pytest.mark.parametrize(
    "text",
    [
        b"{}",
        b"[]",
        b"5",
        ENDPOINTS.replace(b" : ", b": "),
        ENDPOINTS.replace(b"\n    }", b"\n }"),
        json.dumps(json.loads(ENDPOINTS)).encode(),
        json.dumps(json.loads(ENDPOINTS), indent=2).encode(),
        ENDPOINTS.replace(b'"services" : {', b'"services" : 5, "old" : {', 1),
    ],
    ids=range(8),
)
def test_endpoints_in_another_form_are_read_as_a_whole(text: bytes) -> None:
    found = _botocore_data._load_endpoints(text)
    assert found == json.loads(text)
    assert json.dumps(found) == json.dumps(json.loads(text)), "there is a lazy part"


def test_services_in_another_form_are_read_as_a_whole() -> None:
    text = ENDPOINTS.replace(b'\n      "', b'\n       "')
    assert (
        services(text)[0].get("lambda")
        == json.loads(ENDPOINTS)["partitions"][0]["services"]["lambda"]
    )


@pytest.mark.parametrize("service", ["sts", "sso", "sso-oidc", "dynamodb", "s3"])
def test_session_makes_clients_of_other_services(service: str) -> None:
    made = session().create_client(service, region_name="eu-west-1")
    botocores = botocore.session.Session().create_client(service, region_name="eu-west-1")
    assert made.meta.endpoint_url == botocores.meta.endpoint_url
    assert made.meta.method_to_api_mapping == botocores.meta.method_to_api_mapping


def test_data_are_read_once_in_a_program() -> None:
    first, second = (session().get_component("data_loader") for _ in range(2))
    endpoints = first.load_data("endpoints")
    assert second.load_data("endpoints") is endpoints


def test_client_with_a_session_of_its_own_reads_no_other_services_folder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> None:
        pytest.fail("botocore searched for the services that have the data")

    # The program does not use boto3.
    monkeypatch.delitem(sys.modules, "boto3")
    monkeypatch.setattr(botocore.session, "create_loader", create_loader)
    monkeypatch.setattr(Loader, "list_available_services", refuse)
    with MicroVMClient() as client:
        assert client.boto3_client.meta.service_model.service_name == "lambda-microvms"


def test_file_that_only_botocore_can_read_is_read_by_botocore(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    files = _botocore_data._Files()
    assert files.load_file(str(tmp_path / "service-2")) is None
    monkeypatch.setattr(JSONFileLoader, "load_file", lambda _, path: {"read": path})
    assert files.load_file("service-2") == {"read": "service-2"}


@pytest.mark.parametrize("enabled", [True, False])
def test_state_of_the_garbage_collector_is_restored(enabled: bool, tmp_path: Path) -> None:
    (tmp_path / "fine.json").write_text("{}")
    (tmp_path / "broken.json").write_text("{")
    files = _botocore_data._Files()
    try:
        gc.enable() if enabled else gc.disable()
        assert files.load_file(str(tmp_path / "fine")) == {}
        assert gc.isenabled() is enabled
        with pytest.raises(ValueError, match="Expecting property name"):
            files.load_file(str(tmp_path / "broken"))
        assert gc.isenabled() is enabled
    finally:
        gc.enable()


def test_unknown_service_is_refused_as_by_botocore() -> None:
    with pytest.raises(UnknownServiceError, match="lambda-macrovms"):
        session().create_client("lambda-macrovms", region_name="eu-west-1")


@pytest.fixture
def models(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return a folder of `AWS_DATA_PATH`, which also names one that does not exist."""
    monkeypatch.setenv("AWS_DATA_PATH", f"{tmp_path / 'none'}{os.pathsep}{tmp_path}")
    return tmp_path


def test_data_path_comes_first(models: Path) -> None:
    shutil.copytree(BUILTIN / SERVICE, models / SERVICE)
    model = Loader().load_service_model(SERVICE.parts[0], "service-2")
    model["metadata"]["serviceAbbreviation"] = "Ours"
    (models / SERVICE / "service-2.json").write_text(json.dumps(model), encoding="utf-8")

    with MicroVMClient() as client:
        assert client.boto3_client.meta.service_model.service_name == "lambda-microvms"
        metadata = client.boto3_client.meta.service_model.metadata
        assert metadata["serviceAbbreviation"] == "Ours"


def test_extra_data_of_an_sdk_are_merged(models: Path) -> None:
    (models / SERVICE).mkdir(parents=True)
    extras = {"version": 1.0, "merge": {"metadata": {"serviceAbbreviation": "Ours"}}}
    (models / SERVICE / "service-2.sdk-extras.json").write_text(json.dumps(extras), "utf-8")
    with MicroVMClient() as client:
        metadata = client.boto3_client.meta.service_model.metadata
        assert metadata["serviceAbbreviation"] == "Ours"


def test_folder_without_data_is_refused(models: Path) -> None:
    (models / "empty").mkdir()
    with pytest.raises(DataNotFoundError, match="empty"):
        session().create_client("empty", region_name="eu-west-1")
