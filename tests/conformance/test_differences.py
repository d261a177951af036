"""What the comparison reports if botocore's model of the service has more or less than the SDK."""

import copy
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Literal, TypedDict

import botocore
import drift
import pytest
import service_comparison
from botocore.model import ServiceModel

from microvm_sdk import ImageBuildSummary, MicroVMClient, Paginator, UnknownValue, models
from microvm_sdk.models._machinery.enums import OpenEnum


@pytest.fixture(scope="module")
def service() -> ServiceModel:
    return service_comparison.service_model()


def lines(service: ServiceModel, *, sdk_knows_more: bool) -> list[str]:
    return [
        f"{found.file}: {found.what}"
        for found in service_comparison.differences(service)
        if found.sdk_knows_more is sdk_knows_more
    ]


Change = Callable[[dict[str, Any], dict[str, Any]], object]


def adds(shape: str, member: str, of: str) -> Change:
    """Return a change that adds a member to a structure, or replaces one."""
    return lambda _, shapes: shapes[shape]["members"].update({member: {"shape": of}})


# AWS cannot use these names: its own have no hyphens, and operations do not begin with an `X`.
GROWTH: dict[str, tuple[Change, str, str]] = {
    "operation": (
        lambda operations, _: operations.update(
            XPauseMicrovm={**operations["GetMicrovm"], "name": "XPauseMicrovm"}
        ),
        "client.py",
        "operation XPauseMicrovm: no method x_pause_microvm",
    ),
    "parameter": (
        adds("GetMicrovmRequest", "x-withHistory", "Boolean"),
        "client.py",
        "GetMicrovm: parameter x_with_history (x-withHistory) is missing",
    ),
    "required parameter": (
        lambda _, shapes: shapes["RunMicrovmRequest"]["required"].append("executionRoleArn"),
        "client.py",
        "RunMicrovm(execution_role_arn): must be required",
    ),
    "optional parameter": (
        lambda _, shapes: shapes["RunMicrovmRequest"]["required"].clear(),
        "client.py",
        "RunMicrovm(image_identifier): must default to None",
    ),
    "secret parameter": (
        lambda _, shapes: shapes["RoleArn"].update(sensitive=True),
        "client.py",
        "RunMicrovm(execution_role_arn): sensitive, and no SecretStr",
    ),
    "response where there was none": (
        adds("ResumeMicrovmResponse", "state", "MicrovmState"),
        "client.py",
        "ResumeMicrovm: returns state",
    ),
    "member of a page": (
        adds("ListMicrovmsResponse", "x-total", "Integer"),
        "pagination.py",
        "ListMicrovms.x-total: is missing on pages",
    ),
    "member": (
        adds("GetMicrovmResponse", "x-snapshotPolicy", "String"),
        "models/microvm.py",
        "Microvm (GetMicrovmResponse): field for x-snapshotPolicy is missing (string)",
    ),
    "nested member": (
        adds("Hooks", "x-protocol", "String"),
        "models/hooks.py",
        "Hooks (Hooks): field for x-protocol is missing (string)",
    ),
    "setting of a version": (
        lambda _, shapes: [
            shapes[shape]["members"].update({"x-tier": {"shape": "String"}})
            for shape in ("UpdateMicrovmImageRequest", "GetMicrovmImageVersionOutput")
        ],
        "models/version_settings.py",
        "ImageVersion (GetMicrovmImageVersionOutput): field for x-tier is missing (string)",
    ),
    "required member": (
        lambda _, shapes: shapes["Hooks"].update(required=["port"]),
        "models/hooks.py",
        "Hooks.port: must be required",
    ),
    "optional member": (
        lambda _, shapes: shapes["GetMicrovmResponse"]["required"].remove("endpoint"),
        "models/microvm.py",
        "Microvm.endpoint: must be optional in GetMicrovmResponse",
    ),
    "member that only one of a model's structures has": (
        lambda _, shapes: (
            shapes["RunMicrovmResponse"]["members"].pop("endpoint"),
            shapes["RunMicrovmResponse"]["required"].remove("endpoint"),
        ),
        "models/microvm.py",
        "Microvm.endpoint: must be optional in RunMicrovmResponse",
    ),
    "order of the members": (
        lambda _, shapes: shapes["PortRange"].update(
            members=dict(reversed(shapes["PortRange"]["members"].items()))
        ),
        "models/auth_token.py",
        "PortRange (PortRange): fields must be in the order of the service: endPort, startPort",
    ),
    "enum value": (
        lambda _, shapes: shapes["Architecture"]["enum"].append("X-RISCV"),
        "models/cpu.py",
        "Architecture: value X-RISCV is missing",
    ),
    "enum value of a parameter": (
        lambda _, shapes: shapes["MicrovmImageVersionStatus"]["enum"].append("X-PAUSED"),
        "client.py",
        "UpdateMicrovmImageVersion(status) as a literal: value X-PAUSED is missing",
    ),
    "enum where there was a string": (
        lambda _, shapes: shapes["ImageName"].update(enum=["web"]),
        "models/image.py",
        "Image.name: must be an enum of ImageName, or UnknownValue",
    ),
    "union member that is a structure": (
        adds("Logging", "x-new", "Unit"),
        "models/logging.py",
        "Logging: member x-new is missing (structure)",
    ),
    "union member that is a value": (
        adds("PortSpecification", "x-name", "String"),
        "models/auth_token.py",
        "PortSpecification: member x-name is missing (string)",
    ),
    "member of a union's structure": (
        adds("CloudWatchLogging", "x-region", "String"),
        "models/logging.py",
        "CloudWatchLogging (CloudWatchLogging): field for x-region is missing (string)",
    ),
    "error": (
        lambda operations, shapes: (
            shapes.update(XPausedException=shapes["ConflictException"]),
            operations["GetMicrovm"]["errors"].append({"shape": "XPausedException"}),
        ),
        "exceptions.py",
        "error XPausedException is missing",
    ),
    "member of an error": (
        adds("ConflictException", "x-blockedBy", "String"),
        "exceptions.py",
        "ConflictException.x_blocked_by is missing (x-blockedBy)",
    ),
    "secret": (
        lambda _, shapes: shapes["TagValue"].update(sensitive=True),
        "models/image.py",
        "Image.tags[]: sensitive, and no SecretStr",
    ),
    "other type": (
        adds("SnapshotBuild", "diskSnapshotSizeInBytes", "String"),
        "models/image_build.py",
        "SnapshotBuild.diskSnapshotSizeInBytes: no str (string)",
    ),
    "list where there was one": (
        adds("Hooks", "port", "NetworkConnectorList"),
        "models/hooks.py",
        "Hooks.port: must be a tuple of any length",
    ),
}


