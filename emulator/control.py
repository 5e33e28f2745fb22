"""The control API: JSON over HTTP for tests and for the phone page. Every route is one method of the Emulator."""

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from aiohttp import web

from emulator.bots import AnyBot
from emulator.control_answers import in_words, query_number, query_wait, read_body
from emulator.control_max import MaxControl
from emulator.control_shapes import Advance, MessengerName, NewBot, NewFault, NewLimits, NewPerson, Outage
from emulator.control_telegram import TelegramControl
from emulator.control_whatsapp import WhatsAppControl
from emulator.control_whatsapp_business import WhatsAppBusinessControl
from emulator.emulator import Emulator
from emulator.faults import Fault, FaultRule
from emulator.max.model import chat_state as max_chat_state
from emulator.telegram.model import chat_state
from emulator.waiting import wait_until
from emulator.whatsapp.model import chat_state as whatsapp_chat_state


def create_control(emulator: Emulator) -> web.Application:
    """Make the application to mount at /control."""
    control = Control(emulator)
    app = web.Application(middlewares=[in_words])
    app.add_routes(control.routes())
    app.add_routes(TelegramControl(emulator).routes())
    app.add_routes(MaxControl(emulator.max).routes())
    app.add_routes(WhatsAppControl(emulator.whatsapp).routes())
    app.add_routes(WhatsAppBusinessControl(emulator.whatsapp).routes())
    return app


class Control:
    """Handlers of what belongs to no single messenger."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator
        self._bots: dict[MessengerName, Callable[[str, str | None, str | None], AnyBot]] = {
            "telegram": emulator.add_bot,
            "max": emulator.max.add_bot,
            "whatsapp": self._add_number,
        }

    def routes(self) -> list[web.RouteDef]:
        """List the routes to mount below /control."""
        return [
            web.get("/bots", self.bots),
            web.post("/bots", self.add_bot),
            web.get("/people", self.people),
            web.post("/people", self.add_person),
            web.get("/phone", self.phone),
            web.get("/calls", self.calls),
            web.get("/faults", self.faults),
            web.post("/faults", self.add_fault),
            web.delete("/faults", self.clear_faults),
            web.delete("/faults/{id:[0-9]+}", self.clear_faults),
            web.post("/outage", self.outage),
            web.get("/clock", self.clock),
            web.post("/clock", self.advance),
            web.get("/limits", self.limits),
            web.post("/limits", self.set_limits),
            web.post("/reset", self.reset),
        ]

    async def bots(self, _request: web.Request) -> web.Response:
        """List the bots, without their tokens."""
        return web.json_response({"bots": [bot.to_json() for bot in self._emulator.bots()]})

    async def add_bot(self, request: web.Request) -> web.Response:
        """Register a bot; the answer tells its token."""
        body = await read_body(request, NewBot)
        bot = self._bots[body.messenger](body.username, body.token, body.first_name)
        return web.json_response({**bot.to_json(), "token": bot.token}, status=201)

    def _add_number(self, phone: str, token: str | None, name: str | None) -> AnyBot:
        return self._emulator.whatsapp.add_number(phone, token=token, verified_name=name)

    async def people(self, _request: web.Request) -> web.Response:
        """List the people."""
        return web.json_response({"people": [person.to_json() for person in self._emulator.people.all()]})

    async def add_person(self, request: web.Request) -> web.Response:
        """Make a person."""
        details: Any = (await read_body(request, NewPerson)).model_dump(exclude_none=True)
        return web.json_response(self._emulator.add_person(**details).to_json(), status=201)

    async def phone(self, request: web.Request) -> web.Response:
        """Show everything on one phone; with `wait`, once it changed since `revision`."""
        person = self._emulator.people.find(int(query_number(request, "person")))
        revision = int(query_number(request, "revision", -1))
        await wait_until(person.changed, lambda: person.revision > revision, query_wait(request))
        now = self._emulator.clock.now()
        chats = [
            *(chat_state(chat) for chat in self._emulator.telegram.chats_of(person)),
            *(max_chat_state(chat) for chat in self._emulator.max.platform.chats_of(person)),
            *(whatsapp_chat_state(chat, now) for chat in self._emulator.whatsapp.platform.chats_of(person)),
        ]
        return web.json_response({"revision": person.revision, "person": person.to_json(), "chats": chats})

    async def calls(self, request: web.Request) -> web.Response:
        """List the calls bots made."""
        query = request.query
        found = self._emulator.calls(messenger=query.get("messenger"), bot=query.get("bot"), method=query.get("method"))
        return web.json_response({"calls": [call.to_json() for call in found]})

    async def faults(self, _request: web.Request) -> web.Response:
        """List the faults in force."""
        faults = self._emulator.faults
        return web.json_response({"faults": [_rule(rule) for rule in faults.rules()], "outage": faults.outage})

    async def add_fault(self, request: web.Request) -> web.Response:
        """Put a fault in force."""
        body = await read_body(request, NewFault)
        usual = Fault(body.kind, status=502 if body.kind == "garbage" else 500)
        fault = replace(
            usual,
            when=body.when,
            status=body.status or usual.status,
            description=body.description,
            retry_after=body.retry_after,
            body=body.body,
            seconds=body.seconds,
        )
        rule = self._emulator.add_fault(
            fault, messenger=body.messenger, method=body.method, bot=body.bot, skip=body.skip, count=body.count
        )
        return web.json_response(_rule(rule), status=201)

    async def clear_faults(self, request: web.Request) -> web.Response:
        """Lift one fault, or all of them and the outage."""
        rule_id = request.match_info.get("id")
        self._emulator.clear_faults(None if rule_id is None else int(rule_id))
        return await self.faults(request)

    async def outage(self, request: web.Request) -> web.Response:
        """Begin or end an outage."""
        body = await read_body(request, Outage)
        self._emulator.outage(body.status)
        return web.json_response({"outage": body.status})

    async def clock(self, _request: web.Request) -> web.Response:
        """Tell the time."""
        return web.json_response({"now": self._emulator.clock.now()})

    async def advance(self, request: web.Request) -> web.Response:
        """Move the clock forward."""
        body = await read_body(request, Advance)
        return web.json_response({"now": self._emulator.advance(body.advance)})

    async def limits(self, _request: web.Request) -> web.Response:
        """Tell the rates of sending."""
        limits = asdict(self._emulator.limits)
        return web.json_response({"on": limits.pop("is_on"), **limits})

    async def set_limits(self, request: web.Request) -> web.Response:
        """Change the rates of sending."""
        body = await read_body(request, NewLimits)
        limits = self._emulator.limits
        for name, value in body.model_dump(exclude_none=True).items():
            setattr(limits, "is_on" if name == "on" else name, value)
        return await self.limits(request)

    async def reset(self, _request: web.Request) -> web.Response:
        """Forget all people and everything else."""
        await self._emulator.reset()
        return web.json_response({"reset": True})


def _rule(rule: FaultRule) -> dict[str, Any]:
    described = asdict(rule)
    fault = described.pop("fault")
    return {**described, "count": described.pop("left"), **fault}
