"""Operations on MicroVMs."""

from typing import Any

from microvm_sdk.testing._clock import clock
from microvm_sdk.testing._endpoints import endpoints
from microvm_sdk.testing._service.http import refusals
from microvm_sdk.testing._service.http.pages import page
from microvm_sdk.testing._service.operations.arn_rules import check_connectors
from microvm_sdk.testing._service.state.account import Account
from microvm_sdk.testing._service.state.stored_microvms import Microvm
from microvm_sdk.testing._service.state.stored_versions import canonical_name

Values = dict[str, Any]


class MicrovmOperations:
    """Run, get, list, suspend, resume and terminate MicroVMs."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def run_microvm(self, values: Values) -> Values:
        """Run a MicroVM from an active version."""
        return self._account.client_tokens.run_once("RunMicrovm", values, self._run)

    def get_microvm(self, values: Values) -> Values:
        """Get a MicroVM; terminated ones included."""
        microvm = self._account.get_microvm(values)
        microvm.poll(clock.now())
        return microvm.to_response()

    def list_microvms(self, values: Values) -> Values:
        """List MicroVMs, optionally those of one image or version only."""
        arn, version = values.get("imageIdentifier"), values.get("imageVersion")
        if version is not None:
            version = canonical_name(version)
        matching = [
            microvm
            for microvm in self._account.microvms.values()
            if arn in {None, microvm.image_arn} and version in {None, microvm.image_version}
        ]
        scope = ("microvms", str(arn), str(version))
        microvms, token = page(matching, lambda microvm: microvm.position, values, scope)
        for microvm in microvms:
            microvm.poll(clock.now())
        return {"items": [microvm.to_summary() for microvm in microvms], "nextToken": token}

    def suspend_microvm(self, values: Values) -> Values:
        """Suspend a running MicroVM."""
        self._account.get_microvm(values).suspend(clock.now())
        return {}

    def resume_microvm(self, values: Values) -> Values:
        """Resume a suspended MicroVM."""
        self._account.get_microvm(values).resume(clock.now())
        return {}

    def terminate_microvm(self, values: Values) -> Values:
        """Terminate a MicroVM."""
        self._account.get_microvm(values).terminate()
        return {}

    def _run(self, values: Values) -> Values:
        account = self._account
        arn, requested = values["imageIdentifier"], values.get("imageVersion")
        ingress = values.get("ingressNetworkConnectors", [account.connector_arn("HTTP_INGRESS")])
        egress = values.get("egressNetworkConnectors", [])
        check_connectors(ingress)
        check_connectors(egress)
        if len(egress) > 1:
            raise refusals.too_many_egress_connectors()
        if "cloudWatch" in values.get("logging", {}) and "executionRoleArn" not in values:
            raise refusals.execution_role_required()
        image = account.find_image(arn)
        version = None
        if image is not None and image.deletion is None:
            version = image.latest_active if requested is None else image.find_version(requested)
        if version is None or not version.can_start_microvms:
            which = arn if requested is None else f"{arn} and version {canonical_name(requested)}"
            raise refusals.no_active_version(which)
        if "runHookPayload" in values and not version.has_run_hook:
            raise refusals.run_hook_required()
        now = clock.now()
        microvm = Microvm(
            position=len(account.microvms),
            endpoint=endpoints.new(account.region),
            image_arn=arn,
            image_version=version.name,
            request=values,
            ingress=ingress,
            hooks=version.settings.get("hooks", {}),
            egress=egress or version.settings["egressNetworkConnectors"],
            started_at=now,
            active_at=now,
        )
        microvm.run()
        account.microvms[microvm.id] = microvm
        return microvm.to_response()
