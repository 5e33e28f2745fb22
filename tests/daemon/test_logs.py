"""What a line of the log looks like, and what never gets into one."""

import asyncio
import io
import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import pytest

from core.errors import Busy
from daemon import logs

Log = Callable[..., io.StringIO]


@pytest.fixture
def log() -> Iterator[Log]:
    """Yield a way to send the log into a buffer; the log of the tests is put back afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level

    def start(level: Literal["debug", "info"] = "info", form: Literal["json", "text"] = "json") -> io.StringIO:
        stream = io.StringIO()
        root.handlers = []
        logs.configure(level, form, stream)
        return stream

    yield start
    root.handlers = handlers
    root.setLevel(level)


def only_line(stream: io.StringIO) -> dict[str, Any]:
    """Return the one line there is, from JSON."""
    (line,) = stream.getvalue().splitlines()
    fields: dict[str, Any] = json.loads(line)
    return fields


def test_a_line_is_a_sentence_and_fields(log: Log) -> None:
    """JSON has time, level and logger first, then the sentence, then what ``extra`` held."""
    stream = log()

    logging.getLogger("core").info("login %s", "confirmed", extra={"bot": "tg", "seconds": 1.5, "app": "чай"})

    fields = only_line(stream)
    assert list(fields) == ["timestamp", "level", "logger", "event", "bot", "seconds", "app"]
    assert fields["timestamp"].endswith("Z")
    assert fields["level"] == "info"
    assert fields["logger"] == "core"
    assert fields["event"] == "login confirmed"
    assert fields["seconds"] == 1.5
    assert "чай" in stream.getvalue()


def test_an_error_with_its_traceback_is_one_line(log: Log) -> None:
    """A machine reads one event per line, whatever happened."""
    stream = log()

    try:
        int("no figure")
    except ValueError:
        logging.getLogger("gatepost").exception("first\nsecond")

    fields = only_line(stream)
    assert fields["event"] == "first\nsecond"
    assert 'int("no figure")' in fields["exception"]
    assert fields["exception"].endswith("\nValueError")


@pytest.mark.parametrize("form", ["json", "text"])
def test_the_words_of_libraries_are_not_repeated(log: Log, form: str) -> None:
    """What an error quotes stays out of the log, down to what it was caused by, and in a group (faults 3.1)."""
    stream = log(form=form)

    name = "annA".swapcase()
    try:
        try:
            int(name)
        except ValueError as cause:
            raise ExceptionGroup(name, [KeyError(name), RuntimeError(name)]) from cause
    except ExceptionGroup:
        logging.getLogger("library").exception("call failed")
    loop = asyncio.new_event_loop()
    loop.call_exception_handler({"message": "never retrieved", "exception": ValueError(name), "future": [name]})
    loop.close()

    printed = stream.getvalue()
    assert name not in printed
    assert "KeyError" in printed
    assert "ValueError" in printed


def test_the_words_of_the_machine_and_our_own_stay(log: Log) -> None:
    """What the system says stays, and so does what we say ourselves (faults 3.1)."""
    stream = log()

    try:
        try:
            Path("/nowhere/anna").read_bytes()
        except OSError as cause:
            raise Busy from cause
    except Busy:
        logging.getLogger("library").exception("call failed")

    assert "FileNotFoundError: No such file or directory\n" in only_line(stream)["exception"]
    assert Busy.text in stream.getvalue()
    assert "/home/anna\\n" not in stream.getvalue()


def test_what_is_not_json_is_shown_all_the_same(log: Log) -> None:
    """A field of any type never breaks the log."""
    stream = log()

    logging.getLogger("gatepost").info("odd", extra={"thing": {1, 2}})

    assert only_line(stream)["thing"] == "{1, 2}"


def test_text_is_for_people(log: Log) -> None:
    """The sentence, and the fields behind it; nobody's words can pass for a line of their own."""
    stream = log(form="text")

    logging.getLogger("gatepost").warning("bot is away\n2026-01-01 [info] all is well", extra={"bot": "tg\nx"})

    (line,) = stream.getvalue().splitlines()
    assert "bot is away\\n2026" in line
    assert r"bot='tg\nx'" in line


@pytest.mark.parametrize("form", ["json", "text"])
@pytest.mark.parametrize(
    "secret",
    [
        "123456789:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw-_",
        "gp_live_0123456789ABCDEFabcdef0123456789",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw+/Ab",
        "+79991234567",
        "+491701234567",
    ],
)
def test_secrets_are_blanked(log: Log, form: str, secret: str) -> None:
    """In the sentence, in a field, in an error: tokens, keys and phones of a library's words do not get out."""
    stream = log(form=form)

    try:
        int(f"https://api.example.com/bot{secret}/sendMessage")
    except ValueError:
        logging.getLogger("library").exception("call to %s failed", secret, extra={"url": f"/x{secret}?y"})

    assert secret not in stream.getvalue()
    assert "***" in stream.getvalue()


def test_bearer_tokens_are_blanked_whatever_their_shape() -> None:
    """The word stays, so that a reader knows what was there."""
    assert logs.redacted('"Authorization: bearer abc.def-ghi", "x"') == '"Authorization: bearer ***", "x"'


def test_plain_figures_stay() -> None:
    """Times, ports, ids and sums are not secrets."""
    text = "at 2026-11-21T07:15:22.932+00:00 from [::1]:8080, app 65a1b2c3d4e5f60718293a4b, +1234 more, code +1"

    assert logs.redacted(text) == text


def test_libraries_are_quiet(log: Log) -> None:
    """Their chatter stays out even in a debug log; so do errors that we word ourselves, and the access log."""
    stream = log(level="debug")

    for name in ("httpx", "httpcore.http11", "telegram.ext", "apscheduler.scheduler", "alembic.runtime"):
        logging.getLogger(name).info("chatter")
    logging.getLogger("aiohttp.access").error("GET /")
    logging.getLogger("apscheduler.scheduler").warning("still running")
    logging.getLogger("telegram.request.BaseRequest").error("a whole page of a proxy")
    logging.getLogger("alembic.runtime").warning("odd")
    logging.getLogger("gatepost").debug("ours")

    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["odd", "ours"]
