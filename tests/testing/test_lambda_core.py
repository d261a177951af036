"""Network connectors belong to another service, which is refused by name and not imitated."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

CONNECTOR = "arn:aws:lambda:us-east-2:123456789012:network-connector:mine"
TEXT = "The local service does not imitate lambda-core (network connectors and runtimes)"


@pytest.mark.parametrize(
    ("service", "call"),
    [
        ("lambda-core", lambda client: client.list_network_connectors()),
        ("lambda-core", lambda client: client.get_network_connector(Identifier=CONNECTOR)),
        ("lambda-core", lambda client: client.delete_network_connector(Identifier="mine")),
        *(
            (service, call)
            for service in ("lambda-microvms", "lambda")
            for call in (
                lambda client: client.list_tags(Resource=CONNECTOR),
                lambda client: client.tag_resource(Resource=CONNECTOR, Tags={"a": "b"}),
                lambda client: client.untag_resource(Resource=CONNECTOR, TagKeys=["a"]),
            )
        ),
    ],
)
def test_lambda_core_is_refused_in_one_sentence(service: str, call: Any, beside: Any) -> None:
    with pytest.raises(ClientError) as caught:
        call(beside(service))
    response = caught.value.response
    assert response["Error"] == {"Code": "NotImplementedException", "Message": TEXT}
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 501


def test_functions_that_are_named_like_connectors_stay_with_lambda(beside: Any) -> None:
    functions = beside("lambda")
    with pytest.raises(functions.exceptions.ResourceNotFoundException, match="unction"):
        functions.get_function(FunctionName="network-connectors")
