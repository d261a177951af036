"""Results: their dumps, and the metadata of the response that they came from."""

from datetime import datetime, timezone
from typing import Any

from public_models import DOCUMENTED, MODELS
from pydantic import BaseModel

from microvm_sdk import Image, ImageState, ImageVersion, Microvm, ResponseMetadata, Result


def test_metadata_is_in_no_comparison_repr_or_dump(version: ImageVersion) -> None:
    plain = ImageVersion.model_validate(DOCUMENTED)
    assert version.response_metadata.request_id == "r-1"
    assert version == plain
    assert hash(version) == hash(plain)
    assert repr(version) == repr(plain)
    assert version.model_dump() == plain.model_dump()
    assert dict(version) == dict(plain)


def test_metadata_is_empty_without_a_response() -> None:
    image = Image(
        image_arn="a", name="n", state=ImageState.CREATED, created_at=datetime.now(timezone.utc)
    )
    assert image.response_metadata == ResponseMetadata()
    assert image.response_metadata.request_id is None
    assert image.response_metadata.body is None


def test_fields_may_be_serialized_as_any(version: ImageVersion) -> None:
    class Mine(BaseModel):
        version: ImageVersion

    # pydantic 2.12 fails at a model that is built at its first use, and has not been built.
    for model in MODELS:
        model.model_rebuild()
    dumped = version.model_dump()
    assert version.model_dump(serialize_as_any=True) == dumped
    assert version.model_dump_json(serialize_as_any=True) == version.model_dump_json()
    mine = Mine(version=version)
    assert mine.model_dump(serialize_as_any=True) == {"version": dumped}
    assert mine.model_dump_json(serialize_as_any=True) == mine.model_dump_json()


def test_dump_includes_and_excludes_fields_as_in_any_model(version: ImageVersion) -> None:
    chosen = version.model_dump(include={"image_version": True, "hooks": {"port"}})
    assert chosen == {"image_version": "3.0", "hooks": {"port": 9000}}
    assert "tags" not in version.model_dump(exclude={"tags"}, by_alias=True)


def test_result_of_a_users_own_is_as_frozen_as_ours() -> None:
    class Mine(Result, frozen=True):
        image_arn: str
        labels: "dict[str, str]"
        version: ImageVersion | None = None

    wire: dict[str, Any] = {"imageArn": "a", "labels": {}, "version": DOCUMENTED, "new": 1}
    mine = Mine.model_validate({**wire, "ResponseMetadata": {"RequestId": "r-2"}})
    assert mine.response_metadata.request_id == "r-2"
    assert mine.version == ImageVersion.model_validate(DOCUMENTED)
    assert mine.model_dump(by_alias=True)["imageArn"] == "a"


def test_microvm_has_the_url_of_its_endpoint() -> None:
    microvm = Microvm.model_construct(endpoint="a.lambda-microvm.eu-west-1.on.aws")
    assert microvm.url == "https://a.lambda-microvm.eu-west-1.on.aws"
    assert "url" not in Microvm.model_fields
