"""Files that every browser may load from us: the widget, which every site may use, and what belongs to our pages."""

import gzip
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib import resources
from typing import Final, Self

from aiohttp import web

_FILE_SECONDS: Final = 600
_TYPES: Final = {"js": "text/javascript; charset=utf-8", "css": "text/css; charset=utf-8"}
_SHARED: Final = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}


@dataclass(frozen=True, slots=True)
class File:
    """What is served as it is, packed if the browser can unpack; ``tag`` changes with it."""

    plain: bytes
    packed: bytes
    tag: str
    media_type: str

    @classmethod
    def of(cls, plain: bytes, media_type: str) -> Self:
        """Make one of its bytes."""
        tag = f'"{sha256(plain).hexdigest()[:32]}"'
        return cls(plain, gzip.compress(plain, 9, mtime=0), tag, media_type)

    def answer(self, request: web.Request, seconds: int, more: Mapping[str, str] = _SHARED) -> web.Response:
        """Return the answer to a request, good for ``seconds``; only *unchanged* (304) to a browser that has it."""
        headers = {
            "Content-Type": self.media_type,
            "ETag": self.tag,
            "Cache-Control": f"public, max-age={seconds}",
            "Vary": "Accept-Encoding",
            "X-Content-Type-Options": "nosniff",
            **more,
        }
        if self.tag in request.headers.get("If-None-Match", ""):
            return web.Response(status=304, headers=headers)
        if "gzip" in request.headers.get("Accept-Encoding", ""):
            return web.Response(body=self.packed, headers={**headers, "Content-Encoding": "gzip"})
        return web.Response(body=self.plain, headers=headers)


def file_handler(
    package: str, name: str, finish: Callable[[str], str] | None = None
) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Return the handler that serves the file ``name`` of the package's ``static/``, as ``finish`` returns it."""

    @cache
    def read() -> File:
        plain = (resources.files(package) / "static" / name).read_bytes()
        return File.of(finish(plain.decode()).encode() if finish else plain, _TYPES[name.rpartition(".")[2]])

    async def serve(request: web.Request) -> web.Response:
        return read().answer(request, _FILE_SECONDS)

    return serve
