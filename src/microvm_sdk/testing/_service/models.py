"""The service's state in one account and region: a method for each operation.

Every method takes the operation's input, by the names on the wire, and returns the answer's body.
"""

from __future__ import annotations

import re
import threading
import uuid
from typing import TYPE_CHECKING, Any

from moto.core.base_backend import BackendDict, BaseBackend

from microvm_sdk.testing._clock import clock
from microvm_sdk.testing._faults import faults
from microvm_sdk.testing._service import auth_tokens, managed_images, refusals
from microvm_sdk.testing._service.arns import AWS, connector_arn, image_name
from microvm_sdk.testing._service.builds import reason_in_uri, start_builds
from microvm_sdk.testing._service.constraints import require_pattern
from microvm_sdk.testing._service.idempotency import ClientTokens
from microvm_sdk.testing._service.images import (
    DEFAULT_RESOURCES,
    INGREDIENTS,
    Image,
    Version,
)
from microvm_sdk.testing._service.lifecycle import BUILDS, Lifecycle, pace
from microvm_sdk.testing._service.microvms import Microvm, new_id
from microvm_sdk.testing._service.pages import page

if TYPE_CHECKING:
    from collections.abc import Callable

    Values = dict[str, Any]
    # An answer, and what gives it when a client token comes again.
    Worked = tuple[Values, Callable[[], Values]]

MOST_VERSIONS = 50
# The server has a thread for each request, and the state has no locks of its own.
ONE_AT_A_TIME = threading.RLock()
MAJOR_VERSION = re.compile("[0-9]+")


