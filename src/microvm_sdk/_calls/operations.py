"""Calling an operation: prepare the parameters, send the request, read the response."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import botocore
from botocore.exceptions import BotoCoreError, ParamValidationError
from pydantic import PydanticUndefinedAnnotation, PydanticUserError

from microvm_sdk._calls.boto3_client import register_handlers
from microvm_sdk._calls.call_log import log_call, start_time
from microvm_sdk._calls.capture import Capture, register_capture, take_captured_response
from microvm_sdk._calls.interruptions import register_interruptions
from microvm_sdk._calls.outcome import CallOutcome
from microvm_sdk._calls.parameters import Parameters, holds_a_secret
from microvm_sdk._calls.responses import read
from microvm_sdk._calls.sending import register_sending
from microvm_sdk._calls.tracebacks import without_tracebacks
from microvm_sdk._error_texts import RequestSummary
from microvm_sdk.models._machinery.model import build_model
from microvm_sdk.models._machinery.results import Result, ResultT

if TYPE_CHECKING:
    from types_boto3_lambda_microvms import LambdaMicroVMsClient


class Operations:
    """The operations of a boto3 client, by boto3's method names."""

    def __init__(self, client: "LambdaMicroVMsClient") -> None:
        """Use a boto3 client."""
        self.client = client
        self._parameters: dict[str, Parameters] = {}
        register_handlers(client)
        register_capture(client)
        register_interruptions(client)
        register_sending(client)

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
        return self.parameters_of(method).convert(arguments)

    def call_prepared(
        self, model: type[ResultT], method: str, parameters: Mapping[str, Any]
    ) -> ResultT:
        """Call an operation with parameters that `prepare` returned; otherwise as `call`."""
        # First, because a request takes effect even if no model can be made of its response.
        _build(model)
        operation_name = self._operation_name(method)
        started = start_time()
        try:
            result = read(model, self._send(operation_name, method, parameters))
        except ParamValidationError:
            raise  # Nothing was sent.
        except Exception as error:
            log_call(operation_name, error, started)
            raise
        log_call(operation_name, result, started)
        return result

    def _send(self, operation_name: str, method: str, parameters: Mapping[str, Any]) -> CallOutcome:
        """Make a call. Exceptions that are not about its response propagate."""
        with Capture(operation_name) as capture:
            try:
                content: dict[str, Any] = getattr(self.client, method)(**parameters)
            except ParamValidationError as refused:
                return CallOutcome(operation_name, error=refused)
            except BotoCoreError as failed:
                cause = failed.__cause__ or failed.__context__
                if cause is not None:
                    without_tracebacks(cause)
                raise
            except Exception as raised:
                if not capture.is_about_the_call(raised):
                    raise
                error = raised
            else:
                return CallOutcome(operation_name, take_captured_response(content), content)
        output = self.client.meta.service_model.operation_model(operation_name).output_shape
        return CallOutcome(
            operation_name,
            capture.response_behind(error),
            error=error,
            attempts=capture.attempts,
            request=RequestSummary.of(self.client, parameters),
            has_secrets=holds_a_secret(output),
        )

    def parameters_of(self, method: str) -> Parameters:
        """Return the parameters of an operation, derived from its shape once."""
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


def _build(model: Any) -> None:
    """Build a model, so that it can read what the service returns."""
    if not (isinstance(model, type) and issubclass(model, Result)):
        msg = f"model must be a subclass of microvm_sdk.Result, got {model!r}"
        raise TypeError(msg)
    try:
        build_model(model)
        if not model.__pydantic_complete__:
            model.model_rebuild()
    except (PydanticUndefinedAnnotation, PydanticUserError) as error:
        msg = f"model {model.__name__} cannot be built: {error.message}"
        raise TypeError(msg) from error
