"""Build two versions of an image and withdraw the second, on the local service over HTTP."""

from microvm_sdk import CodeArtifactUri
from microvm_sdk.arns import managed_image_arn
from microvm_sdk.releases import withdraw
from microvm_sdk.settings import image_settings
from microvm_sdk.testing import MicroVMServer


def main() -> None:
    """Create an image, update it, and take the new version away from callers."""
    with MicroVMServer() as server, server.client() as client:
        print("local service at", server.endpoint_url)
        created = client.create_microvm_image(
            name="web",
            base_image_arn=managed_image_arn("al2023-1", region="us-east-1"),
            build_role_arn="arn:aws:iam::123456789012:role/build",
            code_artifact=CodeArtifactUri(uri="s3://artifacts/web-1.zip"),
            environment_variables={"API_KEY": "not to be printed"},
        )
        image = created.image_arn
        version = client.wait_until_image_version_ready(
            image_identifier=image, image_version=created.image_version
        )
        print("built", version.image_version, version.state, version.status)

        settings = image_settings(client, image_identifier=image)
        settings["code_artifact"] = CodeArtifactUri(uri="s3://artifacts/web-2.zip")
        updated = client.update_microvm_image(image_identifier=image, **settings)
        version = client.wait_until_image_version_ready(
            image_identifier=image, image_version=updated.image_version
        )
        print("built", version.image_version, version.state, version.status)

        release = withdraw(
            client, image_identifier=image, image_version=version.image_version, on_step=print
        )
        print("current:", release.before, "->", release.now)
        print(repr(version))


if __name__ == "__main__":
    main()