class MicroVMBackend(BaseBackend):
    """The images and MicroVMs of one account in one region."""

    def __init__(self, region_name: str, account_id: str) -> None:
        """Begin with nothing.

        Args:
            region_name: AWS region.
            account_id: Number of the account.
        """
        super().__init__(region_name, account_id)
        self._images: dict[str, Image] = {}
        self._images_made = 0
        self._deleted_images: set[str] = set()
        self._microvms: dict[str, Microvm] = {}
        self._tokens = ClientTokens()

    def reset(self) -> None:
        """Forget everything; moto calls it at the end of a mock and for `/moto-api/reset`."""
        with ONE_AT_A_TIME:
            super().reset()
        faults.clear()
        clock.reset()
        pace.forget()

    # Images

    def create_microvm_image(self, values: Values) -> Values:
        """Make an image and build its first version."""
        return self._tokens.once("CreateMicrovmImage", values, self._create_image)

    def update_microvm_image(self, values: Values) -> Values:
        """Build a new version; what the request leaves out is reset."""
        return self._tokens.once("UpdateMicrovmImage", values, self._update_image)

    def get_microvm_image(self, values: Values) -> Values:
        """Tell of an image."""
        image = self._image(values)
        image.look(clock.now())
        return self._image(values).answer()

    def list_microvm_images(self, values: Values) -> Values:
        """List images; the page is cut before the filter is applied."""
        for image in self._images.values():
            image.look(clock.now())
        self._settle()
        name_filter = values.get("nameFilter", "")
        images, token = page(
            self._images.values(),
            lambda image: image.position,
            values,
            ("images", name_filter),
        )
        return {
            "items": [image.summary() for image in images if name_filter in image.name],
            "nextToken": token,
        }

    def delete_microvm_image(self, values: Values) -> Values:
        """Delete an image that nothing runs from; a deleted one stays deleted."""
        self._settle()
        arn = values["imageIdentifier"]
        name = image_name(arn, self.region_name, self.account_id)
        if name not in self._images and arn in self._deleted_images:
            return {"imageIdentifier": arn, "state": "DELETED"}
        image = self._image(values)
        if image.deletion is None:
            if image.busy:
                raise refusals.image_not_deletable(arn, image.state)
            if any(self._alive(microvm, arn) for microvm in self._microvms.values()):
                raise refusals.image_in_use(arn)
            image.start_deletion()
        return {"imageIdentifier": arn, "state": image.state}

    # Versions and builds

    def get_microvm_image_version(self, values: Values) -> Values:
        """Tell of a version."""
        self._image(values, for_version=True).look(clock.now())
        image, version = self._version(values)
        return version.answer(image.arn)

    def list_microvm_image_versions(self, values: Values) -> Values:
        """List an image's versions, without their environment variables."""
        self._image(values).look(clock.now())
        image = self._image(values)
        versions, token = page(
            image.versions.values(),
            lambda version: version.number,
            values,
            ("versions", image.arn),
        )
        return {
            "items": [each.answer(image.arn, with_environment=False) for each in versions],
            "nextToken": token,
        }

    def update_microvm_image_version(self, values: Values) -> Values:
        """Let MicroVMs be run from a version, or no longer."""
        image, version = self._version(values)
        self._require_idle(image)
        if version.state != "SUCCESSFUL":
            raise refusals.version_not_updatable(image.arn, version.name, version.state)
        version.active = values["status"] == "ACTIVE"
        version.updated_at = clock.now()
        return version.answer(image.arn)

    def delete_microvm_image_version(self, values: Values) -> Values:
        """Delete a version, one at a time and never the last; a deleted one stays deleted."""
        image = self._image(values, for_version=True)
        name = values["imageVersion"]
        answer = {"imageIdentifier": image.arn, "imageVersion": name}
        if name not in image.versions and name in {
            f"{n}.0" for n in range(1, image.versions_made + 1)
        }:
            return answer | {"state": "DELETED"}
        image, version = self._version(values)
        if version.state != "DELETING":
            self._require_idle(image)
            if len(image.versions) == 1:
                raise refusals.last_version(image.arn)
            image.start_version_deletion(version)
        return answer | {"state": version.state}

    def get_microvm_image_build(self, values: Values) -> Values:
        """Tell of a build, with the sizes of its snapshot."""
        self._image(values, for_version=True).look(clock.now())
        image, version = self._version(values)
        answer = version.build_answer(image.arn, values["buildId"])
        if answer is None:
            raise refusals.build_not_found(image.arn, version.name, values["buildId"])
        return answer

    def list_microvm_image_builds(self, values: Values) -> Values:
        """List a version's builds."""
        self._image(values, for_version=True).look(clock.now())
        image, version = self._version(values)
        builds = version.build_answers(image.arn, values)
        filters = (
            str(values.get(name)) for name in ("architecture", "chipset", "chipsetGeneration")
        )
        numbered, token = page(
            enumerate(builds),
            lambda numbered: numbered[0],
            values,
            ("builds", image.arn, version.name, *filters),
        )
        return {"items": [build for _, build in numbered], "nextToken": token}

    # Managed images

    def list_managed_microvm_images(self, values: Values) -> Values:
        """List the images that AWS provides."""
        named, token = page(
            enumerate(managed_images.MANAGED_IMAGES.items()),
            lambda numbered: numbered[0],
            values,
            ("managed-images",),
        )
        items = [
            managed_images.image_answer(self._arn(AWS, name), versions)
            for _, (name, versions) in named
        ]
        return {"items": items, "nextToken": token}

    def list_managed_microvm_image_versions(self, values: Values) -> Values:
        """List the versions of an image that AWS provides."""
        arn = values["imageIdentifier"]
        name = image_name(arn, self.region_name, AWS)
        if name not in managed_images.MANAGED_IMAGES:
            raise refusals.image_not_found(arn)
        versions, token = page(
            enumerate(managed_images.MANAGED_IMAGES[name]),
            lambda numbered: numbered[0],
            values,
            ("managed-versions", arn),
        )
        items = [managed_images.version_answer(arn, version) for _, version in versions]
        return {"items": items, "nextToken": token}

    # MicroVMs

    def run_microvm(self, values: Values) -> Values:
        """Run a MicroVM from an active version."""
        return self._tokens.once("RunMicrovm", values, self._run)

    def get_microvm(self, values: Values) -> Values:
        """Tell of a MicroVM, also of a terminated one."""
        microvm = self._microvm(values)
        microvm.look(clock.now())
        return microvm.answer()

    def list_microvms(self, values: Values) -> Values:
        """List MicroVMs, perhaps those of one image or version only."""
        arn, version = values.get("imageIdentifier"), values.get("imageVersion")
        if arn is not None:
            image_name(arn, self.region_name, self.account_id)
        chosen = [
            microvm
            for microvm in self._microvms.values()
            if arn in {None, microvm.image_arn} and version in {None, microvm.image_version}
        ]
        scope = ("microvms", str(arn), str(version))
        microvms, token = page(chosen, lambda microvm: microvm.position, values, scope)
        for microvm in microvms:
            microvm.look(clock.now())
        return {"items": [microvm.summary() for microvm in microvms], "nextToken": token}

    def suspend_microvm(self, values: Values) -> Values:
        """Suspend a running MicroVM."""
        self._microvm(values).suspend(clock.now())
        return {}

    def resume_microvm(self, values: Values) -> Values:
        """Resume a suspended MicroVM."""
        self._microvm(values).resume(clock.now())
        return {}

    def terminate_microvm(self, values: Values) -> Values:
        """Terminate a MicroVM."""
        self._microvm(values).terminate()
        return {}

    # Access tokens

    def create_microvm_auth_token(self, values: Values) -> Values:
        """Issue a token for some ports of a MicroVM."""
        microvm = self._microvm(values)
        microvm.require_reachable()
        return auth_tokens.issue(microvm.id, values, clock.now(), values["allowedPorts"])

    def create_microvm_shell_auth_token(self, values: Values) -> Values:
        """Issue a token for a shell in a MicroVM that lets shells in."""
        microvm = self._microvm(values)
        microvm.require_reachable()
        for connector in ("HTTP_INGRESS", "SHELL_INGRESS"):
            arn = connector_arn(self.partition, self.region_name, connector)
            if arn not in microvm.ingress:
                raise refusals.connector_missing(microvm.id, connector)
        return auth_tokens.issue(microvm.id, values, clock.now(), None)

    def has_microvm(self, microvm_id: str) -> bool:
        """Whether there is, or was, such a MicroVM."""
        return microvm_id in self._microvms

    def visit(self, microvm_id: str, token: str | None, port: int) -> int:
        """Tell what the proxy before a MicroVM would answer.

        Args:
            microvm_id: The MicroVM.
            token: The `X-aws-proxy-auth` header, if there is one.
            port: The `X-aws-proxy-port` header.

        Returns:
            The HTTP status: 200; 403 where the token is none, another MicroVM's, too old, or for
            other ports; 502 where nobody answers behind the proxy.
        """
        now = clock.now()
        microvm = self._microvms[microvm_id]
        if not auth_tokens.allows(token, microvm_id, port, now):
            return 403
        microvm.settle(now)
        if microvm.state == "SUSPENDED" and microvm.resumes_itself:
            microvm.resume(now)
        if microvm.state != "RUNNING":
            return 502
        microvm.active_at = now
        return 200

    # Tags

    def list_tags(self, values: Values) -> Values:
        """Tell an image's tags."""
        return {"Tags": dict(self._tagged(values).tags)}

    def tag_resource(self, values: Values) -> None:
        """Add tags to an image, or change them."""
        self._tagged(values).tags.update(values["Tags"])

    def untag_resource(self, values: Values) -> None:
        """Take tags from an image."""
        tags = self._tagged(values).tags
        for key in values["TagKeys"]:
            tags.pop(key, None)

    # What the operations are made of

    def _arn(self, account: str, name: str) -> str:
        return f"arn:{self.partition}:lambda:{self.region_name}:{account}:microvm-image:{name}"

    def _settle(self) -> None:
        now = clock.now()
        for image in list(self._images.values()):
            image.settle(now)
            if image.deletion is not None and image.deletion.ended:
                del self._images[image.name]
                self._deleted_images.add(image.arn)

    def _image(self, values: Values, *, for_version: bool = False) -> Image:
        self._settle()
        arn = values["imageIdentifier"]
        image = self._images.get(image_name(arn, self.region_name, self.account_id) or "")
        if image is not None:
            return image
        if for_version:
            raise refusals.version_not_found(arn, values["imageVersion"])
        raise refusals.image_not_found(arn)

    def _version(self, values: Values) -> tuple[Image, Version]:
        image = self._image(values, for_version=True)
        version = image.versions.get(values["imageVersion"])
        if version is None:
            raise refusals.version_not_found(image.arn, values["imageVersion"])
        return image, version

    @staticmethod
    def _require_idle(image: Image) -> None:
        if image.busy:
            raise refusals.image_busy(image.arn, image.state)

    def _create_image(self, values: Values) -> Worked:
        self._settle()
        arn = self._arn(self.account_id, values["name"])
        if values["name"] in self._images:
            raise refusals.name_taken(arn)
        now = clock.now()
        tags = values.get("tags")
        image = Image(arn, values["name"], self._images_made, now, now, dict(tags or {}))
        version = self._start_version(image, values)
        self._images[image.name] = image
        self._images_made += 1
        self._deleted_images.discard(arn)
        answer = image.answer_with(version) | {"tags": tags}
        return answer, lambda: answer

    def _update_image(self, values: Values) -> Worked:
        image = self._image(values)
        self._require_idle(image)
        if len(image.versions) >= MOST_VERSIONS:
            raise refusals.too_many_versions(image.arn, MOST_VERSIONS)
        answer = image.answer_with(self._start_version(image, values))
        return answer, lambda: answer

    def _start_version(self, image: Image, values: Values) -> Version:
        now = clock.now()
        internet = connector_arn(self.partition, self.region_name, "INTERNET_EGRESS")
        ingredients = {name: values[name] for name in INGREDIENTS if name in values}
        ingredients["baseImageVersion"] = self._base_version(values)
        ingredients.setdefault("egressNetworkConnectors", [internet])
        ingredients.setdefault("resources", DEFAULT_RESOURCES)
        builds = start_builds(values.get("cpuConfigurations"), now)
        fault = faults.take_build(image.name)
        failure = fault.reason if fault else reason_in_uri(values["codeArtifact"]["uri"])
        end = "FAILED" if failure else "SUCCESSFUL"
        life = Lifecycle(BUILDS, "PENDING", "IN_PROGRESS", end)
        version = Version(
            image.versions_made + 1, ingredients, builds, now, now, life, failure=failure
        )
        image.start_version(version)
        return version

    @staticmethod
    def _base_version(values: Values) -> str:
        base = values["baseImageArn"].rsplit(":", 1)[-1]
        wanted = values.get("baseImageVersion")
        if wanted is None:
            return managed_images.newest_available(base)
        # The service shows `1.0` and takes `1` only.
        require_pattern("baseImageVersion", wanted, MAJOR_VERSION)
        return f"{int(wanted)}.0"

    def _run(self, values: Values) -> Worked:
        self._settle()
        arn = values["imageIdentifier"]
        image = self._images.get(image_name(arn, self.region_name, self.account_id) or "")
        version = None
        if image is not None and image.deletion is None:
            wanted = values.get("imageVersion")
            version = image.latest_active if wanted is None else image.versions.get(wanted)
        if version is None or not version.launchable:
            raise refusals.no_active_version(arn)
        now = clock.now()
        ingress = connector_arn(self.partition, self.region_name, "HTTP_INGRESS")
        egress = connector_arn(self.partition, self.region_name, "INTERNET_EGRESS")
        microvm = Microvm(
            id=new_id(),
            position=len(self._microvms),
            endpoint=f"{uuid.uuid4()}.lambda-microvm.{self.region_name}.on.aws",
            image_arn=arn,
            image_version=version.name,
            request=values,
            ingress=values.get("ingressNetworkConnectors", [ingress]),
            egress=values.get("egressNetworkConnectors", [egress]),
            started_at=now,
            active_at=now,
        )
        self._microvms[microvm.id] = microvm

        def tell_again() -> Values:
            microvm.settle(clock.now())
            return microvm.answer()

        return microvm.answer(), tell_again

    def _microvm(self, values: Values) -> Microvm:
        microvm = self._microvms.get(values["microvmIdentifier"])
        if microvm is None:
            raise refusals.microvm_not_found(values["microvmIdentifier"])
        microvm.settle(clock.now())
        return microvm

    def _alive(self, microvm: Microvm, arn: str) -> bool:
        if microvm.image_arn != arn:
            return False
        microvm.settle(clock.now())
        return microvm.state not in {"TERMINATING", "TERMINATED"}

    def _tagged(self, values: Values) -> Image:
        return self._image({"imageIdentifier": values["Resource"]})


lambdamicrovms_backends = BackendDict(MicroVMBackend, "lambda-microvms")
