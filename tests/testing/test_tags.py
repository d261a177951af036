"""Tags share a route with AWS Lambda, whose own tags are unaffected."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import boto3
import pytest

FUNCTION_CODE = "def handler(event, context): pass"


@pytest.fixture(params=["in process", "server"])
def clients(request: pytest.FixtureRequest, session: boto3.Session) -> Any:
    """Return clients of this service, of AWS Lambda and of IAM, in process and over HTTP."""
    services = ("lambda-microvms", "lambda", "iam")
    if request.param == "server":
        server, connect = request.getfixturevalue("server"), request.getfixturevalue("connect")
        return tuple(connect(server, service) for service in services)
    request.getfixturevalue("controls")
    return tuple(session.client(service) for service in services)


@pytest.fixture
def make_function(clients: Any) -> Callable[..., Any]:
    _, functions, iam = clients

    def make_function(name: str) -> Any:
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr("code.py", FUNCTION_CODE)
        role = iam.create_role(RoleName="run", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        return functions.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Role=role,
            Handler="code.handler",
            Code={"ZipFile": archive.getvalue()},
            Tags={"whose": "lambda"},
        )["FunctionArn"]

    return make_function


@pytest.mark.parametrize("name", ["web", "my-microvm-image-x", "microvm-image"])
def test_images_and_functions_have_their_own_tags(
    name: str, clients: Any, image_request: Any, make_function: Any
) -> None:
    microvms, functions, _ = clients
    function = make_function(name)
    image = microvms.create_microvm_image(**image_request(name, tags={"whose": "image"}))
    image = image["imageArn"]

    microvms.tag_resource(Resource=image, Tags={"größe": "L", "a/b:c=d+e-f@g": ""})
    microvms.untag_resource(Resource=image, TagKeys=["whose", "none"])
    functions.tag_resource(Resource=function, Tags={"more": "tags"})

    assert microvms.list_tags(Resource=image)["Tags"] == {"größe": "L", "a/b:c=d+e-f@g": ""}
    assert functions.list_tags(Resource=function)["Tags"] == {"whose": "lambda", "more": "tags"}
    assert [each["FunctionName"] for each in functions.list_functions()["Functions"]] == [name]
    functions.untag_resource(Resource=function, TagKeys=["whose"])
    assert functions.list_tags(Resource=function)["Tags"] == {"more": "tags"}


def test_tags_show_on_the_image(client: Any, create: Any) -> None:
    arn = create()
    assert client.get_microvm_image(imageIdentifier=arn)["tags"] == {}
    client.tag_resource(Resource=arn, Tags={"a": "b"})
    assert client.get_microvm_image(imageIdentifier=arn)["tags"] == {"a": "b"}


def test_an_image_that_is_not_there_has_no_tags(client: Any, create: Any) -> None:
    arn = create()
    for call, more in (
        (client.list_tags, {}),
        (client.tag_resource, {"Tags": {"a": "b"}}),
        (client.untag_resource, {"TagKeys": ["a"]}),
    ):
        with pytest.raises(client.exceptions.ResourceNotFoundException):
            call(Resource=f"{arn}-not", **more)


@pytest.mark.parametrize("tags", [{"emoji 🙂": "x"}, {"key": "semi;colon"}, {"x" * 129: ""}])
def test_tags_with_other_characters_are_refused(tags: Any, client: Any, create: Any) -> None:
    arn = create()
    with pytest.raises(client.exceptions.ValidationException, match="at 'Tags"):
        client.tag_resource(Resource=arn, Tags=tags)
