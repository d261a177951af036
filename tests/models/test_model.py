"""Models: names, making one by hand, parsing, copying, and building at the first use."""

import os
import re
import subprocess
import sys
import typing
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import pytest
from loopback import case
from public_models import DOCUMENTED, parsers
from pydantic import (
    AwareDatetime,
    BaseModel,
    PydanticUndefinedAnnotation,
    SecretStr,
    TypeAdapter,
    ValidationError,
    create_model,
)
from pydantic.alias_generators import to_snake

from microvm_sdk import (
    Architecture,
    CloudWatchLogging,
    CodeArtifactUri,
    CpuConfiguration,
    Hooks,
    IdlePolicy,
    Image,
    ImageHooks,
    ImageState,
    ImageVersion,
    ImageVersionState,
    LoggingDisabled,
    MicrovmHooks,
    Page,
    PortRange,
    Resources,
    ResourceTags,
    Result,
    UnknownMember,
    UnknownValue,
)
from microvm_sdk.models._machinery.frozen import FrozenMap
from microvm_sdk.models._machinery.model import Model

MINIMAL = case("update_microvm_image_version/minimal").body


def run(program: str) -> str:
    command = [sys.executable, "-c", program]
    result = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, timeout=60)  # noqa: S603  The programs are constants of these tests.
    return result.stdout


def locations(caught: pytest.ExceptionInfo[ValidationError]) -> list[tuple[int | str, ...]]:
    return [error["loc"] for error in caught.value.errors()]


class TestNames:
    def test_field_has_the_services_own_name_and_accepts_both(self) -> None:
        wire = {"minimumMemoryInMiB": 1}
        resources = Resources(minimum_memory_in_mib=1)
        assert resources.model_dump(by_alias=True) == wire
        assert resources.model_dump() == {"minimum_memory_in_mib": 1}
        assert Resources.model_validate(wire) == resources
        assert Resources.model_validate(resources.model_dump()) == resources

    @pytest.mark.parametrize("field", ["tags", "environmentVariables"])
    @pytest.mark.parametrize("key", ["tags", "environmentVariables", "uri"])
    def test_error_in_a_map_is_at_the_services_own_key(self, field: str, key: str) -> None:
        body = {**DOCUMENTED, field: {key: 5}}
        for parse in parsers(ImageVersion):
            with pytest.raises(ValidationError) as caught:
                parse(body)
            assert locations(caught) == [(field, key)]

    def test_hook_named_validate_is_a_field(self) -> None:
        hooks = ImageHooks.model_validate({"validate": "ENABLED", "validateTimeoutInSeconds": 5})
        assert (hooks.validate, hooks.validate_timeout_in_seconds) == ("ENABLED", 5)


class TestParsing:
    def test_fields_newer_than_the_sdk_are_ignored(self, version: ImageVersion) -> None:
        class Mine(BaseModel):
            version: ImageVersion

        newer = {**DOCUMENTED, "new": {"a": 1}, "ResponseMetadata": {"RequestId": "r-1"}}
        newer["hooks"] = {**newer["hooks"], "new": 1}
        assert [parse(newer) for parse in parsers(ImageVersion)] == [version, version]
        assert Mine.model_validate({"version": newer}).version == version
        assert TypeAdapter(list[ImageVersion]).validate_python([newer]) == [version]

    def test_missing_is_none_and_empty_is_empty(self) -> None:
        missing = ImageVersion.model_validate(MINIMAL)
        null = ImageVersion.model_validate({**MINIMAL, "resources": None, "tags": None})
        empty = ImageVersion.model_validate({**MINIMAL, "resources": [], "tags": {}})
        assert (missing.resources, missing.tags) == (None, None)
        assert (null.resources, null.tags) == (None, None)
        assert (empty.resources, empty.tags) == ((), {})
        assert missing == null != empty


