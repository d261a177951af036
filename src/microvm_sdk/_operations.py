"""Calling an operation: prepare the parameters, send the request, read the response."""

import logging
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NoReturn

import botocore
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from microvm_sdk._boto3_client import adopt_boto3_client
from microvm_sdk._capture import (
    Capture,
    captured_response,
    is_parsing_failure,
    register_capture,
)
from microvm_sdk._error_responses import FailedRequest, read_error, service_error
from microvm_sdk._parameters import Parameters
from microvm_sdk._responses import read_parsed_response, read_response
from microvm_sdk._tracebacks import without_tracebacks
from microvm_sdk.exceptions import MicroVMError, ResponseValidationError, ServiceError
from microvm_sdk.models._results import Result, ResultT

if TYPE_CHECKING:
    from types_boto3_lambda_microvms import LambdaMicroVMsClient

_LOGGER = logging.getLogger("microvm_sdk")


class Operations:
    """The operations of a boto3 client, by boto3's method names.

    Tracebacks show the arguments of the frame that raised, in pytest even by default, and these may
    hold secrets. So the errors of a call are raised by `_raise`, which has no other argument.
    """

    def __init__(self, client: "LambdaMicroVMsClient") -> None:
        """Use a boto3 client."""
        self.client = client
        self._parameters: dict[str, Parameters] = {}
        adopt_boto3_client(client)
        register_capture(client)

    def call(self, model: type[ResultT], method: str, /, **arguments: Any) -> ResultT:
        """Call an operation.

        Args:
            model: The model to parse the response into.
            method: boto3's name of the operation.
            **arguments: The arguments by boto3's names; `None` for one that is omitted.

        Returns:
            The response.

        Raises:
            ServiceError: The service returned an error.
            ResponseValidationError: The service's response does not match the model.
            botocore.exceptions.ParamValidationError: An argument cannot be sent.
        """
        return self.call_prepared(model, method, self.prepare(method, arguments))

    def prepare(self, method: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Convert the arguments of an operation to boto3's parameters.

        Args:
            method: boto3's name of the operation.
            arguments: The arguments by boto3's names; `None` for one that is omitted.

        Returns:
            The parameters.

        Raises:
            botocore.exceptions.ParamValidationError: An argument cannot be sent.
        """
        try:
            return self.parameters(method).convert(arguments)
        except ParamValidationError as caught:
            error = caught
        return _raise(error)

    def call_prepared(
        self, model: type[ResultT], method: str, parameters: Mapping[str, Any]
    ) -> ResultT:
        """Call an operation with parameters that `prepare` returned; otherwise as `call`."""
        _check_model(model)
        result: ResultT | Exception
        started = time.perf_counter() if _LOGGER.isEnabledFor(logging.DEBUG) else None
        try:
            result = self._send_and_read(model, method, parameters)
        except ParamValidationError as caught:
            result = caught
        except Exception as error:
            self._log(method, error, started)
            raise
        else:
            self._log(method, result, started)
        return _raise(result) if isinstance(result, Exception) else result

    def _log(self, method: str, result: Result | Exception, started: float | None) -> None:
        """Log a call: never a parameter, never a body."""
        if started is not None:
            facts = {
                "operation_name": self._operation_name(method),
                **_facts(result),
                "milliseconds": round((time.perf_counter() - started) * 1000, 1),
            }
            _LOGGER.debug(
                "%(operation_name)s: %(outcome)s, status %(status_code)s, request ID "
                "%(request_id)s, %(retry_attempts)s retries, %(milliseconds).1f ms",
                facts,
                extra=facts,
            )

    def parameters(self, method: str) -> Parameters:
        """Return what the parameters of an operation are."""
        if method not in self._parameters:
            service_model = self.client.meta.service_model
            operation = service_model.operation_model(self._operation_name(method))
            self._parameters[method] = Parameters(operation.input_shape)
        return self._parameters[method]

    def _operation_name(self, method: str) -> str:
        operation_name = self.client.meta.method_to_api_mapping.get(method)
        if operation_name is None:
            msg = f"botocore {botocore.__version__} knows no operation {method!r} of this service"
            raise AttributeError(msg)
        return operation_name

    def _send_and_read(
        self, model: type[ResultT], method: str, parameters: Mapping[str, Any]
    ) -> ResultT | MicroVMError:
        operation_name = self._operation_name(method)
        with Capture(operation_name) as capture:
            try:
                content: dict[str, Any] = getattr(self.client, method)(**parameters)
            except ClientError as error:
                request = FailedRequest.of(self.client, parameters)
                last = capture.unparsed
                if last is not None and last.status_code == HTTPStatus.MULTIPLE_CHOICES:
                    # botocore parses 300 as a success, and raises an error without its content.
                    retries = capture.attempts - 1
                    return _caused_by(
                        error,
                        read_error(operation_name, *last, retry_attempts=retries, request=request),
                    )
                return _caused_by(error, service_error(error, request))
            except BotoCoreError as error:
                cause = error.__cause__ or error.__context__
                if cause is not None:
                    # pytest would show the HTTP library's frames, with the body of the request.
                    without_tracebacks(cause)
                raise
            except Exception as error:
                response = capture.unparsed
                if response is None or not is_parsing_failure(error):
                    raise
                # botocore failed to parse it: an error that is not a JSON object, or an odd union.
                result = read_response(
                    model,
                    operation_name,
                    response,
                    retry_attempts=capture.attempts - 1,
                    request=FailedRequest.of(self.client, parameters),
                )
                return _caused_by(error, result) if isinstance(result, MicroVMError) else result
        response = captured_response(content)
        if response is None:
            return read_parsed_response(model, operation_name, content)
        metadata = content["ResponseMetadata"]
        return read_response(model, operation_name, response, metadata=metadata)


def _check_model(model: Any) -> None:
    if not (isinstance(model, type) and issubclass(model, Result)):
        msg = f"model must be a subclass of microvm_sdk.Result, got {model!r}"
        raise TypeError(msg)


def _facts(result: Result | Exception) -> dict[str, Any]:
    metadata: Any = {}
    if isinstance(result, Result):
        attached = result.response_metadata
        return {
            "outcome": "ok",
            "status_code": attached.http_status_code,
            "request_id": attached.request_id,
            "retry_attempts": attached.retry_attempts,
        }
    if isinstance(result, (ServiceError, ResponseValidationError)):
        metadata = result.response.get("ResponseMetadata", {})
    return {
        "outcome": type(result).__name__,
        "status_code": metadata.get("HTTPStatusCode"),
        "request_id": metadata.get("RequestId"),
        "retry_attempts": metadata.get("RetryAttempts"),
    }


def _caused_by(cause: Exception, error: MicroVMError) -> MicroVMError:
    if isinstance(cause, UnicodeError):
        return error  # Its `repr` has the whole body.
    error.__cause__ = cause.with_traceback(None)
    return error


def _raise(error: Exception) -> NoReturn:
    raise error.with_traceback(None)
