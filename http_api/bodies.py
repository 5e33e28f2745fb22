"""Answers as bytes."""

import json

from pydantic import BaseModel
from pydantic_core import PydanticSerializationError


def body_of(answer: BaseModel) -> bytes:
    """Return the answer as JSON, without what was never set.

    JSON can carry a name with a lone surrogate, and UTF-8 cannot: such an answer is written in ASCII, more slowly.
    """
    try:
        return answer.model_dump_json(by_alias=True, exclude_unset=True).encode()
    except PydanticSerializationError:
        return json.dumps(answer.model_dump(mode="json", by_alias=True, exclude_unset=True)).encode()
