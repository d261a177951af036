"""What holds for every model: frozen, hashable, both spellings, secrets, times."""

import copy
import json
import logging
import pickle
import re
import time
import traceback
import warnings
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from dateutil.tz import tzlocal
from loopback import case
from pydantic import BaseModel, SecretStr, TypeAdapter, ValidationError

from microvm_sdk import (
    AuthToken,
    CodeArtifactUri,
    CpuConfiguration,
    Hooks,
    IdlePolicy,
    Image,
    ImageHooks,
    ImageVersion,
    Microvm,
    Resources,
    ResponseMetadata,
    models,
)
from microvm_sdk.models._model import Model

DOCUMENTED = case("update_microvm_image_version/documented").body
MINIMAL = case("update_microvm_image_version/minimal").body
SECRET = DOCUMENTED["environmentVariables"]["API_KEY"]


@pytest.fixture
def version() -> ImageVersion:
    return ImageVersion.model_validate({**DOCUMENTED, "ResponseMetadata": {"RequestId": "r-1"}})


class TestFrozen:
    def test_nothing_can_be_assigned(self, version: ImageVersion) -> None:
        anything: Any = version
        with pytest.raises(ValidationError, match="frozen"):
            anything.status = "ACTIVE"
        with pytest.raises(ValidationError, match="frozen"):
            del anything.status
        with pytest.raises(ValidationError, match="frozen"):
            anything.hooks.port = 1
        with pytest.raises(TypeError):
            anything.resources[0] = None

    def test_maps_cannot_be_changed(self, version: ImageVersion) -> None:
        tags: Any = version.tags
        for change in (
            lambda: tags.__setitem__("a", "b"),
            lambda: tags.__delitem__("team"),
            lambda: tags.update(a="b"),
            lambda: tags.pop("team"),
            tags.popitem,
            tags.clear,
            lambda: tags.setdefault("a", "b"),
            lambda: tags.__ior__({"a": "b"}),
        ):
            with pytest.raises(TypeError, match="frozen"):
                change()
        assert tags == {"team": "web"}
        assert isinstance(tags, Mapping)
        assert json.dumps(tags) == '{"team": "web"}'
        headers: Any = version.response_metadata.http_headers
        with pytest.raises(TypeError, match="frozen"):
            headers["a"] = "b"

    @pytest.mark.parametrize(
        "copied",
        [
            copy.copy,
            copy.deepcopy,
            lambda model: pickle.loads(pickle.dumps(model)),  # noqa: S301  Its own.
            lambda model: model.model_copy(),
            lambda model: model.model_copy(deep=True),
        ],
    )
    def test_copies_are_equal_and_as_frozen(self, copied: Any, version: ImageVersion) -> None:
        other = copied(version)
        assert other == version
        assert hash(other) == hash(version)
        assert {version: 1}[other] == 1
        assert other.response_metadata.request_id == "r-1"
        with pytest.raises(TypeError, match="frozen"):
            other.tags["a"] = "b"

    def test_models_differ_where_a_field_does(self, version: ImageVersion) -> None:
        other = ImageVersion.model_validate({**DOCUMENTED, "tags": {"team": "other"}})
        assert other != version
        assert version != "something else"


class TestDumps:
    def test_fields_may_be_serialized_as_whatever_they_are(self, version: ImageVersion) -> None:
        class Mine(BaseModel):
            version: ImageVersion

        # pydantic 2.12 fails at any model that is built when it is first needed, and was not yet.
        for model in map(vars(models).get, models.__all__):
            if isinstance(model, type) and issubclass(model, BaseModel):
                model.model_rebuild()
        dumped = version.model_dump()
        assert version.model_dump(serialize_as_any=True) == dumped
        assert version.model_dump_json(serialize_as_any=True) == version.model_dump_json()
        mine = Mine(version=version)
        assert mine.model_dump(serialize_as_any=True) == {"version": dumped}
        assert mine.model_dump_json(serialize_as_any=True) == mine.model_dump_json()

    def test_fields_are_chosen_as_in_any_model(self, version: ImageVersion) -> None:
        chosen = version.model_dump(include={"image_version": True, "hooks": {"port"}})
        assert chosen == {"image_version": "3.0", "hooks": {"port": 9000}}
        assert "tags" not in version.model_dump(exclude={"tags"}, by_alias=True)


