"""Pictures, videos and files, which a bot names by their address. The emulator does not fetch them."""

from typing import Any, Final
from urllib.parse import urlsplit

from emulator.telegram.errors import bad_request
from emulator.telegram.parameters import Parameters

Json = dict[str, Any]

CAPTION_LIMIT: Final = 1024
_BY_ADDRESS: Final = (".gif", ".pdf", ".zip")
"""The only files that Telegram sends as documents by their address."""


def read_media(parameters: Parameters, kind: str) -> Json:
    """Read the address of a photo, video or document; files themselves and known file ids are not emulated."""
    url = parameters.text(kind)
    if not url:
        raise bad_request(f"there is no {kind} in the request")
    try:
        parts = urlsplit(url)
    except ValueError:
        raise bad_request("invalid file HTTP URL specified: Wrong HTTP URL") from None
    if parts.scheme not in ("http", "https"):
        raise bad_request("wrong file identifier/HTTP URL specified")
    if not parts.hostname:
        raise bad_request("invalid file HTTP URL specified: URL host is empty")
    if kind == "document" and not parts.path.lower().endswith(_BY_ADDRESS):
        raise bad_request("wrong type of the web page content")
    return {"kind": kind, "url": url}


def described(media: Json, message_id: int) -> Json:
    """Describe what is sent along as the field of a Message."""
    kind, name = media["kind"], urlsplit(media["url"]).path.rpartition("/")[2]
    file: Json = {"file_id": f"emulated-{kind}-{message_id}", "file_unique_id": f"{kind}{message_id}"}
    match kind:
        case "photo":
            return {kind: [{**file, "width": 800, "height": 600}]}
        case "video":
            return {kind: {**file, "width": 800, "height": 600, "duration": 1}}
        case _:
            return {kind: {**file, "file_name": name}}
