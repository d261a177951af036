"""From an error response to the typed error."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from microvm_sdk import exceptions
from microvm_sdk.exceptions import ErrorKind, ServiceError

if TYPE_CHECKING:
    from types_boto3_lambda_microvms import LambdaMicroVMsClient
    from typing_extensions import Self

SERVICE_ERRORS: dict[str, type[ServiceError]] = {
    name: error_class
    for name in exceptions.__all__
    if issubclass(error_class := getattr(exceptions, name), ServiceError)
    and error_class is not ServiceError
}

# The parameters that say which resource a call is about. None of them can hold a secret.
_IDENTIFIERS = {
    "imageIdentifier": "image_identifier",
    "imageVersion": "image_version",
    "buildId": "build_id",
    "microvmIdentifier": "microvm_identifier",
    "name": "name",
    "baseImageArn": "base_image_arn",
    "Resource": "resource",
}
_MANAGED = "aws"


@dataclass(frozen=True)
class FailedRequest:
    """What the text of an error says about the request."""

    region: str | None = None
    """The client's region."""
    account: str | None = None
    """The account of the client's credentials, where they carry its id."""
    identifiers: Mapping[str, str] = field(default_factory=dict)
    """The parameters that say which resource was meant, by their Python names."""

    @classmethod
    def of(cls, client: "LambdaMicroVMsClient", parameters: Mapping[str, Any]) -> "Self":
        """Collect it, without a call.

        Args:
            client: The boto3 client that sent the request.
            parameters: The parameters by boto3's names.
        """
        signer: Any = getattr(client, "_request_signer", None)
        credentials: Any = getattr(signer, "_credentials", None)
        # The public attribute of credentials that expire would refresh them, which is a call.
        known = {**getattr(credentials, "__dict__", {})}
        return cls(
            region=client.meta.region_name,
            account=known.get("_account_id") or known.get("account_id"),
            identifiers={
                name: parameters[parameter]
                for parameter, name in _IDENTIFIERS.items()
                if isinstance(parameters.get(parameter), str)
            },
        )

    def describe(self, message: str | None, kind: ErrorKind) -> str | None:
        """Describe the request, as far as the service's message does not.

        Args:
            message: The service's message.
            kind: The kind of the error.

        Returns:
            Sentences; `None` if there is nothing to add.
        """
        unmentioned = {
            name: value for name, value in self.identifiers.items() if value not in (message or "")
        }
        named = ", ".join(f"{name}={value!r}" for name, value in unmentioned.items())
        sentences = [f"The request had {named}."] if named else []
        if kind is ErrorKind.ACCESS_DENIED:
            for name, value in self.identifiers.items():
                sentences += self._mismatches(name, value)
        return " ".join(sentences) or None

    def _mismatches(self, name: str, value: str) -> Iterator[str]:
        parts = value.split(":", 5)
        if len(parts) < 6 or parts[0] != "arn":  # noqa: PLR2004  An ARN has six parts.
            return
        for what, theirs, ours in [
            ("region", parts[3], self.region),
            ("account", parts[4], self.account),
        ]:
            if ours and theirs not in {"", _MANAGED, ours}:
                yield f"{name} is in {what} {theirs}, but the client uses {what} {ours}."


def service_error(error: ClientError, request: FailedRequest | None = None) -> ServiceError:
    """Make the typed error of botocore's.

    Args:
        error: The error that botocore raised.
        request: The request that failed.

    Returns:
        The error's own class if the service model lists it, else a `ServiceError`.
    """
    return _typed(error.response, error.operation_name, request)


def _typed(response: Any, operation_name: str, request: FailedRequest | None) -> ServiceError:
    code = response.get("Error", {}).get("Code", "")
    error_class = SERVICE_ERRORS.get(str(code), ServiceError)
    error = error_class(response, operation_name)
    context = request.describe(error.message, error.kind) if request else None
    return error_class(response, operation_name, context=context) if context else error
