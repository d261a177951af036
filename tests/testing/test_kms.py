"""KMS keys of image versions and MicroVMs: a parameter that botocore has had since 1.44.8."""

from typing import Any

import pytest
from botocore.exceptions import ParamValidationError
from service_comparison import service_model

from microvm_sdk import MicroVMClient
from microvm_sdk.testing import Controls

REGION = "us-east-2"
KEY = f"arn:aws:kms:{REGION}:123456789012:key/0b1c2d3e-4f50-4617-8293-a4b5c6d7e8f9"
ALIAS = f"arn:aws:kms:{REGION}:123456789012:alias/images"
KNOWN = "kmsKeyIdentifier" in service_model().shape_for("RunMicrovmRequest").members
needs_parameter = pytest.mark.skipif(not KNOWN, reason="this botocore is older than the parameter")


@needs_parameter
def test_each_version_returns_the_key_it_was_built_with(client: Any, image_request: Any) -> None:
    sdk = MicroVMClient(client=client)
    settings: Any = {
        "base_image_arn": image_request()["baseImageArn"],
        "build_role_arn": image_request()["buildRoleArn"],
        "code_artifact": image_request()["codeArtifact"],
    }
    created = sdk.create_microvm_image(name="keys", kms_key_identifier=KEY, **settings)
    arn = created.image_arn
    updated = sdk.update_microvm_image(image_identifier=arn, kms_key_identifier=ALIAS, **settings)
    reset = sdk.update_microvm_image(image_identifier=arn, **settings)
    assert (created.kms_key_identifier, updated.kms_key_identifier) == (KEY, ALIAS)
    assert reset.kms_key_identifier is None

    versions = sdk.list_microvm_image_versions(image_identifier=arn)
    listed = {version.image_version: version.kms_key_identifier for version in versions}
    assert listed == {"1.0": KEY, "2.0": ALIAS, "3.0": None}
    for image_version, key in listed.items():
        version = sdk.get_microvm_image_version(image_identifier=arn, image_version=image_version)
        assert version.kms_key_identifier == key
    version = sdk.update_microvm_image_version(
        image_identifier=arn, image_version="1.0", status="INACTIVE"
    )
    assert version.kms_key_identifier == KEY


@needs_parameter
def test_microvm_returns_its_own_key_and_not_the_one_of_its_version(
    client: Any, create: Any
) -> None:
    sdk = MicroVMClient(client=client)
    arn = create(kmsKeyIdentifier=KEY)
    with_key = sdk.run_microvm(image_identifier=arn, kms_key_identifier=ALIAS)
    without = sdk.run_microvm(image_identifier=arn)
    assert (with_key.kms_key_identifier, without.kms_key_identifier) == (ALIAS, None)
    found = sdk.get_microvm(microvm_identifier=with_key.microvm_id)
    assert found.kms_key_identifier == ALIAS


@needs_parameter
@pytest.mark.parametrize("key", ["a" * 2_049, "key with spaces"])
def test_key_of_another_length_or_form_is_a_validation_exception(
    key: str, client: Any, create: Any
) -> None:
    with pytest.raises(client.exceptions.ValidationException, match="kmsKeyIdentifier"):
        client.run_microvm(imageIdentifier=create(), kmsKeyIdentifier=key)


@pytest.mark.skipif(KNOWN, reason="this botocore has the parameter")
def test_older_botocore_refuses_the_parameter_itself(controls: Controls) -> None:
    assert controls
    with (
        MicroVMClient(region_name=REGION) as client,
        pytest.raises(ParamValidationError, match="kmsKeyIdentifier"),
    ):
        client.run_microvm(image_identifier="arn", kms_key_identifier=KEY)
