"""The proxy in front of the MicroVMs' endpoints: how it responds to a request."""

from microvm_sdk.testing._clock import clock
from microvm_sdk.testing._service import auth_tokens
from microvm_sdk.testing._service.account import Account


def visit(account: Account, microvm_id: str, token: str | None, port: int) -> int:
    """Decide how the proxy responds to a request.

    Args:
        account: The account that the MicroVM belongs to.
        microvm_id: The MicroVM.
        token: The `X-aws-proxy-auth` header, if any.
        port: The `X-aws-proxy-port` header.

    Returns:
        The HTTP status: 200; 403 when the token is missing, belongs to another MicroVM, has
        expired, or is for other ports; 502 when the MicroVM is not running.
    """
    now = clock.now()
    microvm = account.microvms[microvm_id]
    if not auth_tokens.allows(token, microvm_id, port, now):
        return 403
    microvm.settle(now)
    if microvm.state == "SUSPENDED" and microvm.resumes_automatically:
        microvm.resume(now)
    if microvm.state != "RUNNING":
        return 502
    microvm.active_at = now
    return 200
