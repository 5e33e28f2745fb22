"""The fenced blocks of our pages, and in which way each of them is tried."""

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PAGES: Final = ("README.md", *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md")))
_FENCE: Final = re.compile(r"^(?P<indent> *)(?P<fence>`{3,}|~{3,})(?P<language>[^\n`]*)$")
_BY_LANGUAGE: Final = {"json": "json", "toml": "settings", "nginx": "nginx", "html": "html"}
_CODE: Final = {
    ("README.md", "const { session_id, links, match_number }"): "login",
    ("README.md", "api/v1/message/send"): "message",
    ("docs/site-api.md", "state = secrets.token_urlsafe()"): "login",
    ("docs/site-api.md", "async def callback"): "login",
    ("docs/site-api.md", "AuthBotsWidget.init"): "login",
    ("docs/site-api.md", "show(session.match_number"): "login",
    ("docs/site-api.md", "KEYS = jwt.PyJWKClient"): "login",
    ("docs/project-api.md", "from standardwebhooks"): "webhooks",
    ("docs/project-api.md", "def is_from_gatepost"): "webhooks",
    ("docs/project-api.md", "function isFromGatepost"): "webhooks",
    ("docs/emulator.md", "from emulator import"): "emulator",
}
"""By page and words that no other block of it has."""
ONLY_PARSED: Final = {
    ("README.md", "make demo"): "what it starts has stories of its own, and never ends",
    ("README.md", "make test"): "it is what runs this test",
    ("README.md", "python3 -m venv"): "it installs into /opt",
    ("README.md", "useradd"): "it needs root and systemd",
    ("docs/a-new-messenger.md", "pytest -q"): "it runs the tests",
    ("docs/project-api.md", "npx openapi-typescript"): "tests/stories/generators run it, from registries",
    ("docs/operations.md", "umask 077"): "it makes files in root's folders",
    ("docs/operations.md", "rm -f /var/lib/gatepost"): "it needs root and systemd",
    ("docs/operations.md", "openssl x509"): "the certificate is a state's, fetched by hand",
    ("docs/operations.md", "graph.facebook.com"): "it calls Meta",
    ("docs/operations.md", "rotate-master"): "it needs root and systemd; the command has stories of its own",
    ("docs/project-api.md", "Authorization: Bearer"): "a header",
    ("docs/project-api.md", "callback?code="): "an address",
    ("docs/site-api.md", "script-src"): "a header",
    ("docs/site-api.md", "X-Authorization: token"): "a header",
}
"""What cannot be run, and why; shell among it is still parsed."""


@dataclass(frozen=True)
class Block:
    """What stands between two fences of a page, without the page's indentation."""

    page: str
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"


def blocks_of(page: str, text: str) -> list[Block]:
    """Take all fenced blocks out of a page; one that never ends is a ``ValueError``."""
    found: list[Block] = []
    begun: tuple[int, re.Match[str]] | None = None
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        if begun is None:
            begun = (number, opening) if (opening := _FENCE.match(line)) else None
        elif re.fullmatch(rf" *{begun[1]['fence'][0]}{{{len(begun[1]['fence'])},}} *", line):
            body = textwrap.dedent("\n".join(lines[begun[0] : number - 1])) + "\n"
            found.append(Block(page, begun[0], begun[1]["language"].strip(), body))
            begun = None
    if begun is not None:
        raise ValueError(f"{page}:{begun[0]}: a block without an end")
    return found


BLOCKS: Final = [block for page in PAGES for block in blocks_of(page, (ROOT / page).read_text(encoding="utf-8"))]


def ways(block: Block) -> list[str]:
    """Say in which ways a block is tried; there must be one."""
    named = [way for (page, words), way in _CODE.items() if page == block.page and words in block.text]
    named += ["parsed" for page, words in ONLY_PARSED if page == block.page and words in block.text]
    if block.language in _BY_LANGUAGE:
        named.append(_BY_LANGUAGE[block.language])
    if block.language == "sh" and not named:
        named += ["commands"] * all("gatepost " in line for line in commands(block))
        named += ["control"] * all(line.startswith(("curl -s ", "E=")) for line in commands(block))
    return named


def commands(block: Block) -> list[str]:
    """Return the commands of a block of shell, continued lines joined, without comments on lines of their own."""
    joined = block.text.replace("\\\n", " ")
    return [line for line in joined.splitlines() if line.strip() and not line.startswith("#")]


def tried(way: str) -> list[Block]:
    """Return all blocks that are tried in a way."""
    return [block for block in BLOCKS if ways(block) == [way]]


def block(page: str, words: str) -> str:
    """Return the text of the one block of a page that has these words, which must be named above."""
    assert (page, words) in _CODE
    (found,) = [each for each in BLOCKS if each.page == page and words in each.text]
    return found.text


def unused() -> list[tuple[str, str]]:
    """Return what is named above and is in no page, or in several blocks of it."""
    counts = {
        (page, words): sum(each.page == page and words in each.text for each in BLOCKS)
        for page, words in (*_CODE, *ONLY_PARSED)
    }
    return [named for named, count in counts.items() if count != 1]
