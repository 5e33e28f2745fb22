"""The API over HTTP: finds bot and method, lets faults strike, words the answer, keeps the log of calls."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web

from emulator.calls import Call, CallLog
from emulator.faults import Fault, Faults
from emulator.max import delivery, methods
from emulator.max.errors import ApiError, bad_token
from emulator.max.model import MESSENGER, Bot
from emulator.max.parameters import Json, Parameters, read_body
from emulator.max.platform import Max

Method = Callable[[Max, Bot, Parameters], Json]
Answer = tuple[int, Json]

ROOTS: Final = ("me", "messages", "answers", "updates", "subscriptions", "chats")
METHODS: Final[dict[str, Method]] = {
    "GET /me": methods.get_me,
    "PATCH /me/commands": methods.patch_commands,
    "POST /messages": methods.send_message,
    "PUT /messages": methods.edit_message,
    "DELETE /messages": methods.delete_message,
    "GET /messages/{mid}": methods.get_message,
    "POST /answers": methods.answer_callback,
    "GET /subscriptions": delivery.get_subscriptions,
    "POST /subscriptions": delivery.post_subscription,
    "DELETE /subscriptions": delivery.delete_subscription,
    "POST /chats/{chatId}/actions": methods.post_action,
}
_CODES: Final = {
    400: "proto.payload",
    401: "verify.token",
    403: "chat.denied",
    404: "not.found",
    405: "method.not.allowed",
    429: "too.many.requests",
}
_GARBAGE: Final = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>nginx</body>\r\n</html>\r\n"


def is_of_api(path: str) -> bool:
    """Tell whether a path belongs to the bots' side."""
    return path.split("/")[1] in ROOTS


class BotApi:
    """Serves the methods at the server's root for one MAX."""

    def __init__(self, platform: Max, faults: Faults, calls: CallLog) -> None:
        self._max = platform
        self._faults = faults
        self._calls = calls

    def routes(self) -> list[web.RouteDef]:
        """List the routes to mount."""
        named = [_route(method, self._handler(method)) for method in (*METHODS, delivery.GET_UPDATES)]
        roots = "|".join(ROOTS)
        return [*named, web.route("*", f"/{{root:(?:{roots})}}{{rest:(?:/.*)?}}", self._handler(""))]

    def _handler(self, method: str) -> Callable[[web.Request], Any]:
        async def handle(request: web.Request) -> web.StreamResponse:
            return await self._handle(request, method)

        return handle

    async def _handle(self, request: web.Request, method: str) -> web.StreamResponse:
        """Answer one call; there is no such method when it is empty."""
        if self._faults.outage is not None:
            status = self._faults.outage
            return _worded(*_refused(ApiError(status, _code(status), _phrase(status))))
        try:
            bot = self._bot(request)
            parameters = Parameters(request.query, request.match_info, await read_body(request))
        except ApiError as error:
            return _worded(*_refused(error))
        if not method:
            return _worded(*_refused(ApiError(404, "not.found", f"No such method: {request.method} {request.path}")))
        rule = self._faults.strike(MESSENGER, bot.username, method)
        if rule is None:
            return self._answered(bot, method, parameters, await self._call(request, bot, method, parameters))
        return await self._misbehave(request, rule.fault, bot, method, parameters)

    def _bot(self, request: web.Request) -> Bot:
        """Find the bot by the bare token of the header."""
        if "access_token" in request.query:
            raise ApiError(401, "deprecated.token", "Passing access_token in query is not supported any more")
        token = request.headers.get("Authorization", "")
        if not token:
            raise bad_token("No access token")
        bot = self._max.bot_by_token(token)
        if bot is None:
            raise bad_token("Malformed access token")
        return bot

    async def _misbehave(
        self, request: web.Request, fault: Fault, bot: Bot, method: str, parameters: Parameters
    ) -> web.StreamResponse:
        true_answer = await self._call(request, bot, method, parameters) if fault.when == "after" else None
        if fault.kind == "delay":
            await self._max.clock.wait_for(self._max.clock.now() + fault.seconds)
            true_answer = true_answer or await self._call(request, bot, method, parameters)
            return self._answered(bot, method, parameters, true_answer)
        if fault.kind == "status" and fault.body is None:
            error = ApiError(fault.status, _code(fault.status), fault.description)
            response = self._answered(bot, method, parameters, _refused(error))
            if fault.retry_after is not None:
                response.headers["Retry-After"] = str(fault.retry_after)
            return response
        if fault.kind in ("status", "garbage"):
            body = fault.body or _GARBAGE
            self._log(bot, method, parameters, fault.status, body)
            return _raw(body, fault.status)
        self._log(bot, method, parameters, None, None)
        if fault.kind == "hang":
            await self._faults.cleared.wait(None)
        return _dropped(request)

    async def _call(self, request: web.Request, bot: Bot, method: str, parameters: Parameters) -> Answer:
        """Let a method do its work."""
        try:
            self._max.limits.count_call(bot, self._max.clock.now())
            if method == delivery.GET_UPDATES:
                return 200, await delivery.get_updates(
                    self._max, bot, parameters, self._faults, lambda: _is_connected(request)
                )
            return 200, METHODS[method](self._max, bot, parameters)
        except ApiError as error:
            return _refused(error)

    def _answered(self, bot: Bot, method: str, parameters: Parameters, answer: Answer) -> web.Response:
        self._log(bot, method, parameters, *answer)
        return _worded(*answer)

    def _log(self, bot: Bot, method: str, parameters: Parameters, status: int | None, answer: object) -> None:
        if self._calls.keeps:
            now = self._max.clock.now()
            self._calls.add(Call(MESSENGER, bot.username, method, parameters.to_log(), status, answer, now))


def _route(method: str, handler: Callable[[web.Request], Any]) -> web.RouteDef:
    verb, path = method.split(" ")
    return web.route(verb, path, handler)


def _refused(error: ApiError) -> Answer:
    return error.status, {"code": error.code, "message": error.message}


def _code(status: int) -> str:
    return _CODES.get(status, "internal.error")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown Error"


def _worded(status: int, answer: Json) -> web.Response:
    return web.json_response(answer, status=status)


def _raw(body: str, status: int) -> web.Response:
    kind = "application/json" if body.startswith("{") else "text/html"
    return web.Response(text=body, status=status, content_type=kind)


def _is_connected(request: web.Request) -> bool:
    return request.transport is not None and not request.transport.is_closing()


def _dropped(request: web.Request) -> web.Response:
    """Close the connection, so that the response that must be returned goes nowhere."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