def changed(change: Change, service: ServiceModel) -> dict[str, Any]:
    description: dict[str, Any] = copy.deepcopy(service._service_description)
    change(description["operations"], description["shapes"])
    return description


@pytest.mark.parametrize(("change", "file", "what"), GROWTH.values(), ids=GROWTH)
def test_addition_to_the_service_is_named_with_the_file_where_it_goes(
    change: Change, file: str, what: str, service: ServiceModel
) -> None:
    grown = ServiceModel(changed(change, service), service_comparison.SERVICE)
    found = lines(grown, sdk_knows_more=False)
    assert f"src/microvm_sdk/{file}: {what}" in found


def test_differences_from_a_smaller_service_are_marked_as_sdk_knows_more(
    service: ServiceModel,
) -> None:
    def shrink(operations: dict[str, Any], shapes: dict[str, Any]) -> None:
        del operations["ListTags"]
        for operation in operations.values():
            errors = operation["errors"]
            errors[:] = [error for error in errors if error["shape"] != "ServiceException"]
        shapes["MicrovmImageState"]["enum"].remove("DELETED")
        shapes["ConflictException"]["members"].pop("resourceId")
        shapes["EnvironmentVariableValue"]["sensitive"] = False
        shapes["Hooks"]["members"].pop("port")
        shapes["Logging"]["members"].pop("disabled")
        shapes["RunMicrovmRequest"]["members"].pop("logging")

    small = ServiceModel(changed(shrink, service), service_comparison.SERVICE)
    assert lines(small, sdk_knows_more=False) == []
    known = {found.what for found in service_comparison.differences(small)}
    assert known >= {
        "operation ListTags",
        "ResourceTags: is in no operation",
        "error ServiceException",
        "ImageState: value DELETED",
        "ConflictException.resource_id",
        "ImageVersion.environmentVariables[]: SecretStr, and not sensitive",
        "Hooks (Hooks): field port",
        "Logging: member disabled",
        "LoggingDisabled: is in no operation",
        "RunMicrovm: parameter logging",
    }