class TestNames:
    def test_field_has_the_services_own_name(self) -> None:
        wire = {"minimumMemoryInMiB": 1}
        assert Resources(minimum_memory_in_mib=1).model_dump(by_alias=True) == wire
        assert Resources.model_validate(wire).model_dump() == {"minimum_memory_in_mib": 1}

    @pytest.mark.parametrize("field", ["tags", "environmentVariables"])
    @pytest.mark.parametrize("key", ["tags", "environmentVariables", "uri", "usual form"])
    def test_misfit_is_told_with_the_services_own_key(self, field: str, key: str) -> None:
        body = {**DOCUMENTED, field: {key: 5}}
        with pytest.raises(ValidationError) as from_dict:
            ImageVersion.model_validate(body)
        with pytest.raises(ValidationError) as from_json:
            ImageVersion.model_validate_json(json.dumps(body))
        for caught in (from_dict, from_json):
            assert [problem["loc"] for problem in caught.value.errors()] == [(field, key)]

    def test_both_spellings_are_accepted(self) -> None:
        assert Resources.model_validate({"minimumMemoryInMiB": 1}) == Resources(
            minimum_memory_in_mib=1
        )
        assert Resources.model_validate({"minimum_memory_in_mib": 1}).minimum_memory_in_mib == 1

    def test_by_hand_a_misspelt_field_is_refused(self) -> None:
        misspelt: Any = {"port": 1, "hots": 2}
        with pytest.raises(ValidationError, match="hots"):
            Hooks(**misspelt)
        nested: Any = {"microvm_hooks": {"rnu": "ENABLED"}}
        with pytest.raises(ValidationError, match="rnu"):
            Hooks(**nested)

    def test_parsing_ignores_fields_newer_than_the_sdk(self, version: ImageVersion) -> None:
        class Mine(BaseModel):
            version: ImageVersion

        newer = {**DOCUMENTED, "new": {"a": 1}, "ResponseMetadata": {"RequestId": "r-1"}}
        newer["hooks"] = {**newer["hooks"], "new": 1}
        assert ImageVersion.model_validate(newer) == version
        assert ImageVersion.model_validate_json(json.dumps(newer)) == version
        assert Mine.model_validate({"version": newer}).version == version
        assert TypeAdapter(list[ImageVersion]).validate_python([newer]) == [version]

    def test_hook_named_validate_is_a_field(self) -> None:
        hooks = ImageHooks.model_validate({"validate": "ENABLED", "validateTimeoutInSeconds": 5})
        assert (hooks.validate, hooks.validate_timeout_in_seconds) == ("ENABLED", 5)

    def test_missing_is_none_and_empty_is_empty(self) -> None:
        missing = ImageVersion.model_validate(MINIMAL)
        null = ImageVersion.model_validate({**MINIMAL, "resources": None, "tags": None})
        empty = ImageVersion.model_validate({**MINIMAL, "resources": [], "tags": {}})
        assert (missing.resources, missing.tags) == (None, None)
        assert (null.resources, null.tags) == (None, None)
        assert (empty.resources, empty.tags) == ((), {})
        assert missing == null != empty


