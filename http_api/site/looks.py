"""How messengers look on login pages, and the files that are written with it: the widget and the pages' style sheet."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_LINE: Final = 120
_NOTE: Final = "  // Such __NAMES__ are filled in by http_api/site/looks.py.\n"
"""What the widget's source tells its readers and need not tell browsers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One messenger. ``colour`` (``#rrggbb``) is that of its buttons, whose text is white.

    ``shape`` and the ``letter`` on it are its sign, as SVG path data in 24 by 24 units. If its links ``prepare_text``,
    visitors are told to send that; some ``have_app_links`` besides.
    """

    label: str
    colour: str
    shape: str
    letter: str
    prepare_text: bool
    have_app_links: bool


Looks = Mapping[str, Look]
"""By the messenger's name, in the order in which a page shows them that does not know better."""


def widget(text: str, looks: Looks) -> str:
    """Return ``widget.js`` for these messengers."""
    app_links = ", ".join(f'{name}: ""' for name, look in looks.items() if look.have_app_links)
    prepared = [f'messenger === "{name}"' for name, look in looks.items() if look.prepare_text]
    colours = (f"[data-messenger={name}] {{ --own: {look.colour}; }}" for name, look in looks.items())
    values = {
        _NOTE: "",
        "__MESSENGERS__": "{\n" + "".join(_entry(name, look) for name, look in looks.items()) + "  }",
        "__APP_LINKS__": f"{{ {app_links} }}",
        "__USUAL_WAYS__": json.dumps(list(looks)),
        "__COLOURS__": "\n".join(colours),
        "__PREPARES_TEXT__": " || ".join(prepared) or "false",
    }
    for mark, value in values.items():
        text = text.replace(mark, value)
    return text


def style(text: str, looks: Looks) -> str:
    """Return ``page.css`` for these messengers."""
    rules = (
        f".messengers .{name} {{ background: {look.colour}; color: {look.colour}; }}" for name, look in looks.items()
    )
    return text.replace("/* __COLOURS__ */", "\n".join(rules))


def _entry(name: str, look: Look) -> str:
    """Return one entry of the widget's table, on one line if it fits."""
    parts = [f"name: {_quoted(look.label)}", f"shape: {_quoted(look.shape)}", f"letter: {_quoted(look.letter)}"]
    line = f"    {name}: {{ {', '.join(parts)} }},"
    if len(line) <= _LINE:
        return f"{line}\n"
    return f"    {name}: {{\n" + "".join(f"      {part},\n" for part in parts) + "    },\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