def test_optional_field_may_be_of_one_structure_only(service: ServiceModel) -> None:
    def shrink(_: dict[str, Any], shapes: dict[str, Any]) -> None:
        shapes["RunMicrovmResponse"]["members"].pop("stateReason")

    small = ServiceModel(changed(shrink, service), service_comparison.SERVICE)
    assert set(lines(small, sdk_knows_more=False)) == set(lines(service, sdk_knows_more=False))
    assert set(lines(small, sdk_knows_more=True)) == set(lines(service, sdk_knows_more=True))


def test_model_that_is_not_exported_is_named(
    service: ServiceModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [name for name in models.__all__ if name not in {"ImageState", "SnapshotBuild"}]
    monkeypatch.setattr(models, "__all__", names)
    assert lines(service, sdk_knows_more=False) == [
        "src/microvm_sdk/models/__init__.py: ImageState: is not exported",
        "src/microvm_sdk/models/__init__.py: SnapshotBuild: is not exported",
    ]


def test_literal_that_lacks_a_value_of_its_enum_is_named_whatever_botocore_knows(
    service: ServiceModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Size(OpenEnum):
        SMALL = "SMALL"
        LARGE = "LARGE"

    class BehindSettings(TypedDict):
        sizes: Iterable[Size | Literal["SMALL"] | UnknownValue]

    def list_microvm_image_builds(
        self: MicroVMClient,
        *,
        image_identifier: str,
        image_version: str,
        architecture: Size | Literal["SMALL"] | UnknownValue | None = None,
        chipset: Size | Literal["SMALL", "LARGE"] | UnknownValue | None = None,
        chipset_generation: str | None = None,
        max_results: int | None = None,
        next_token: str | None = None,
    ) -> Paginator[ImageBuildSummary]:
        raise NotImplementedError

    def shrink(_: dict[str, Any], shapes: dict[str, Any]) -> None:
        shapes["Architecture"]["enum"] = shapes["Chipset"]["enum"] = ["SMALL"]

    monkeypatch.setattr(MicroVMClient, "list_microvm_image_builds", list_microvm_image_builds)
    monkeypatch.setattr(service_comparison, "_TYPED_DICTS", (BehindSettings,))
    older = ServiceModel(changed(shrink, service), service_comparison.SERVICE)
    found = [item.what for item in service_comparison.differences(older) if not item.sdk_knows_more]
    assert [what for what in found if "as a literal" in what] == [
        "ListMicrovmImageBuilds(architecture) as a literal: value LARGE is missing",
        "BehindSettings.sizes[] as a literal: value LARGE is missing",
    ]


def test_command_reports_that_nothing_is_missing(capsys: pytest.CaptureFixture[str]) -> None:
    assert drift.main() == 0
    printed = capsys.readouterr().out
    assert printed == (
        f"Nothing is missing: the SDK has all that botocore {botocore.__version__} has.\n"
    )


def test_command_prints_a_checklist_for_a_newer_model(
    service: ServiceModel, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def grow(operations: dict[str, Any], shapes: dict[str, Any]) -> None:
        for kind in ("operation", "member", "enum value", "union member that is a structure"):
            GROWTH[kind][0](operations, shapes)
        GROWTH["error"][0](operations, shapes)

    model = tmp_path / "service-2.json"
    model.write_text(json.dumps(changed(grow, service)), encoding="utf-8")
    assert drift.main(["--model", str(model)]) == 1
    title, empty, *items = capsys.readouterr().out.splitlines()
    assert (title, empty) == (f"# What the SDK lacks of the service model of {model}", "")
    for expected in (
        "- [ ] `src/microvm_sdk/client.py`: operation XPauseMicrovm: no method x_pause_microvm",
        "- [ ] `src/microvm_sdk/models/cpu.py`: Architecture: value X-RISCV is missing",
        "- [ ] `src/microvm_sdk/models/logging.py`: Logging: member x-new is missing (structure)",
        "- [ ] `src/microvm_sdk/exceptions.py`: error XPausedException is missing",
    ):
        assert expected in items
    assert len(items) == len(set(items))
