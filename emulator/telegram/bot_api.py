"""The Bot API over HTTP: finds bot and method, lets faults strike, words the answer, keeps the log of calls."""

from http import HTTPStatus
from typing import Any, Final

from aiohttp import web

from emulator.calls import Call, CallLog
from emulator.faults import Fault, Faults
from emulator.telegram.delivery import delete_webhook, get_updates, get_webhook_info, set_webhook
from emulator.telegram.errors import ApiError
from emulator.telegram.methods import METHODS
from emulator.telegram.model import MESSENGER, Bot
from emulator.telegram.parameters import Parameters, read_parameters
from emulator.telegram.platform import TOKEN, Telegram

Answer = tuple[int, dict[str, Any]]

_GARBAGE: Final = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>nginx</body>\r\n</html>\r\n"


class BotApi:
    """Serves `/bot{token}/{method}` for one Telegram."""

    def __init__(self, telegram: Telegram, faults: Faults, calls: CallLog) -> None:
        self._telegram = telegram
        self._faults = faults
        self._calls = calls

    def routes(self) -> list[web.RouteDef]:
        """List the routes to mount."""
        return [
            web.route(verb, path, self.handle)
            for verb in ("GET", "POST")
            for path in (r"/bot{token:[^/]+}/{method:[^/]+}", r"/bot{rest:.*}")
        ]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one call."""
        token = request.match_info.get("token", "")
        method = request.match_info.get("method", "")
        if self._faults.outage is not None:
            return _worded(*_refused(ApiError(self._faults.outage, _phrase(self._faults.outage))))
        if not TOKEN.fullmatch(token) or not method:
            return _worded(*_refused(ApiError(404, "Not Found")))
        bot = self._telegram.bot_by_token(token)
        if bot is None:
            return _worded(*_refused(ApiError(401, "Unauthorized")))
        try:
            values = await read_parameters(request)
        except ApiError as error:
            return _worded(*_refused(error))
        return await self._answer(request, bot, method, values)

    async def _answer(self, request: web.Request, bot: Bot, method: str, values: dict[str, Any]) -> web.StreamResponse:
        rule = self._faults.strike(MESSENGER, bot.username, method)
        if rule is None:
            status, answer = await self._call(bot, method, values)
            self._log(bot, method, values, status, answer)
            return _worded(status, answer)
        return await self._misbehave(request, rule.fault, bot, method, values)

    async def _misbehave(
        self, request: web.Request, fault: Fault, bot: Bot, method: str, values: dict[str, Any]
    ) -> web.StreamResponse:
        true_answer = await self._call(bot, method, values) if fault.when == "after" else None
        if fault.kind == "delay":
            await self._telegram.clock.wait_for(self._telegram.clock.now() + fault.seconds)
            status, answer = true_answer or await self._call(bot, method, values)
            self._log(bot, method, values, status, answer)
            return _worded(status, answer)
        if fault.kind == "status":
            status, answer = _refused(ApiError(fault.status, fault.description, fault.retry_after))
            self._log(bot, method, values, status, fault.body or answer)
            return _worded(status, answer) if fault.body is None else _raw(fault.body, status)
        if fault.kind == "garbage":
            self._log(bot, method, values, fault.status, fault.body or _GARBAGE)
            return _raw(fault.body or _GARBAGE, fault.status)
        self._log(bot, method, values, None, None)
        if fault.kind == "hang":
            await self._faults.cleared.wait(None)
        return _dropped(request)

    async def _call(self, bot: Bot, method: str, values: dict[str, Any]) -> Answer:
        """Let a method do its work."""
        if bot.logged_out_until > self._telegram.clock.now():
            return _refused(ApiError(400, "Logged out"))
        try:
            return await self._run(bot, method.lower(), Parameters(values))
        except ApiError as error:
            return _refused(error)

    async def _run(self, bot: Bot, method: str, parameters: Parameters) -> Answer:
        simple = METHODS.get(method)
        if simple is not None:
            return 200, {"ok": True, "result": simple(self._telegram, bot, parameters)}
        match method:
            case "getupdates":
                return 200, {"ok": True, "result": await get_updates(bot, parameters, self._faults)}
            case "setwebhook" | "deletewebhook":
                change = set_webhook if method == "setwebhook" else delete_webhook
                result, remark = change(self._telegram, bot, parameters)
                return 200, {"ok": True, "result": result, "description": remark}
            case "getwebhookinfo":
                return 200, {"ok": True, "result": get_webhook_info(bot)}
            case _:
                raise ApiError(404, "Not Found")

    def _log(self, bot: Bot, method: str, values: dict[str, Any], status: int | None, answer: object) -> None:
        if self._calls.keeps:
            now = self._telegram.clock.now()
            self._calls.add(Call(MESSENGER, bot.username, method, values, status, answer, now))


def _refused(error: ApiError) -> Answer:
    answer: dict[str, Any] = {"ok": False, "error_code": error.status, "description": error.description}
    if error.retry_after is not None:
        answer["parameters"] = {"retry_after": error.retry_after}
    return error.status, answer


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown Error"


def _worded(status: int, answer: dict[str, Any]) -> web.Response:
    response = web.json_response(answer, status=status)
    retry_after = answer.get("parameters", {}).get("retry_after")
    if retry_after is not None:
        response.headers["Retry-After"] = str(retry_after)
    return response


def _raw(body: str, status: int) -> web.Response:
    return web.Response(text=body, status=status, content_type="text/html")


def _dropped(request: web.Request) -> web.Response:
    """Close the connection, so that the response that must be returned goes nowhere."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
