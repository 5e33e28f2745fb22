"""How the log looks: one line per event on stderr, JSON for machines or text for people.

All packages log through plain ``logging`` with fields in ``extra``; structlog renders them here. Nobody should ever
log a secret or a phone number; what slips through in a library's words is blanked as the last step.
"""

import logging
import re
import sqlite3
import sys
from datetime import UTC, datetime
from traceback import TracebackException
from typing import Final, Literal, TextIO, cast

import structlog
from structlog.typing import EventDict, ExcInfo, Processor, WrappedLogger

_QUIET_LIBRARIES: Final = ("alembic", "httpcore", "httpx")
_SILENT_LIBRARIES: Final = ("apscheduler", "telegram")
"""They log, at ERROR, what we catch and word ourselves: whole pages of a proxy, a job that is still running."""
_ROOMS: Final = frozenset({"bots", "config", "core", "daemon", "emulator", "http_api", "shop", "storage", "webhooks"})
"""The packages whose errors speak in our own words."""
_SECRETS: Final = re.compile(
    r"(?<!\d)\d+:[A-Za-z0-9_-]{30,}"  # a Telegram token
    r"|(?i:\b(bearer\s+))[^\s\"',]+"
    r"|gp_[a-z]+_[A-Za-z0-9]{8,}"  # an app's key
    r"|whsec_[A-Za-z0-9+/=]{8,}"  # a webhook's secret
    r"|\+\d{8,15}(?!\d)"  # a phone number
)


def configure(
    level: Literal["debug", "info", "warning", "error"] = "info",
    form: Literal["json", "text"] = "json",
    stream: TextIO | None = None,
) -> None:
    """Send all log records of at least ``level`` to ``stream`` (``None`` = stderr), and nothing anywhere else."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[_add_fields],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_renderers(form), _redact],
        )
    )
    threshold = logging.getLevelNamesMapping()[level.upper()]
    logging.basicConfig(handlers=[handler], level=threshold, force=True)
    for name in _QUIET_LIBRARIES:
        logging.getLogger(name).setLevel(max(threshold, logging.WARNING))
    for name in _SILENT_LIBRARIES:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    logging.getLogger("aiohttp.access").disabled = True


def redacted(text: str) -> str:
    """Return ``text`` with all that looks like a token, key or phone number blanked."""
    return _SECRETS.sub(lambda found: f"{found[1] or ''}***", text)


def _renderers(form: Literal["json", "text"]) -> list[Processor]:
    if form == "json":
        return [_trace, structlog.processors.JSONRenderer(ensure_ascii=False)]
    return [_trace, _on_one_line, structlog.dev.ConsoleRenderer(colors=False, sort_keys=False, pad_event_to=0)]


def _traced(exc_info: ExcInfo) -> str:
    """Return where an error came from, and of errors whose words are not ours the kind alone.

    Libraries quote what they could not read: a request's first bytes, a message, a row. The operating system's and the
    database's own words name no data, and stay.
    """
    whole = TracebackException(*exc_info, compact=True)
    _blank(whole, exc_info[1])
    return "".join(whole.format()).rstrip("\n")


def _blank(told: TracebackException, error: BaseException) -> None:
    """Replace the words of an error, and of those that led to it."""
    words = _words_of(error)
    told._str = words  # type: ignore[attr-defined] # noqa: SLF001 - what ``format`` prints after the kind
    told.__notes__ = None
    for name in ("__cause__", "__context__"):
        deeper, reason = getattr(told, name), getattr(error, name)
        if deeper is not None and reason is not None:
            _blank(deeper, reason)
    for part, one in zip(told.exceptions or (), getattr(error, "exceptions", ()), strict=False):
        _blank(part, one)


def _words_of(error: BaseException) -> str:
    if type(error).__module__.partition(".")[0] in _ROOMS or isinstance(error, sqlite3.Error):
        return str(error)
    return error.strerror or "" if isinstance(error, OSError) else ""


_trace: Final = structlog.processors.ExceptionRenderer(_traced)


_copy_extra: Final = structlog.stdlib.ExtraAdder()


def _add_fields(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    """Put time, level and logger first, then the event, then the fields of ``extra``."""
    record = cast("logging.LogRecord", event["_record"])
    moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    fields: EventDict = {
        "timestamp": moment.replace("+00:00", "Z"),
        "level": record.levelname.lower(),
        "logger": record.name,
    }
    fields.update(event)
    if record.name == "asyncio":
        # Below its sentence asyncio shows the task, with the words of what it died of.
        fields["event"] = str(fields["event"]).partition("\n")[0]
    return _copy_extra(logger, name, fields)


def _on_one_line(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """Escape line breaks in the sentence, so that no text can pass for another line of the log."""
    event["event"] = str(event["event"]).replace("\r", "\\r").replace("\n", "\\n")
    return event


def _redact(_logger: WrappedLogger, _name: str, line: EventDict) -> str:
    return redacted(cast("str", line))
