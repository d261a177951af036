"""Secrets are in no `repr`, dump, log or error, and errors can still be serialized."""

import json
import logging
import traceback
from typing import Any

import asgi
import pytest
from fastapi import FastAPI
from public_models import DOCUMENTED, parsers
from pydantic import BaseModel, SecretStr, TypeAdapter, ValidationError

from microvm_sdk import ImageVersion, Page

SECRET = DOCUMENTED["environmentVariables"]["API_KEY"]
INVALID: list[dict[str, Any]] = [
    {"imageArn": None},
    {"environmentVariables": {"API_KEY": [SECRET]}},
    {"environmentVariables": [SECRET]},
    {"environmentVariables": {"API_KEY": SECRET, "N": 5}},
    {"logging": {"cloudWatch": {"logGroup": [SECRET]}}},
    {"logging": {"cloudWatch": {}, "x-new": SECRET}},
    {"createdAt": SECRET},
]


class Mine(BaseModel):
    """A user's own model that holds one of the SDK."""

    version: ImageVersion


class ListOfMine(BaseModel):
    """A user's own model that holds a list of the one above."""

    mine: list[Mine]


def test_values_are_secret_and_can_be_revealed(version: ImageVersion) -> None:
    assert version.environment_variables is not None
    assert version.environment_variables["API_KEY"] == SecretStr(SECRET)
    assert version.environment_variables["API_KEY"].get_secret_value() == SECRET


def test_repr_dump_and_log_do_not_show_secrets(
    version: ImageVersion, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        logging.getLogger(__name__).warning("%s %r", version, version)
    shown = [repr(version), str(version), f"{version}", caplog.text, repr([version])]
    shown += [str(version.model_dump()), version.model_dump_json(), repr(version.__dict__)]
    assert not [text for text in shown if SECRET in text]


def test_dump_keeps_secrets_masked(version: ImageVersion) -> None:
    dumped = version.model_dump(by_alias=True)
    assert dumped["environmentVariables"]["API_KEY"] == SecretStr(SECRET)
    assert json.loads(version.model_dump_json())["environment_variables"]["API_KEY"] == "*" * 10


@pytest.mark.parametrize("invalid", INVALID)
@pytest.mark.parametrize(
    "parse",
    [
        *parsers(ImageVersion),
        lambda body: ImageVersion.model_validate_json(json.dumps(body)[:-9]),
        lambda body: ImageVersion(**body),
        lambda body: ImageVersion.model_validate(DOCUMENTED).model_copy(update=body),
        lambda body: ListOfMine.model_validate_json(json.dumps({"mine": [{"version": body}]})),
        *[
            lambda body, parse=parse, wrap=wrap: parse(wrap(body))
            for kind, wrap in (
                (TypeAdapter(list[ImageVersion]), lambda body: [body]),
                (Mine, lambda body: {"version": body}),
                (Page[ImageVersion], lambda body: {"items": [body]}),
            )
            for parse in parsers(kind)
        ],
    ],
)
def test_errors_do_not_show_secrets(parse: Any, invalid: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as caught:
        parse({**DOCUMENTED, **invalid})
    shown = "".join(traceback.format_exception(caught.value))
    errors: list[BaseException | None] = [caught.value]
    for error in errors:
        if error is not None:
            shown += repr(error) + str(error)
            if isinstance(error, ValidationError):
                shown += repr(error.errors()) + error.json()
            errors += [error.__cause__, error.__context__]
    assert SECRET not in shown


@pytest.mark.parametrize(
    "parse",
    [
        *parsers(ImageVersion),
        lambda body: ImageVersion(**body),
        lambda body: ImageVersion.model_validate(DOCUMENTED).model_copy(update=body),
    ],
)
def test_pytest_hides_the_frames_whose_arguments_are_the_input(parse: Any) -> None:
    with pytest.raises(ValidationError) as caught:
        parse({**DOCUMENTED, "environmentVariables": [SECRET]})
    ours = [
        frame
        for frame, _ in traceback.walk_tb(caught.tb)
        if frame.f_globals["__name__"].startswith("microvm_sdk.")
    ]
    assert ours
    assert all(frame.f_locals.get("__tracebackhide__") for frame in ours)


def test_errors_hide_input_whichever_model_is_built_first() -> None:
    # pydantic reuses the schema of a model that is built already.
    for build_first in (True, False):

        class Own(ImageVersion, frozen=True):
            more: int = 0

        if build_first:
            Own.model_rebuild()
        body = json.dumps([{**DOCUMENTED, "imageArn": None}])
        with pytest.raises(ValidationError) as caught:
            TypeAdapter(list[Own]).validate_json(body)
        (error,) = caught.value.errors()
        assert (error["loc"], error["input"]) == ((0, "imageArn"), None)


@pytest.mark.filterwarnings("ignore:The 'alias' attribute")  # FastAPI's use of pydantic.
def test_web_framework_responds_with_422_to_an_invalid_body() -> None:
    app = FastAPI()

    @app.post("/")
    def image_version(version: ImageVersion) -> str:
        return version.image_version

    assert asgi.post(app, "/", DOCUMENTED) == (200, "3.0")
    status, content = asgi.post(app, "/", {**DOCUMENTED, "state": 5})
    assert (status, content["detail"][0]["loc"]) == (422, ["body", "state"])
    assert SECRET not in json.dumps(content)
