"""The files that pages load from us: the widget, which every site may load, and what belongs to the hosted page."""

import gzip
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib import resources
from typing import Final

from aiohttp import web

_WIDGET_SECONDS: Final = 600
_TYPES: Final = {"js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class _File:
    plain: bytes
    packed: bytes
    tag: str
    media_type: str


def file_handler(name: str) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Return the handler that serves the file ``name`` of ``static/``, packed if the browser can unpack."""

    async def serve(request: web.Request) -> web.Response:
        file = _read(name)
        headers = {
            "Content-Type": file.media_type,
            "ETag": file.tag,
            "Cache-Control": f"public, max-age={_WIDGET_SECONDS}",
            "Vary": "Accept-Encoding",
            "X-Content-Type-Options": "nosniff",
            "Access-Control-Allow-Origin": "*",
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
        if file.tag in request.headers.get("If-None-Match", ""):
            return web.Response(status=304, headers=headers)
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            return web.Response(body=file.packed, headers={**headers, "Content-Encoding": "gzip"})
        return web.Response(body=file.plain, headers=headers)

    return serve


@cache
def _read(name: str) -> _File:
    plain = (resources.files("gatepost.http_api.site") / "static" / name).read_bytes()
    tag = f'"{sha256(plain).hexdigest()[:32]}"'
    return _File(plain, gzip.compress(plain, 9, mtime=0), tag, _TYPES[name.rpartition(".")[2]])
