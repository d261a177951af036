"""The signature of a model: its fields, by their Python names."""

from datetime import datetime, timezone
from inspect import Parameter, Signature
from typing import Annotated, Any, Union, get_args

from annotated_types import Timezone
from pydantic import AwareDatetime, BaseModel
from pydantic.fields import FieldInfo


class SignatureOfFields:
    """A descriptor for `__signature__`."""

    def __get__(self, model: BaseModel | None, cls: type[BaseModel]) -> Signature:
        """Return the signature of a class. Its instances have none."""
        if model is not None:
            raise AttributeError
        return Signature([_parameter(*item) for item in cls.model_fields.items()])


def _parameter(name: str, field: FieldInfo) -> Parameter:
    return Parameter(
        name,
        Parameter.KEYWORD_ONLY,
        default=Parameter.empty
        if field.is_required()
        else field.get_default(call_default_factory=True, validated_data={}),
        annotation=_annotation(field.annotation),
    )


def _annotation(hint: Any) -> Any:
    # hypothesis generates arguments from the annotations, and does not know pydantic's type.
    if hint is AwareDatetime:
        return Annotated[datetime, Timezone(timezone.utc)]
    if AwareDatetime in get_args(hint):
        return Union[tuple(map(_annotation, get_args(hint)))]  # noqa: UP007  Of computed options.
    return hint
