"""Every block of every page is tried in exactly one way; what cannot be run is read by the language's own parser."""

import json
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from daemon.messengers import load
from tests.snippets.pages import BLOCKS, PAGES, ROOT, Block, blocks_of, tried, unused, ways

_REQUEST = re.compile(r"((?:GET|POST|PUT|DELETE) /v1/[^\s?]+)\S*")
_VOID = {"br", "img", "input", "meta", "link"}


def test_every_block_has_its_way() -> None:
    """A new block is run or read by a test, or this one fails (faults 4.7)."""
    assert {str(block): ways(block) for block in BLOCKS if len(ways(block)) != 1} == {}
    assert unused() == []
    assert {block.page for block in BLOCKS} == set(PAGES) - {"docs/security.md"}


@pytest.mark.parametrize("language", ["python", "js", "sh", ""])
def test_a_block_that_nobody_knows_has_no_way(language: str) -> None:
    """Whatever it is written in, and however it is fenced."""
    (new,) = blocks_of("docs/site-api.md", f"Look:\n\n  ~~~~ {language}\n  anything new\n  ~~~~\n")
    assert (new.line, new.language, new.text, ways(new)) == (3, language, "anything new\n", [])


def test_a_block_without_an_end_is_noticed() -> None:
    """It would hide all that follows."""
    with pytest.raises(ValueError, match="without an end"):
        blocks_of("README.md", "```sh\nmake demo\n")


@pytest.mark.parametrize("block", tried("parsed"), ids=str)
def test_shell_that_is_not_run_can_be_read(block: Block) -> None:
    """By bash; what ``make`` is asked for is there."""
    if block.language == "sh":
        subprocess.run(["bash", "-n"], input=block.text, text=True, check=True)  # noqa: S607 - wherever it is
    for target in re.findall(r"^make (\w+)", block.text, re.MULTILINE):
        subprocess.run(["make", "-n", target], check=True, capture_output=True)  # noqa: S603, S607 - from our own page


@pytest.mark.parametrize("block", tried("json"), ids=str)
def test_json_is_json(block: Block) -> None:
    """Values one after the other, and requests before them, each of which is in the page's table of routes."""
    table = re.findall(r"^\| `([A-Z]+ /v1/\S+?)` \|", (ROOT / block.page).read_text(), re.MULTILINE)
    routes = [re.compile(re.sub(r"\{\w+\}", "[^/]+", route)) for route in table]
    rest = block.text.strip()
    while rest:
        if asked := _REQUEST.match(rest):
            assert any(route.fullmatch(asked[1]) for route in routes), asked[1]
            end = asked.end()
        else:
            _, end = json.JSONDecoder().raw_decode(rest)
        rest = rest[end:].lstrip()


@pytest.mark.parametrize("block", tried("settings"), ids=str)
def test_settings_are_settings(block: Block, tmp_path: Path) -> None:
    """The daemon reads them, with the token in the file that they name."""
    (tmp_path / "telegram-token").write_text("123456:swordfish")
    (tmp_path / "telegram-token").chmod(0o600)
    (tmp_path / "gatepost.toml").write_text(block.text)
    settings = load(tmp_path / "gatepost.toml", {})
    assert settings.http.public_url == "https://id.example.com"
    assert [bot.name for bot in settings.bots] == ["tg"]


@pytest.mark.parametrize("block", tried("nginx"), ids=str)
def test_nginx_reads_its_settings(block: Block, tmp_path: Path) -> None:
    """By ``nginx -t`` where nginx is; everywhere, each line is a directive or opens or closes a block."""
    lines = [line.partition("#")[0].strip() for line in block.text.splitlines()]
    assert [line for line in lines if line and not re.fullmatch(r"[a-z_]+ [^;{}]+(;| \{)|\}", line)] == []
    assert block.text.count("{") == block.text.count("}")
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin")
    if nginx is None:
        return
    place = tmp_path / "nginx.conf"
    place.write_text(
        f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ access_log off; server {{ listen 127.0.0.1:8099;\n"
        f"{block.text}}} }}"
    )
    subprocess.run([nginx, "-t", "-q", "-c", str(place)], check=True)  # noqa: S603 - Debian's


class _Tags(HTMLParser):
    """Holds that every tag that is opened is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember it; no attribute is written twice."""
        assert len(dict(attrs)) == len(attrs)
        self.open += [tag] if tag not in _VOID else []

    def handle_endtag(self, tag: str) -> None:
        """Close the one opened last."""
        assert self.open.pop() == tag


@pytest.mark.parametrize("block", tried("html"), ids=str)
def test_tags_are_closed(block: Block) -> None:
    """In the order in which they were opened."""
    tags = _Tags()
    tags.feed(block.text)
    tags.close()
    assert tags.open == []
