"""Message templates: those a business may send instead of free words, and how their parameters are filled in."""

import re
from typing import Any, Final

from emulator.whatsapp.content import BODY_LIMIT, Content
from emulator.whatsapp.errors import (
    MISSING_PARAMETER,
    NO_TEMPLATE,
    PARAMETER_COUNT,
    TEMPLATE_PARAMETERS,
    TEMPLATE_TOO_LONG,
    GraphError,
    invalid,
)
from emulator.whatsapp.model import Number, Rows, Template
from emulator.whatsapp.parts import items, part, refuse_others, words

Json = dict[str, Any]

CODE_LIMIT: Final = 15

_NAME: Final = re.compile(r"[a-z0-9_]{1,512}")
_PLACE: Final = re.compile(r"\{\{(\d+)\}\}")
_NOT_IN_TEXT: Final = re.compile(r"[\n\r\t]| {5}")
_LANGUAGE_LIMIT: Final = 10
_NAME_LIMIT: Final = 512


def is_template_name(name: str) -> bool:
    """Tell whether a template may be called so."""
    return _NAME.fullmatch(name) is not None


def find_template(number: Number, body: Json) -> Template:
    """Find the approved template a message of the type template names, in exactly its language."""
    asked = part(body, "template")
    refuse_others(asked, ("name", "language", "components"), "template")
    name = words(asked, "name", "template", _NAME_LIMIT)
    language = words(part(asked, "language", "template"), "code", "template['language']", _LANGUAGE_LIMIT)
    template = number.templates.get((name, language))
    if template is None:
        raise GraphError(NO_TEMPLATE, f"template name ({name}) does not exist in {language}")
    return template


def fill_in(template: Template, body: Json) -> Content:
    """Put the parameters of a message into its template."""
    components = items(body["template"], "components", "template") if "components" in body["template"] else []
    values = [_text(each) for part_ in components if _kind(part_) == "body" for each in _parameters(part_)]
    expected = len(set(_PLACE.findall(template.body)))
    if len(values) != expected:
        raise GraphError(
            PARAMETER_COUNT,
            f"body: number of localizable_params ({len(values)}) does not match the expected number of params "
            f"({expected})",
        )
    text = _PLACE.sub(lambda found: values[int(found[1]) - 1], template.body)
    if len(text) > BODY_LIMIT:
        raise GraphError(TEMPLATE_TOO_LONG, f"Translated text too long. Max length: {BODY_LIMIT}")
    if template.category == "authentication":
        return Content(text, _code_button(values, components), "template", template.category)
    return Content(text, _quick_replies(template, components), "template", template.category)


def _code_button(values: list[str], components: list[Json]) -> Rows:
    """Check that the code stands in the button as well as in the words."""
    code = values[0] if values else ""
    if not 1 <= len(code) <= CODE_LIMIT:
        raise GraphError(TEMPLATE_TOO_LONG, f"The code has 1 to {CODE_LIMIT} characters.")
    urls = [each for each in components if _kind(each) == "button" and each.get("sub_type") == "url"]
    if not urls:
        raise GraphError(MISSING_PARAMETER, "buttons: Button at index 0 of type Url requires a parameter")
    if [_text(each) for each in _parameters(urls[0])] != [code]:
        raise GraphError(TEMPLATE_PARAMETERS, "The code in the button is not the code in the body.")
    return [[{"text": "Copy code", "copy_text": {"text": code}}]]


def _quick_replies(template: Template, components: list[Json]) -> Rows | None:
    payloads = {
        str(each.get("index")): str(_parameters(each)[0].get("payload", ""))
        for each in components
        if _kind(each) == "button" and each.get("sub_type") == "quick_reply" and _parameters(each)
    }
    rows: Rows = [
        [{"text": title, "callback_data": payloads.get(str(place)) or title}]
        for place, title in enumerate(template.quick_replies)
    ]
    return rows or None


def _kind(component: Json) -> str:
    kind = component.get("type")
    if kind not in ("header", "body", "button"):
        raise invalid(f"Param template['components'] has an unknown type \"{kind}\".")
    return str(kind)


def _parameters(component: Json) -> list[Json]:
    return items(component, "parameters", "template['components']")


def _text(parameter: Json) -> str:
    text = words(parameter, "text", "template['components']['parameters']", BODY_LIMIT)
    if _NOT_IN_TEXT.search(text):
        raise GraphError(
            TEMPLATE_PARAMETERS,
            "Param text cannot have new-line/tab characters or more than 4 consecutive spaces",
        )
    return text
