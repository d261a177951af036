"""Calling an operation: prepare the parameters, send the request, read the response."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, NoReturn

import botocore
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from microvm_sdk._calls.boto3_client import adopt_boto3_client
from microvm_sdk._calls.call_log import log_call, start_time
from microvm_sdk._calls.capture import (
    Capture,
    is_parsing_failure,
    register_capture,
    take_captured_response,
)
from microvm_sdk._calls.error_responses import RequestSummary, service_error
from microvm_sdk._calls.parameters import Parameters
from microvm_sdk._calls.responses import read_parsed_response, read_response
from microvm_sdk._calls.tracebacks import without_tracebacks
from microvm_sdk.exceptions import MicroVMError
from microvm_sdk.models._machinery.results import Result, ResultT

if TYPE_CHECKING:
    from types_boto3_lambda_microvms import LambdaMicroVMsClient


class Operations:
    """The operations of a boto3 client, by boto3's method names.

    Tracebacks show the arguments of the frame that raised, in pytest even by default, and these may
    contain secrets. So the errors of a call are raised by `_raise`, which has no other argument.
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
            return self.parameters_of(method).convert(arguments)
        except ParamValidationError as caught:
            error = caught
        return _raise(error)

    def call_prepared(
        self, model: type[ResultT], method: str, parameters: Mapping[str, Any]
    ) -> ResultT:
        """Call an operation with parameters that `prepare` returned; otherwise as `call`."""
        _check_model(model)
        operation_name = self._operation_name(method)
        outcome: ResultT | Exception
        started = start_time()
        try:
            outcome = self._send_and_read(model, method, parameters)
        except ParamValidationError as caught:
            outcome = caught
        except Exception as error:
            log_call(operation_name, error, started)
            raise
        else:
            log_call(operation_name, outcome, started)
        return _raise(outcome) if isinstance(outcome, Exception) else outcome

    def _send_and_read(
        self, model: type[ResultT], method: str, parameters: Mapping[str, Any]
    ) -> ResultT | MicroVMError:
        operation_name = self._operation_name(method)
        with Capture(operation_name) as capture:
            try:
                content: dict[str, Any] = getattr(self.client, method)(**parameters)
            except Exception as error:
                request = RequestSummary.of(self.client, parameters)
                result = _read_after_exception(error, model, capture, request)
                if result is None:
                    raise
                return result
        response = take_captured_response(content)
        if response is None:
            return read_parsed_response(model, operation_name, content)
        metadata = content["ResponseMetadata"]
        return read_response(model, operation_name, response, metadata=metadata)

    def parameters_of(self, method: str) -> Parameters:
        """Return the parameters of an operation, derived once."""
        if method not in self._parameters:
            service_model = self.client.meta.service_model
            operation = service_model.operation_model(self._operation_name(method))
            self._parameters[method] = Parameters(operation.input_shape)
        return self._parameters[method]

    def _operation_name(self, method: str) -> str:
        operation_name = self.client.meta.method_to_api_mapping.get(method)
        if operation_name is None:
            msg = f"botocore {botocore.__version__} has no operation {method!r} for this service"
            raise AttributeError(msg)
        return operation_name


def _read_after_exception(
    error: Exception, model: type[ResultT], capture: Capture, request: RequestSummary
) -> ResultT | MicroVMError | None:
    """Read the response to a call for which botocore raised an exception.

    Returns:
        The model or, to be raised, the error; `None` if the exception has another reason.
    """
    if isinstance(error, BotoCoreError):
        cause = error.__cause__ or error.__context__
        if cause is not None:
            # pytest would show the HTTP library's frames, with the body of the request.
            without_tracebacks(cause)
        return None
    response = capture.left_to_botocore
    # botocore parses 300 as a success, and raises an error without its content.
    is_unread_error = (
        isinstance(error, ClientError)
        and response is not None
        and response.status_code == HTTPStatus.MULTIPLE_CHOICES
    )
    result: ResultT | MicroVMError
    if isinstance(error, ClientError) and not is_unread_error:
        result = service_error(error, request)
    elif response is not None and (is_unread_error or is_parsing_failure(error)):
        # botocore fails to parse an error that is not a JSON object, and an invalid union.
        result = read_response(
            model,
            capture.operation_name,
            response,
            retry_attempts=capture.retry_attempts,
            request=request,
        )
    else:
        return None
    return _caused_by(error, result) if isinstance(result, MicroVMError) else result


def _check_model(model: Any) -> None:
    if not (isinstance(model, type) and issubclass(model, Result)):
        msg = f"model must be a subclass of microvm_sdk.Result, got {model!r}"
        raise TypeError(msg)


def _caused_by(cause: Exception, error: MicroVMError) -> MicroVMError:
    if isinstance(cause, UnicodeError):
        return error  # Its `repr` has the whole body.
    error.__cause__ = cause.with_traceback(None)
    return error


def _raise(error: Exception) -> NoReturn:
    raise error.with_traceback(None)
