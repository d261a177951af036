"""Building: from a directory with a `Dockerfile` to a version of an image.

    code = upload(boto3.client("s3"), "web/", bucket="artifacts")
    deployment = deploy(client, name="web", code_artifact=code)
    print(deployment.image_version.image_version)

`package` makes the archive of a directory, `upload` puts it into a bucket under a key that is made
from its content, and `deploy` creates the image or updates it. `build_log` reads what a build
printed. Each of them can be called again with the same arguments: what is there already is neither
sent nor built again.
"""

from microvm_sdk.build._deployment import Deployment, deploy
from microvm_sdk.build._log import build_log
from microvm_sdk.build._package import EXCLUDED, Package, package
from microvm_sdk.build._settings import SettingsToChange
from microvm_sdk.build._upload import upload

__all__ = [
    "EXCLUDED",
    "Deployment",
    "Package",
    "SettingsToChange",
    "build_log",
    "deploy",
    "package",
    "upload",
]
