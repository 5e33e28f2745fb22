"""Words for what is wrong with a request, whoever noticed it: the core, the request's shape, or the server.

The core's complaints have their sentences with them (``core/locales``); those of shapes, and the conflicts of the
core, have them here, in Russian and in English.
"""

import re
from collections.abc import Mapping
from typing import Final

from aiohttp import web
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from core.complaints import ENGLISH, worded
from core.errors import GatepostError, Invalid
from http_api.words import Words

WORDS: Final = Words("http_api")
_LINE_AND_COLUMN: Final = re.compile(r"line ([0-9]{1,9}) column ([0-9]{1,9})\Z")


def detail_of(trouble: GatepostError, language: str) -> str:
    """Return what the core says of its refusal: the complaint, or which conflict it is."""
    if isinstance(trouble, Invalid):
        return worded(trouble.complaint, language)
    if language == ENGLISH or trouble.code not in WORDS.entries(language):
        return str(trouble)
    return WORDS.say(language, trouble.code)


def complaints_of(trouble: ValidationError | web.RequestPayloadError, language: str = ENGLISH) -> str:
    """Name each wrong field, and say what is wrong with it; what was sent is not repeated."""
    if isinstance(trouble, web.RequestPayloadError):
        return f"body: {WORDS.say(language, 'unreadable')}"
    return "; ".join(_said(error, language) for error in trouble.errors(include_url=False, include_input=False))


def _said(error: ErrorDetails, language: str) -> str:
    kind = error["type"] if error["type"] in WORDS.entries(language) else "other"
    field = ".".join(map(str, error["loc"])) or "body"
    return f"{field}: {WORDS.say(language, kind, **_figures(error.get('ctx', {})))}"


def _figures(told: Mapping[str, object]) -> dict[str, str]:
    """Return the figures of a complaint, with what pydantic says in English taken apart."""
    figures = {name: str(value) for name, value in told.items()}
    figures["choices"] = figures.get("expected", "").replace(" or ", ", ")
    place = _LINE_AND_COLUMN.search(figures.get("error", ""))
    figures["line"], figures["column"] = place.groups() if place else ("1", "1")
    return figures
