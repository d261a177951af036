"""For tests that have fakes of boto3's client: a real client over a fake, and example models."""

import functools
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any, TypeVar, cast, get_args, get_type_hints
from unittest.mock import NonCallableMock

import boto3
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ClientError
from botocore.model import OperationModel
from pydantic import BaseModel

from microvm_sdk._calls.boto3_client import SERVICE
from microvm_sdk.testing._service.http.service_model import service_model
from microvm_sdk.testing._unconfigured import unconfigured_session

ModelT = TypeVar("ModelT", bound=BaseModel)

_REGION = "us-east-1"
_PARAMETERS = "microvm_sdk_parameters"
_TIME = datetime(2026, 1, 1, tzinfo=timezone.utc)
_EXAMPLES: dict[str, Any] = {
    "boolean": False,
    "integer": 1024,
    "list": [],
    "long": 1024,
    "map": {},
    "timestamp": _TIME,
}
# States that last. A test that needs another state names it.
_SETTLED = ("RUNNING", "CREATED", "SUCCESSFUL", "ACTIVE", "AVAILABLE")
_TEXTS = {
    "buildRoleArn": "arn:aws:iam::123456789012:role/example",
    "microvmId": "microvm-00000000-0000-4000-8000-000000000000",
    "endpoint": f"example.lambda-microvm.{_REGION}.on.aws",
    "imageVersion": "1.0",
    "uri": "s3://example/code.zip",
}
_ARN = f"arn:aws:lambda:{_REGION}:123456789012:microvm-image:example"
# Members of responses that repeat a parameter, whose name differs.
_SAME = {"microvmId": "microvmIdentifier", "imageArn": "imageIdentifier"}


def boto3_client_of(fake: Any, *, complete: bool = True) -> Any:
    """Return a real boto3 client whose operations call the methods of a fake.

    For tests that have a fake of boto3's `lambda-microvms` client: pass the result to
    `MicroVMClient(client=...)`. Nothing is sent. A method that returns `None` or an unconfigured
    mock responds with an empty response. Where the fake has no method for a list operation, or an
    unconfigured mock, its paginator is used: `fake.get_paginator(name).paginate(...)`, all pages at
    once.

    A `ClientError` that the fake raises becomes one of the operation that was called, whatever
    operation it names, so that the SDK raises its own error. Other exceptions pass unchanged.

    Args:
        fake: An object with methods of boto3's names and parameters that return dicts, such as a
            hand-written class or a `MagicMock`.
        complete: Whether members that the service always returns, and the fake does not, are filled
            in: with the parameter of the same name, a settled state, or an example.

    Returns:
        The client, typed as boto3's.
    """
    client = _client()

    def keep(params: dict[str, Any], context: dict[str, Any], **_: Any) -> None:
        context[_PARAMETERS] = dict(params)

    def respond(model: OperationModel, context: dict[str, Any], **_: Any) -> Any:
        return _respond(fake, model, context[_PARAMETERS], complete)

    # The last to see the parameters, and the first to respond.
    client.meta.events.register_last("before-parameter-build.lambda-microvms.*", keep)
    client.meta.events.register_first("before-call.lambda-microvms.*", respond)
    return client


def example(model: type[ModelT], **fields: Any) -> ModelT:
    """Return a valid model, for a test that needs only some of its fields.

    For example, `example(Microvm, state=MicrovmState.SUSPENDED)`.

    Args:
        model: A model that an operation returns, such as `Microvm`.
        **fields: The fields that matter, by their names.

    Returns:
        The model. Required fields that are not named have made-up values, states are settled, such
        as `RUNNING`, and all other fields are `None` or empty.

    Raises:
        TypeError: No operation returns the model, or it has no such field.
        pydantic.ValidationError: The value of a field is invalid.
    """
    shape = _shapes().get(getattr(model, "__name__", ""))
    if shape is None:
        msg = f"model must be one that an operation returns, such as Microvm, not {model!r}"
        raise TypeError(msg)
    for name in fields.keys() - model.model_fields.keys():
        msg = f"{model.__name__} has no field {name!r}, only {', '.join(model.model_fields)}"
        raise TypeError(msg)
    aliases = {name: field.alias or name for name, field in model.model_fields.items()}
    given = {aliases.get(name, name): value for name, value in fields.items()}
    return model.model_validate(_completed(shape, given, {}))


