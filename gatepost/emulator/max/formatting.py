"""The formats of outgoing texts: HTML and Markdown are turned into the plain text that a person reads."""

import html
import re
from typing import Final

_TAG: Final = re.compile(r"</?[A-Za-z][^<>]*>|<!--.*?-->", re.DOTALL)
_LINE_MARKS: Final = re.compile(r"^(?:#{1,6} +|> ?)", re.MULTILINE)
_LINK: Final = re.compile(r"\[([^\[\]\n]+)\]\([^()\s]+\)")
_PAIRS: Final = tuple(
    re.compile(pattern, re.DOTALL)
    for pattern in (
        r"`([^`\n]+)`",
        r"\*\*(?=\S)(.+?)(?<=\S)\*\*",
        r"(?<!\w)__(?=\S)(.+?)(?<=\S)__(?!\w)",
        r"~~(?=\S)(.+?)(?<=\S)~~",
        r"\+\+(?=\S)(.+?)(?<=\S)\+\+",
        r"\^\^(?=\S)(.+?)(?<=\S)\^\^",
        r"\*(?=\S)(.+?)(?<=\S)\*",
        r"(?<!\w)_(?=\S)(.+?)(?<=\S)_(?!\w)",
    )
)


def plain_text(text: str, text_format: str | None) -> str:
    """Turn a text in this format ("html", "markdown", None: none) into what a person reads."""
    match text_format:
        case "html":
            return html.unescape(_TAG.sub("", text))
        case "markdown":
            return _without_marks(text)
        case _:
            return text


def _without_marks(text: str) -> str:
    plain = _LINK.sub(r"\1", _LINE_MARKS.sub("", text))
    for pair in _PAIRS:
        plain = pair.sub(r"\1", plain)
    return plain
