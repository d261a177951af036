"""Results: what operations return, with the metadata of the response."""

from collections.abc import Mapping
from functools import partial
from typing import Any, TypeVar

from pydantic import Field, GetCoreSchemaHandler, SerializerFunctionWrapHandler
from pydantic.config import ExtraValues
from pydantic_core import core_schema
from typing_extensions import Self

from microvm_sdk.models._machinery.frozen import FrozenMap
from microvm_sdk.models._machinery.hidden_input import hide_input
from microvm_sdk.models._machinery.model import Model, build_model, is_in_sdk_build


class ResponseMetadata(Model, frozen=True):
    """What a response has besides its content."""

    request_id: str | None = None
    """The service's id of the request, to quote to AWS support."""
    http_status_code: int | None = None
    """HTTP status of the response."""
    retry_attempts: int = 0
    """How many times botocore sent the request again before this response."""
    http_headers: Mapping[str, str] = Field(default_factory=FrozenMap[str, str])
    """HTTP headers of the response, with their names in lower case."""

    @property
    def body(self) -> bytes | None:
        """The raw bytes of the response, secrets included; `None` if botocore parsed it.

        It contains the fields that the model does not know, too. `repr`, dumps, comparisons and
        pickles omit it.
        """
        return self.__dict__.get("_body")

    def __getstate__(self) -> dict[str, Any]:
        """Pickle without the body."""
        return _without(super().__getstate__(), "_body")


def _without(state: dict[Any, Any], name: str) -> dict[Any, Any]:
    fields = {key: value for key, value in state["__dict__"].items() if key != name}
    return {**state, "__dict__": fields}


class Result(Model, frozen=True):
    """A model that an operation returns."""

    @property
    def response_metadata(self) -> ResponseMetadata:
        """Request id, HTTP status, headers, retries and raw body of the response.

        Empty for a model that is not itself a response, such as an item of a page. Comparisons,
        hashes, `repr` and dumps do not include it.
        """
        attached = self.__dict__.get("_response_metadata", {})
        metadata = ResponseMetadata(
            request_id=attached.get("RequestId"),
            http_status_code=attached.get("HTTPStatusCode"),
            retry_attempts=attached.get("RetryAttempts", 0),
            http_headers=attached.get("HTTPHeaders", {}),
        )
        vars(metadata)["_body"] = self.__dict__.get("_response_body")
        return metadata

    def __getstate__(self) -> dict[str, Any]:
        """Pickle without the body of the response."""
        return _without(super().__getstate__(), "_response_body")

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        own = super().__get_pydantic_core_schema__(source, handler)
        # Without this serializer, `serialize_as_any` recurses endlessly.
        serialization = core_schema.wrap_serializer_function_ser_schema(
            _serialize_fields, schema=own
        )
        hiding = core_schema.no_info_wrap_validator_function(
            hide_input, own, serialization=serialization
        )
        if not is_in_sdk_build():
            return hiding
        # `model_validate_json` of an SDK model hides the input of the whole document. That costs
        # nothing for valid input, and a validator around each nested model would.
        return core_schema.json_or_python_schema(
            json_schema=own, python_schema=hiding, serialization=serialization
        )

    @classmethod
    def model_validate(
        cls,
        obj: Any,
        *,
        strict: bool | None = None,
        extra: ExtraValues | None = None,
        from_attributes: bool | None = None,
        context: Any | None = None,
        by_alias: bool | None = None,
        by_name: bool | None = None,
    ) -> Self:
        """Make a model from boto3's dict, or from any dict with Python or wire names.

        Args:
            obj: The dict. boto3's `ResponseMetadata` in it becomes `response_metadata`.
            strict: As in pydantic.
            extra: As in pydantic; by default, fields that the model does not have are ignored.
            from_attributes: As in pydantic.
            context: As in pydantic.
            by_alias: As in pydantic.
            by_name: As in pydantic.

        Returns:
            The model.

        Raises:
            pydantic.ValidationError: The dict is invalid. The error does not contain its values.
        """
        __tracebackhide__ = True  # As in `Model.__init__`.
        build_model(cls)
        result = super().model_validate(
            obj,
            strict=strict,
            extra=extra,
            from_attributes=from_attributes,
            context=context,
            by_alias=by_alias,
            by_name=by_name,
        )
        if isinstance(obj, dict) and isinstance(obj.get("ResponseMetadata"), dict):
            attach_metadata(result, obj["ResponseMetadata"])
        return result

    @classmethod
    def model_validate_json(
        cls,
        json_data: str | bytes | bytearray,
        *,
        strict: bool | None = None,
        extra: ExtraValues | None = None,
        context: Any | None = None,
        by_alias: bool | None = None,
        by_name: bool | None = None,
    ) -> Self:
        """Make a model from JSON as the service sends it.

        Args:
            json_data: The JSON text.
            strict: As in pydantic.
            extra: As in pydantic; by default, fields that the model does not have are ignored.
            context: As in pydantic.
            by_alias: As in pydantic.
            by_name: As in pydantic.

        Returns:
            The model.

        Raises:
            pydantic.ValidationError: The text is not JSON, or is invalid. The error does not
                contain its values.
        """
        __tracebackhide__ = True  # As in `Model.__init__`.
        build_model(cls)
        validate = partial(
            super().model_validate_json,
            strict=strict,
            extra=extra,
            context=context,
            by_alias=by_alias,
            by_name=by_name,
        )
        return hide_input(json_data, validate)


def _serialize_fields(model: Any, serialize: SerializerFunctionWrapHandler) -> Any:
    return serialize(model)


ResultT = TypeVar("ResultT", bound=Result)


def attach_metadata(result: Result, metadata: Mapping[str, Any], body: bytes | None = None) -> None:
    """Attach boto3's `ResponseMetadata` and the raw body to a result, apart from its fields."""
    attached = vars(result)
    attached["_response_metadata"] = metadata
    attached["_response_body"] = body
