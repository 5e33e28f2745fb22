"""The Cloud API over HTTP: finds token and number, lets faults strike, words the answer, keeps the log of calls."""

import hmac
import json
import re
from typing import Any, Final

from aiohttp import web

from emulator.calls import Call, CallLog
from emulator.faults import Fault, Faults
from emulator.whatsapp.accounts import describe_number, get_subscribed_apps, subscribe_app
from emulator.whatsapp.errors import BAD_TOKEN, INVALID_PARAMETER, GraphError, code_for, invalid
from emulator.whatsapp.model import MESSENGER, Number
from emulator.whatsapp.platform import WhatsApp
from emulator.whatsapp.sending import messages

Json = dict[str, Any]
Answer = tuple[int, Json]

_VERSION: Final = "v[0-9]+\\.[0-9]+"
_GARBAGE: Final = (
    "<!DOCTYPE html>\n<html><head><title>Error</title></head><body>Sorry, something went wrong.</body></html>"
)
_NO_SUCH_OBJECT: Final = 33
_EDGES: Final = {
    ("POST", "messages"): "messages",
    ("GET", ""): "number",
    ("POST", "subscribed_apps"): "subscribed_apps",
    ("GET", "subscribed_apps"): "subscribed_apps",
}


def is_of_api(path: str) -> bool:
    """Tell whether a path belongs to the businesses' side."""
    return re.fullmatch(_VERSION, path.split("/")[1]) is not None


class GraphApi:
    """Serves `/v{version}/{id}/{edge}` for one WhatsApp."""

    def __init__(self, whatsapp: WhatsApp, faults: Faults, calls: CallLog) -> None:
        self._whatsapp = whatsapp
        self._faults = faults
        self._calls = calls

    def routes(self) -> list[web.RouteDef]:
        """List the routes to mount."""
        version = f"/{{version:{_VERSION}}}"
        paths = (version + "/{id:[0-9]+}", version + "/{id:[0-9]+}/{edge:[a-z_]+}", version + "/{rest:.*}")
        return [web.route(verb, path, self.handle) for verb in ("GET", "POST") for path in paths]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one call."""
        if self._faults.outage is not None:
            return self._refused(GraphError(code_for(self._faults.outage)), self._faults.outage)
        try:
            number, method = self._find(request)
            values = await _read_values(request)
        except GraphError as error:
            return self._refused(error)
        response = await self._answer(request, number, method, values)
        response.headers["facebook-api-version"] = request.match_info["version"]
        return response

    def _find(self, request: web.Request) -> tuple[Number, str]:
        """Find the number a call is about and what it asks, if its token may do that."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not self._whatsapp.is_token(token):
            raise GraphError(BAD_TOKEN, message="Error validating access token: the token is missing or not valid.")
        method = _EDGES.get((request.method, request.match_info.get("edge", "")))
        wanted = request.match_info.get("id")
        for number in self._whatsapp.numbers():
            own_id = number.account_id if method == "subscribed_apps" else number.phone_number_id
            if method is not None and own_id == wanted and number.token == token:
                _check_proof(request, number)
                return number, method
        raise GraphError(
            INVALID_PARAMETER,
            message=f"Unsupported {request.method.lower()} request. Object with ID '{wanted}' does not exist, cannot "
            "be loaded due to missing permissions, or does not support this operation.",
            subcode=_NO_SUCH_OBJECT,
        )

    async def _answer(self, request: web.Request, number: Number, method: str, values: Json) -> web.StreamResponse:
        rule = self._faults.strike(MESSENGER, number.digits, method)
        if rule is None:
            return self._worded(number, method, values, await self._call(request, number, method, values))
        return await self._misbehave(request, rule.fault, number, method, values)

    async def _misbehave(
        self, request: web.Request, fault: Fault, number: Number, method: str, values: Json
    ) -> web.StreamResponse:
        true_answer = await self._call(request, number, method, values) if fault.when == "after" else None
        if fault.kind == "delay":
            await self._whatsapp.clock.wait_for(self._whatsapp.clock.now() + fault.seconds)
            answer = true_answer or await self._call(request, number, method, values)
            return self._worded(number, method, values, answer)
        if fault.kind == "status" and fault.body is None:
            error = _described(fault)
            response = self._worded(number, method, values, (fault.status, error.body(self._trace_id())))
            if fault.retry_after is not None:
                response.headers["Retry-After"] = str(fault.retry_after)
            return response
        if fault.kind in ("status", "garbage"):
            page = fault.body or _GARBAGE
            self._log(number, method, values, fault.status, page)
            return web.Response(text=page, status=fault.status, content_type="text/html")
        self._log(number, method, values, None, None)
        if fault.kind == "hang":
            await self._faults.cleared.wait(None)
        return _dropped(request)

    async def _call(self, request: web.Request, number: Number, method: str, values: Json) -> Answer:
        """Let a method do its work."""
        try:
            match method:
                case "messages":
                    return 200, messages(self._whatsapp, number, values)
                case "number":
                    return 200, describe_number(number, values.get("fields"))
                case _ if request.method == "POST":
                    return 200, await subscribe_app(self._whatsapp, number, values)
                case _:
                    return 200, get_subscribed_apps(number)
        except GraphError as error:
            return error.status, error.body(self._trace_id())

    def _refused(self, error: GraphError, status: int | None = None) -> web.Response:
        return web.json_response(error.body(self._trace_id()), status=status or error.status)

    def _worded(self, number: Number, method: str, values: Json, answer: Answer) -> web.Response:
        status, body = answer
        self._log(number, method, values, status, body)
        return web.json_response(body, status=status)

    def _trace_id(self) -> str:
        return f"A{self._whatsapp.chance.getrandbits(128):032x}"

    def _log(self, number: Number, method: str, values: Json, status: int | None, answer: object) -> None:
        if self._calls.keeps:
            now = self._whatsapp.clock.now()
            self._calls.add(Call(MESSENGER, number.digits, method, values, status, answer, now))


async def _read_values(request: web.Request) -> Json:
    """Read the query, or the JSON body of a POST."""
    if request.method != "POST":
        return dict(request.query)
    raw = await request.read()
    if raw and request.content_type != "application/json":
        raise invalid("The content type must be application/json.")
    try:
        body = json.loads(raw or b"{}")
    except ValueError:
        raise invalid("The request body is not JSON.") from None
    if not isinstance(body, dict):
        raise invalid("The request body must be a JSON object.")
    return body


def _check_proof(request: web.Request, number: Number) -> None:
    """Hold a call that brings a proof of the app secret to it."""
    proof = request.query.get("appsecret_proof")
    if proof is None:
        return
    true_proof = hmac.new(number.app_secret.encode(), number.token.encode(), "sha256").hexdigest()
    if not hmac.compare_digest(proof.encode(), true_proof.encode()):
        raise invalid("Invalid appsecret_proof provided in the API argument")


def _described(fault: Fault) -> GraphError:
    """Word a fault: a description such as "(#131056) …" names its code, else the status does."""
    number = fault.description.removeprefix("(#").partition(")")[0]
    code = int(number) if fault.description.startswith("(#") and number.isdigit() else code_for(fault.status)
    return GraphError(code, message=fault.description)


def _dropped(request: web.Request) -> web.Response:
    """Close the connection, so that the response that must be returned goes nowhere."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
