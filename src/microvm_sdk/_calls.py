"""Calling an operation: arguments in, a model or a typed error out."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError
from pydantic import ValidationError

from microvm_sdk._answers import Answer, watch
from microvm_sdk._requests import boto3_parameters
from microvm_sdk.exceptions import ResponseValidationError, ServiceError, service_error
from microvm_sdk.models._machinery import Result, ResultT, attach_metadata, without_input

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
            response = self._response(operation, method, parameters, answer)
        return _parse(model, operation, response, None if answer.is_error else answer.body)

    def call_for_nothing(self, method: str, /, **arguments: Any) -> None:
        """Call an operation that has nothing to tell; otherwise as `call`."""
        self.call(Nothing, method, **arguments)

    def _response(
        self, operation: str, method: str, parameters: dict[str, Any], answer: Answer
    ) -> dict[str, Any]:
        try:
            response: dict[str, Any] = getattr(self.client, method)(**parameters)
        except ClientError as error:
            raise service_error(error) from error
        except BotoCoreError:
            raise
        except ResponseParserError as error:
            if answer.is_error:
                raise _unreadable_error(operation, answer) from error
            raise ResponseValidationError(operation, [str(error)], {}, answer.body) from None
        except Exception as error:
            # botocore stumbles over an error answer that is JSON and no object.
            if answer.is_error:
                raise _unreadable_error(operation, answer) from error
            raise
        return response


def _parse(
    model: type[ResultT], operation: str, response: dict[str, Any], body: bytes | None
) -> ResultT:
    metadata = response.get("ResponseMetadata", {})
    try:
        if body is None:
            return model.model_validate(response)
        if model is Nothing and not body:
            body = b"{}"
        # What `model_validate_json` does, without the two calls to get there.
        result: ResultT = model.__pydantic_validator__.validate_json(body)
    except ValidationError as error:
        problems = [
            ": ".join(filter(None, (".".join(map(str, details["loc"])), details["msg"])))
            for details in without_input(error).errors()
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
    except ValueError:
        content = None
    return {**(content if isinstance(content, dict) else {}), "ResponseMetadata": metadata}


def _unreadable_error(operation: str, answer: Answer) -> ServiceError:
    """Make the error that botocore would have made, had it been able to read the answer."""
    headers = {name.lower(): value for name, value in answer.headers.items()}
    body = answer.body or b""
    metadata = {
        "RequestId": headers.get("x-amzn-requestid"),
        "HTTPStatusCode": answer.status_code,
        "HTTPHeaders": headers,
        "RetryAttempts": 0,
    }
    error = {
        "Code": headers.get("x-amzn-errortype", str(answer.status_code)).split(":")[0],
        "Message": _readable(body, metadata).get("message", body.decode(errors="replace")),
    }
    response: Any = {"Error": error, "ResponseMetadata": metadata}
    return service_error(ClientError(response, operation))