class TestTimes:
    @pytest.fixture(params=["UTC", "America/St_Johns", "Pacific/Apia"])
    def _zone(self, request: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        with monkeypatch.context() as patch:
            patch.setenv("TZ", request.param)
            time.tzset()
            yield
        time.tzset()

    @pytest.mark.usefixtures("_zone")
    def test_times_are_aware_and_utc_in_every_zone(self) -> None:
        expected = datetime(2026, 9, 21, 14, 13, 20, 123000, tzinfo=timezone.utc)
        local = expected.astimezone(tzlocal())
        for given in (1790000000.123, expected, local, "2026-09-21T16:13:20.123+02:00"):
            created = ImageVersion.model_validate({**MINIMAL, "createdAt": given}).created_at
            assert created == expected
            assert created.tzinfo is timezone.utc
            assert created.isoformat() == "2026-09-21T14:13:20.123000+00:00"

    def test_number_is_seconds_however_large(self) -> None:
        created = ImageVersion.model_validate({**MINIMAL, "createdAt": 30_000_000_000}).created_at
        assert created == datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(
            seconds=30_000_000_000
        )

    @pytest.mark.parametrize(
        "given",
        [
            *(0, 1, 0.5, 0.000001, 1790000000, 1790000000.123, 1790000000.123456),
            *(-1, -0.5, -62_135_510_400),
            # The last second before the year 3000, and beyond.
            *(32_503_679_999, 32_503_680_000, 253_402_128_000),
            *("2026-09-21T16:13:20.123+02:00", "2026-09-21T14:13:20Z", "1790000000"),
        ],
    )
    def test_time_is_the_same_from_json_and_from_a_dict(self, given: Any) -> None:
        body = {**MINIMAL, "createdAt": given}
        from_json = ImageVersion.model_validate_json(json.dumps(body)).created_at
        assert from_json == ImageVersion.model_validate(body).created_at
        assert from_json.tzinfo is timezone.utc
        if not isinstance(given, str):
            assert from_json - datetime(1970, 1, 1, tzinfo=timezone.utc) == timedelta(seconds=given)

    @pytest.mark.parametrize("given", [None, True, [], {}, "soon", 1e30, -1e30, 253_402_300_800])
    def test_what_is_no_time_is_refused_with_one_reason(self, given: Any) -> None:
        body = {**MINIMAL, "createdAt": given}
        reasons = []
        for parse in (
            ImageVersion.model_validate,
            lambda body: ImageVersion.model_validate_json(json.dumps(body)),
        ):
            with pytest.raises(ValidationError, match="valid datetime") as caught:
                parse(body)
            reasons.append(caught.value.errors())
            assert [problem["loc"] for problem in caught.value.errors()] == [("createdAt",)]
        assert reasons[0] == reasons[1]

    @pytest.mark.parametrize("given", ["2026-09-21T14:13:20", datetime(2026, 1, 1)])  # noqa: DTZ001
    def test_time_without_a_zone_is_refused(self, given: Any) -> None:
        with pytest.raises(ValidationError, match="timezone"):
            ImageVersion.model_validate({**MINIMAL, "createdAt": given})


class TestSecrets:
    def test_values_are_secret_and_can_be_had(self, version: ImageVersion) -> None:
        assert version.environment_variables is not None
        assert version.environment_variables["API_KEY"] == SecretStr(SECRET)
        assert version.environment_variables["API_KEY"].get_secret_value() == SECRET

    def test_nothing_shows_them(
        self, version: ImageVersion, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.DEBUG):
            logging.getLogger(__name__).warning("%s %r", version, version)
        shown = [repr(version), str(version), f"{version}", caplog.text, repr([version])]
        shown += [str(version.model_dump()), version.model_dump_json(), repr(version.__dict__)]
        assert not [text for text in shown if SECRET in text]

    def test_dump_keeps_them_secret(self, version: ImageVersion) -> None:
        dumped = version.model_dump(by_alias=True)
        assert dumped["environmentVariables"]["API_KEY"] == SecretStr(SECRET)
        assert json.loads(version.model_dump_json())["environment_variables"]["API_KEY"] == "*" * 10

    @pytest.mark.parametrize(
        "bad",
        [
            {"imageArn": None},
            {"environmentVariables": {"API_KEY": [SECRET]}},
            {"environmentVariables": [SECRET]},
            {"environmentVariables": {"API_KEY": SECRET, "N": 5}},
        ],
    )
    @pytest.mark.parametrize(
        "parse",
        [
            ImageVersion.model_validate,
            lambda body: ImageVersion.model_validate_json(json.dumps(body)),
            lambda body: ImageVersion.model_validate_json(json.dumps(body)[:-9]),
            lambda body: ImageVersion(**body),
            lambda body: TypeAdapter(list[ImageVersion]).validate_python([body]),
        ],
    )
    def test_no_error_shows_them(self, parse: Any, bad: dict[str, Any]) -> None:
        with pytest.raises(ValidationError) as caught:
            parse({**DOCUMENTED, **bad})
        shown = "".join(traceback.format_exception(caught.value))
        errors: list[BaseException | None] = [caught.value]
        for error in errors:
            if error is not None:
                shown += repr(error) + str(error)
                shown += repr(error.errors()) if isinstance(error, ValidationError) else ""
                errors += [error.__cause__, error.__context__]
        assert SECRET not in shown

    def test_tokens_are_secret_and_say_where_they_go(self) -> None:
        token = AuthToken.model_validate({"authToken": {"X-aws-proxy-auth": SECRET}})
        assert SECRET not in repr(token) + str(token.model_dump())
        assert token.headers() == {"X-aws-proxy-auth": SECRET}
        assert token.headers(9000) == {"X-aws-proxy-auth": SECRET, "X-aws-proxy-port": "9000"}
        assert token.websocket_subprotocols() == [
            "lambda-microvms",
            f"lambda-microvms.authentication.{SECRET}",
        ]
        assert token.websocket_subprotocols(9000)[2:] == ["lambda-microvms.port.9000"]

    def test_token_of_another_kind_has_no_subprotocols(self) -> None:
        with pytest.raises(KeyError, match="X-aws-proxy-auth"):
            AuthToken(auth_token={"other": SecretStr("x")}).websocket_subprotocols()


class TestResponseMetadata:
    def test_it_is_there_and_out_of_the_way(self, version: ImageVersion) -> None:
        plain = ImageVersion.model_validate(DOCUMENTED)
        assert version.response_metadata.request_id == "r-1"
        assert version == plain
        assert hash(version) == hash(plain)
        assert repr(version) == repr(plain)
        assert version.model_dump() == plain.model_dump()
        assert dict(version) == dict(plain)

    def test_it_is_empty_where_there_was_no_answer(self) -> None:
        image = Image(
            image_arn="a", name="n", state="CREATED", created_at=datetime.now(timezone.utc)
        )
        assert image.response_metadata == ResponseMetadata()
        assert image.response_metadata.request_id is None


class TestPins:
    """What we rely on in pydantic beyond its everyday use."""

    def test_init_is_not_taken_for_a_users_own(self) -> None:
        assert Hooks.__pydantic_custom_init__ is False

    def test_by_hand_and_parsing_differ_only_in_extra_fields(self) -> None:
        validator = CodeArtifactUri.__pydantic_validator__
        assert validator.validate_python({"uri": "u", "new": 1}) == CodeArtifactUri(uri="u")
        with pytest.raises(ValidationError):
            validator.validate_python({"uri": "u", "new": 1}, extra="forbid")

    def test_models_are_built_when_first_needed(self) -> None:
        assert Model.model_config["defer_build"] is True

    def test_wrong_types_by_hand_are_refused(self) -> None:
        wrong: Any = "soon"
        with pytest.raises(ValidationError, match="valid integer"):
            IdlePolicy(
                max_idle_duration_seconds=wrong,
                suspended_duration_seconds=0,
                auto_resume_enabled=True,
            )
        with pytest.raises(ValidationError):
            CpuConfiguration(architecture=wrong.__class__)


@pytest.mark.parametrize("mode", ["validation", "serialization"])
@pytest.mark.parametrize("name", models.__all__)
def test_json_schema_is_the_same_in_every_process(name: str, mode: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        schema = TypeAdapter(getattr(models, name)).json_schema(mode=mode)
    # pydantic puts a number into names that it cannot make out.
    assert not re.search(r"_\d{6}", json.dumps(schema))


def test_url_of_a_microvm_is_no_member_of_it() -> None:
    body = case("recorded/vms-lifecycle/get-until-running").body
    microvm = Microvm.model_validate(body)
    assert microvm.url == f"https://{body['endpoint']}"
    assert "url" not in microvm.model_dump(by_alias=True)