def _client() -> Any:
    session: Any = boto3.Session(
        "testing", "testing", region_name=_REGION, botocore_session=unconfigured_session()
    )
    return session.client(SERVICE)


def _respond(
    fake: Any, operation: OperationModel, parameters: dict[str, Any], complete: bool
) -> tuple[AWSResponse, dict[str, Any]]:
    status = int(operation.http.get("responseCode", 200))
    try:
        body = _call(fake, operation, parameters)
    except ClientError as error:
        body = cast("dict[str, Any]", error.response)
        status = body.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)
    else:
        if complete and operation.output_shape is not None:
            body = _completed(operation.output_shape, body, parameters)
    metadata = {"HTTPStatusCode": status, "HTTPHeaders": {}, "RetryAttempts": 0}
    parsed = {**body, "ResponseMetadata": metadata | body.get("ResponseMetadata", {})}
    url = f"https://lambda.{_REGION}.amazonaws.com/"
    return AWSResponse(url, status, HTTPHeaders(), None), parsed


def _call(fake: Any, operation: OperationModel, parameters: dict[str, Any]) -> dict[str, Any]:
    name = next(
        method for method, its_operation in _methods().items() if its_operation == operation.name
    )
    method = getattr(fake, name, None)
    is_list = name.startswith("list_")
    get_paginator = getattr(fake, "get_paginator", None) if is_list else None
    if method is None and get_paginator is None:
        msg = f"the fake has no method {name}"
        raise AttributeError(msg)
    body = None if method is None else method(**parameters)
    if is_list and _is_empty(body):
        pages: Any = None if get_paginator is None else get_paginator(name).paginate(**parameters)
        pages = [] if _is_empty(pages) else pages
        body = {"items": [item for page in pages for item in page.get("items", ())]}
    if _is_empty(body):
        return {}
    if not isinstance(body, Mapping):
        msg = f"{name} of the fake must return a dict, and returned {type(body).__name__}"
        raise TypeError(msg)
    return dict(body)


def _is_empty(returned: Any) -> bool:
    """Whether a fake returned nothing, or a mock that nobody configured."""
    return returned is None or isinstance(returned, NonCallableMock)


@functools.cache
def _methods() -> dict[str, str]:
    return dict(_client().meta.method_to_api_mapping)


@functools.cache
def _shapes() -> dict[str, Any]:
    """Return the shapes of the models that operations return, by the models' names."""
    import microvm_sdk  # noqa: PLC0415  It loads all models.

    found: dict[str, Any] = {}
    for name in dir(microvm_sdk.MicroVMClient):
        operation = _methods().get(name)
        if operation is None:
            continue
        shape = service_model().operation_model(operation).output_shape
        returns = get_type_hints(getattr(microvm_sdk.MicroVMClient, name))["return"]
        for item in get_args(returns):
            found.setdefault(item.__name__, cast("Any", shape).members["items"].member)
        if isinstance(returns, type):
            found.setdefault(returns.__name__, shape)
    return found


def _completed(shape: Any, value: Any, parameters: Mapping[str, Any]) -> Any:
    """Add the required members that a value lacks, at any depth."""
    if shape.type_name == "list" and isinstance(value, list | tuple):
        return [_completed(shape.member, item, parameters) for item in value]
    if shape.type_name != "structure" or not isinstance(value, Mapping):
        return value
    members = {
        name: _completed(shape.members[name], inner, parameters) if name in shape.members else inner
        for name, inner in value.items()
    }
    if getattr(shape, "is_tagged_union", False):
        return members
    for name in shape.required_members:
        if members.get(name) is None:
            members[name] = _example(name, shape.members[name], parameters)
    return members


def _example(name: str, shape: Any, parameters: Mapping[str, Any]) -> Any:
    known = name if name in parameters else _SAME.get(name, "")
    if known in parameters:
        return parameters[known]
    if getattr(shape, "is_tagged_union", False):
        first, inner = next(iter(shape.members.items()))
        return {first: _example(first, inner, parameters)}
    values = getattr(shape, "enum", None)
    if values:
        return next((state for state in _SETTLED if state in values), values[0])
    if shape.type_name == "structure":
        return _completed(shape, {}, parameters)
    if shape.type_name == "string":
        return _TEXTS.get(name, _ARN if name.endswith("Arn") else f"example-{name}")
    return _EXAMPLES[shape.type_name]