class TestMadeByHand:
    @pytest.mark.parametrize(
        ("model", "fields", "expected", "message"),
        [
            (Hooks, {"port": 1, "hots": 2}, [("hots",)], "Extra"),
            (Hooks, {"microvm_hooks": {"rnu": "ENABLED"}}, [("microvm_hooks", "rnu")], "Extra"),
            (Hooks, {"port": "soon"}, [("port",)], r"^port\n  Input should be a valid integer"),
            (
                CpuConfiguration,
                {"architecture": str},
                [("architecture",)],
                "UnknownValue for another",
            ),
            (
                CpuConfiguration,
                {"architecture": "ARM64"},
                [("architecture",)],
                r"'ARM_64' or 'X86_64', or an UnknownValue for another value \[type=enum\]",
            ),
            (
                Hooks,
                {"microvm_hooks": {"run": "ENABLE"}},
                [("microvm_hooks", "run")],
                "'DISABLED' or 'ENABLED'",
            ),
            (
                ImageVersion,
                {**DOCUMENTED, "cpuConfigurations": [{"architecture": "ARM64"}]},
                [("cpu_configurations", 0, "architecture")],
                "'ARM_64'",
            ),
            (
                IdlePolicy,
                {"suspended_duration_seconds": 1, "auto_resume_enabled": True},
                [("max_idle_duration_seconds",)],
                "Field required",
            ),
            (PortRange, {"start_port": "first"}, [("start_port",), ("end_port",)], "integer"),
        ],
    )
    def test_missing_misspelled_and_wrong_fields_are_refused_with_pythons_names(
        self, model: Any, fields: dict[str, Any], expected: list[Any], message: str
    ) -> None:
        with pytest.raises(ValidationError) as caught:
            model(**fields)
        assert locations(caught) == expected
        assert re.search(message, str(caught.value), re.MULTILINE)

    def test_value_of_the_enum_and_an_unknown_value_are_accepted(self) -> None:
        plain: Any = "ARM_64"
        assert CpuConfiguration(architecture=plain).architecture is Architecture.ARM_64
        newer = CpuConfiguration(architecture=UnknownValue("RISC_V"))
        assert type(newer.architecture) is UnknownValue
        holding = {**DOCUMENTED, "cpuConfigurations": (newer,)}
        assert ImageVersion(**holding).cpu_configurations == (newer,)

    @pytest.mark.parametrize("by_alias", [True, False])
    def test_errors_deep_inside_have_pythons_names(self, by_alias: bool) -> None:
        version = ImageVersion.model_validate(DOCUMENTED)
        fields = version.model_dump(by_alias=by_alias)
        wrong: dict[str, Any] = {
            "logging": {"cloudWatch" if by_alias else "cloud_watch": {"logGroup": 5}},
            "codeArtifact": {"uri": 5},
            "environmentVariables": {"imageArn": 5},
            "resources": [{"minimumMemoryInMiB": 1}, {"minimumMemoryInMiB": "a"}],
            "hooks": {"microvmHooks": {"runTimeoutInSeconds": "a"}},
        }
        for name, value in wrong.items():
            fields[name if by_alias else to_snake(name)] = value
        del fields["imageArn" if by_alias else "image_arn"]
        with pytest.raises(ValidationError) as caught:
            ImageVersion(**fields)
        assert set(locations(caught)) == {
            ("logging", "cloud_watch", "log_group"),
            ("code_artifact", "uri"),
            ("environment_variables", "imageArn"),
            ("resources", 1, "minimum_memory_in_mib"),
            ("hooks", "microvm_hooks", "run_timeout_in_seconds"),
            ("image_arn",),
        }


class TestCopies:
    def test_update_takes_python_and_wire_names(self, version: ImageVersion) -> None:
        for update in ({"image_version": "4.0"}, {"imageVersion": "4.0"}):
            copy = version.model_copy(update=update)
            assert copy == ImageVersion.model_validate({**DOCUMENTED, "imageVersion": "4.0"})
            assert copy.response_metadata.request_id is None
        assert version.image_version == "3.0"

    @pytest.mark.parametrize(
        ("model", "update"),
        [
            (Resources(minimum_memory_in_mib=512), {"minimumMemoryInMiB": 1024}),
            (ResourceTags(tags={"team": "web"}), {"Tags": {}}),
        ],
    )
    def test_update_takes_wire_names_of_another_form(self, model: Model, update: Any) -> None:
        assert model.model_copy(update=update).model_dump(by_alias=True) == update

    def test_update_is_validated_and_frozen(self, version: ImageVersion) -> None:
        copy = version.model_copy(
            update={"tags": {"team": "other"}, "resources": [{}]} | {"resources": []}
        )
        assert isinstance(copy.tags, FrozenMap)
        assert copy.resources == ()
        assert version.model_copy(update={"state": "FAILED"}).state is ImageVersionState.FAILED
        for update, location in (
            ({"tags": {"team": 5}}, ("tags", "team")),
            ({"state": "FAILD"}, ("state",)),
            ({"image_verison": "4.0"}, ("image_verison",)),
        ):
            with pytest.raises(ValidationError) as caught:
                version.model_copy(update=update)
            assert locations(caught) == [location]

    def test_update_keeps_secrets_and_unknown_values(self) -> None:
        newer = ImageVersion.model_validate({**DOCUMENTED, "state": "X-ARCHIVED"})
        for deep in (False, True):
            copy = newer.model_copy(update={"description": None}, deep=deep)
            assert copy.environment_variables == newer.environment_variables
            assert copy.environment_variables is not None
            assert copy.environment_variables["API_KEY"] == SecretStr("do-not-print-me")
            assert type(copy.state) is UnknownValue
            assert copy.description is None
        secret = newer.model_copy(update={"environment_variables": {"API_KEY": "plain"}})
        assert secret.environment_variables == {"API_KEY": SecretStr("plain")}

    def test_update_of_a_union_member_and_of_a_page(self, version: ImageVersion) -> None:
        group = CloudWatchLogging(log_group="g").model_copy(update={"logStream": "s"})
        assert group == CloudWatchLogging(log_group="g", log_stream="s")
        page = Page[ImageVersion](items=(version,)).model_copy(update={"next_token": "t"})
        assert page == Page[ImageVersion](items=(version,), next_token="t")
        disabled = version.model_copy(update={"logging": LoggingDisabled()})
        assert disabled.logging == LoggingDisabled()
        unknown = version.model_copy(update={"logging": UnknownMember(name="x-new")})
        assert unknown.logging == UnknownMember(name="x-new")


