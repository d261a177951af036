"""The resources of one account in one region."""

import copy
from typing import Any

from typing_extensions import Self

from microvm_sdk.testing._clock import clock
from microvm_sdk.testing._service.http import refusals
from microvm_sdk.testing._service.state.client_tokens import ClientTokens
from microvm_sdk.testing._service.state.stored_images import Image
from microvm_sdk.testing._service.state.stored_microvms import Microvm
from microvm_sdk.testing._service.state.stored_versions import Version

# The account in the ARNs of what AWS manages.
AWS = "aws"


class Account:
    """The images and MicroVMs of one account in one region, and how requests name them."""

    def __init__(self, partition: str, region: str, account_id: str) -> None:
        self.partition = partition
        self.region = region
        self.account_id = account_id
        self.images: dict[str, Image] = {}
        """The images by name."""
        self.images_made = 0
        """How many images were created, deleted ones included."""
        self.deleted_images: set[str] = set()
        """The ARNs of deleted images."""
        self.microvms: dict[str, Microvm] = {}
        """The MicroVMs by identifier, terminated ones included."""
        self.client_tokens = ClientTokens()
        """The client tokens that were used."""

    def snapshot(self) -> Self:
        """Return a copy that later changes of the account do not affect."""
        snapshot = copy.copy(self)
        snapshot.images = copy.deepcopy(self.images)
        snapshot.microvms = copy.deepcopy(self.microvms)
        snapshot.deleted_images = set(self.deleted_images)
        return snapshot

    def image_arn(self, name: str) -> str:
        """Return the ARN of an image of the account."""
        return self._arn(self.account_id, "microvm-image", name)

    def managed_image_arn(self, name: str) -> str:
        """Return the ARN of a managed image of AWS."""
        return self._arn(AWS, "microvm-image", name)

    def connector_arn(self, name: str) -> str:
        """Return the ARN of a managed network connector of AWS."""
        return self._arn(AWS, "network-connector:aws-network-connector", name)

    def has_artifact(self, uri: str) -> bool:
        """Whether moto's S3 has an object that the account can see, by its `s3://` URI."""
        from moto.s3.exceptions import MissingBucket  # noqa: PLC0415  Slow to import.
        from moto.s3.models import FakeKey, s3_backends  # noqa: PLC0415  As above.

        bucket, _, key = uri.removeprefix("s3://").partition("/")
        try:
            found = s3_backends[self.account_id][self.partition].get_object(bucket, key)
        except MissingBucket:
            return False
        return isinstance(found, FakeKey)

    def settle_images(self) -> None:
        """Advance the changes of all images, and remove images whose deletion has ended."""
        now = clock.now()
        for image in list(self.images.values()):
            image.settle(now)
            if image.deletion is not None and image.deletion.ended:
                del self.images[image.name]
                self.deleted_images.add(image.arn)

    def find_image(self, arn: str) -> Image | None:
        """Return an image by its ARN, `None` when there is no such image."""
        self.settle_images()
        image = self.images.get(arn.rpartition(":")[2])
        return image if image is not None and image.arn == arn else None

    def get_image(self, arn: str) -> Image:
        """Return an image by its ARN.

        Raises:
            ErrorResponse: There is no such image.
        """
        image = self.find_image(arn)
        if image is None:
            raise refusals.image_not_found(arn)
        return image

    def poll_image(self, arn: str) -> Image:
        """Count a poll of an image, and return the image.

        Raises:
            ErrorResponse: There is no such image, perhaps because this poll ended its deletion.
        """
        self.get_image(arn).poll(clock.now())
        return self.get_image(arn)

    def get_image_of_version(self, values: dict[str, Any]) -> Image:
        """Return the image in a request for a version.

        Raises:
            ErrorResponse: There is no such image; the message names the version.
        """
        arn = values["imageIdentifier"]
        image = self.find_image(arn)
        if image is None:
            raise refusals.version_not_found(arn, values["imageVersion"])
        return image

    def get_version(self, values: dict[str, Any]) -> tuple[Image, Version]:
        """Return the image and the version in a request.

        Raises:
            ErrorResponse: There is no such version.
        """
        image = self.get_image_of_version(values)
        version = image.find_version(values["imageVersion"])
        if version is None:
            raise refusals.version_not_found(image.arn, values["imageVersion"])
        return image, version

    def poll_version(self, values: dict[str, Any]) -> tuple[Image, Version]:
        """Count a poll of the image in a request, and return the image and the version.

        Raises:
            ErrorResponse: There is no such version, perhaps because this poll ended its deletion.
        """
        self.get_image_of_version(values).poll(clock.now())
        return self.get_version(values)

    def get_microvm(self, values: dict[str, Any]) -> Microvm:
        """Return the MicroVM in a request.

        Raises:
            ErrorResponse: There is no such MicroVM.
        """
        microvm = self.microvms.get(values["microvmIdentifier"])
        if microvm is None:
            raise refusals.microvm_not_found(values["microvmIdentifier"])
        microvm.settle(clock.now())
        return microvm

    def _arn(self, account_id: str, kind: str, name: str) -> str:
        return f"arn:{self.partition}:lambda:{self.region}:{account_id}:{kind}:{name}"
