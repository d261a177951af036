"""Names: `image_arn` in Python is `imageArn` on the wire."""

from functools import cache

from pydantic.alias_generators import to_camel, to_snake

UNKNOWN_TAG = "SDK_UNKNOWN_MEMBER"
"""The tag under which botocore reports a union member that it does not know."""


def wire_name(field: str) -> str:
    """Return the service's name of a field."""
    # With `to_camel` itself as the alias generator, pyrefly accepts models that lack a required
    # field.
    return to_camel(field)


@cache
def spellings(tag: str) -> tuple[str, str]:
    """Return the tag of a union member as on the wire and as in Python."""
    return tag, tag if tag == UNKNOWN_TAG else to_snake(tag)