class TestBuilding:
    @pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
    def test_fork_waits_for_a_build_in_another_thread(self) -> None:
        program = """
import os, threading, warnings
from microvm_sdk.models import CpuConfiguration, ImageVersion
from microvm_sdk.models._machinery import model as _model

warnings.simplefilter("ignore")
building, forking = threading.Event(), threading.Event()

def build():
    with _model._BUILDING:
        building.set()
        forking.wait(5)

thread = threading.Thread(target=build)
thread.start()
building.wait(5)
threading.Timer(0.05, forking.set).start()
child = os.fork()
if child == 0:
    CpuConfiguration.model_validate({"architecture": "ARM_64"})
    os._exit(0)
thread.join()
assert os.waitpid(child, 0)[1] == 0
assert not ImageVersion.__pydantic_complete__
ImageVersion.model_rebuild()
"""
        run(program)

    @pytest.mark.parametrize("first_use", ["import", "parsing"])
    def test_times_are_real_when_the_first_use_is_in_frozen_time(self, first_use: str) -> None:
        program = f"""
import datetime, json
from freezegun import freeze_time
real = datetime.datetime
if {first_use!r} == "parsing":
    import microvm_sdk.models
with freeze_time("2020-01-01"):
    from microvm_sdk.models import Image
    body = {{"imageArn": "a", "name": "n", "state": "CREATED", "createdAt": 1790000000.5,
            "updatedAt": "2026-09-21T16:13:20+02:00"}}
    images = [Image.model_validate(body), Image.model_validate_json(json.dumps(body))]
images += [Image.model_validate(body), Image.model_validate_json(json.dumps(body))]
for image in images:
    assert type(image.created_at) is real, type(image.created_at)
    assert type(image.updated_at) is real, type(image.updated_at)
"""
        run(program)

    def test_a_name_that_is_defined_later_is_found_as_in_pydantic(self) -> None:
        own = create_model("Own", __base__=Result, thing=("Later", ...))
        with pytest.raises(PydanticUndefinedAnnotation, match="Later"):
            own.model_rebuild()
        assert own.model_rebuild(raise_errors=False) is False

        class Later(BaseModel):
            size: int

        assert own.model_rebuild() is True
        assert own.model_rebuild() is None
        assert own.model_validate({"thing": {"size": 1}}).model_dump()["thing"] == {"size": 1}
        assert own.model_fields["thing"].annotation is Later

    def test_pydantic_does_not_treat_init_as_custom(self) -> None:
        assert Hooks.__pydantic_custom_init__ is False
        assert PortRange.__pydantic_custom_init__ is False

    def test_extra_fields_are_ignored_unless_forbidden_at_run_time(self) -> None:
        validator = CodeArtifactUri.__pydantic_validator__
        assert validator.validate_python({"uri": "u", "new": 1}) == CodeArtifactUri(uri="u")
        with pytest.raises(ValidationError):
            validator.validate_python({"uri": "u", "new": 1}, extra="forbid")


class TestAnnotations:
    def test_annotations_of_a_users_own_subclass_work_the_same_way(self) -> None:
        class Mine(ImageVersion, frozen=True):
            labels: Mapping[str, str] | None = None
            states: tuple[ImageState | UnknownValue, ...] = ()
            seen_at: AwareDatetime | None = None

        mine = Mine.model_validate(
            {**DOCUMENTED, "labels": {"a": "b"}, "states": ["CREATED", "NEW"], "seenAt": 0}
        )
        assert isinstance(mine.labels, FrozenMap)
        assert mine.states == (ImageState.CREATED, UnknownValue("NEW"))
        assert mine.seen_at is not None
        assert type(mine.seen_at) is datetime
        assert mine.image_version == "3.0"

    @pytest.mark.parametrize("model", [Image, MicrovmHooks])
    def test_fields_keep_the_annotations_as_written(self, model: Any) -> None:
        model.model_rebuild(force=True)
        hints = typing.get_type_hints(model, include_extras=True)
        assert {name: field.annotation for name, field in model.model_fields.items()} == {
            name: hints[name] for name in model.model_fields
        }
