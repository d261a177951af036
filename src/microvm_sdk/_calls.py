"""Calling an operation: arguments in, a model or a typed error out."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError

from microvm_sdk._answers import Answer, is_error, take_body, watch
from microvm_sdk._error_responses import FailedRequest, read_error, service_error
from microvm_sdk._requests import boto3_parameters
from microvm_sdk.exceptions import ResponseValidationError
from microvm_sdk.models._machinery import Result, ResultT, attach_metadata, parse_json

if TYPE_CHECKING:
    from types_boto3_lambda_microvms import LambdaMicroVMsClient


class Nothing(Result, frozen=True):
    """The answer of an operation that has nothing to tell."""


class Calls:
    """Calls operations of a boto3 client."""

    def __init__(self, client: "LambdaMicroVMsClient") -> None:
        """Take the boto3 client to call."""
        self.client = client
        watch(client)

    def call(self, model: type[ResultT], method: str, /, **arguments: Any) -> ResultT:
        """Call an operation.

        Args:
            model: What its answer is.
            method: boto3's name of the operation.
            **arguments: The arguments by boto3's names; `None` for one left out.

        Returns:
            The answer.

        Raises:
            ServiceError: The service answered with an error.
            ResponseValidationError: The service's answer does not fit the model.
            botocore.exceptions.ParamValidationError: An argument cannot be sent.
        """
        parameters = boto3_parameters(arguments)
        operation = self.client.meta.method_to_api_mapping[method]
        with Answer(operation) as answer:
            response, body = self._response(operation, method, parameters, answer)
        return _parse(model, operation, response, body)

    def call_for_nothing(self, method: str, /, **arguments: Any) -> None:
        """Call an operation that has nothing to tell; otherwise as `call`."""
        self.call(Nothing, method, **arguments)

    def _response(
        self, operation: str, method: str, parameters: dict[str, Any], answer: Answer
    ) -> tuple[dict[str, Any], bytes | None]:
        try:
            response: dict[str, Any] = getattr(self.client, method)(**parameters)
        except ClientError as error:
            raise service_error(error, FailedRequest.of(self.client, parameters)) from error
        except BotoCoreError:
            raise
        except Exception as error:
            if answer.unread is None:
                raise
            # botocore stumbled: over an error that is JSON and no object, or over a union.
            if is_error(answer.unread):
                raise read_error(
                    operation,
                    answer.unread["status_code"],
                    answer.unread["headers"],
                    answer.unread["body"],
                    request=FailedRequest.of(self.client, parameters),
                ) from error
            return {"ResponseMetadata": _metadata(answer.unread)}, answer.unread["body"]
        return response, take_body(response)


def _parse(
    model: type[ResultT], operation: str, response: dict[str, Any], body: bytes | None
) -> ResultT:
    metadata = response.get("ResponseMetadata", {})
    try:
        if body is None:
            return model.model_validate(response)
        result = parse_json(model, b"{}" if model is Nothing and not body else body)
    except ValidationError as error:
        problems = [
            ": ".join(filter(None, (".".join(map(str, details["loc"])), details["msg"])))
            for details in error.errors()
        ]
    else:
        attach_metadata(result, metadata)
        return result
    raise ResponseValidationError(
        operation, problems, response if body is None else _readable(body, metadata), body
    )


def _readable(body: bytes, metadata: Mapping[str, Any]) -> dict[str, Any]:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        content = None
    return {**(content if isinstance(content, dict) else {}), "ResponseMetadata": metadata}


def _metadata(answer: Mapping[str, Any]) -> dict[str, Any]:
    headers = {name.lower(): value for name, value in answer["headers"].items()}
    return {
        "RequestId": headers.get("x-amzn-requestid"),
        "HTTPStatusCode": answer["status_code"],
        "HTTPHeaders": headers,
        "RetryAttempts": 0,
    }
