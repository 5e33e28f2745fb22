"""The control API's verbs of WhatsApp's business side: numbers, callbacks, odd webhooks, who people appear to be."""

from dataclasses import asdict

from aiohttp import web

from emulator.control_answers import read_body
from emulator.control_whatsapp_shapes import (
    Appearance,
    Ban,
    Failures,
    Injected,
    NewNumber,
    NewPhone,
    NewTemplate,
    OfNumber,
    Subscription,
    WhatsAppLimits,
)
from emulator.whatsapp.app import WhatsAppApp
from emulator.whatsapp.model import Number, Template


class WhatsAppBusinessControl:
    """Handlers of `/control/whatsapp/…` about numbers, one for each method of WhatsAppApp."""

    def __init__(self, whatsapp: WhatsAppApp) -> None:
        self._whatsapp = whatsapp

    def routes(self) -> list[web.RouteDef]:
        """List the routes to mount below /control."""
        return [
            web.get("/whatsapp/numbers", self.numbers),
            web.post("/whatsapp/numbers", self.add_number),
            web.post("/whatsapp/templates", self.add_template),
            web.post("/whatsapp/subscribe", self.subscribe),
            web.post("/whatsapp/revoke", self.revoke),
            web.post("/whatsapp/ban", self.ban),
            web.post("/whatsapp/fail_next", self.fail_next),
            web.post("/whatsapp/inject", self.inject),
            web.post("/whatsapp/repeat", self.repeat),
            web.post("/whatsapp/hold", self.hold),
            web.post("/whatsapp/release_held", self.release_held),
            web.post("/whatsapp/change_number", self.change_number),
            web.post("/whatsapp/appearance", self.appearance),
            web.get("/whatsapp/limits", self.limits),
            web.post("/whatsapp/limits", self.set_limits),
        ]

    async def numbers(self, _request: web.Request) -> web.Response:
        """List the numbers, without their secrets."""
        return web.json_response({"numbers": [_described(number) for number in self._whatsapp.numbers()]})

    async def add_number(self, request: web.Request) -> web.Response:
        """Register a number; the answer tells its secrets."""
        body = await read_body(request, NewNumber)
        number = self._whatsapp.add_number(
            body.phone,
            phone_number_id=body.phone_number_id,
            token=body.token,
            app_secret=body.app_secret,
            verified_name=body.verified_name,
        )
        secrets = {"token": number.token, "app_secret": number.app_secret}
        return web.json_response({**_described(number), **secrets}, status=201)

    async def add_template(self, request: web.Request) -> web.Response:
        """Have a template approved."""
        body = await read_body(request, NewTemplate)
        template = Template(body.name, body.language, body.category, body.body, body.quick_replies)
        self._whatsapp.add_template(body.bot, template)
        return web.json_response(asdict(template), status=201)

    async def subscribe(self, request: web.Request) -> web.Response:
        """Save a callback after verifying it."""
        body = await read_body(request, Subscription)
        await self._whatsapp.subscribe(body.bot, body.url, body.verify_token, with_account=body.with_account)
        return self._shown(body)

    async def revoke(self, request: web.Request) -> web.Response:
        """Make a token worthless."""
        body = await read_body(request, OfNumber)
        self._whatsapp.revoke(body.bot)
        return self._shown(body)

    async def ban(self, request: web.Request) -> web.Response:
        """Let the business block a person, or unblock."""
        body = await read_body(request, Ban)
        self._whatsapp.ban(body.person, body.bot, is_banned=body.banned)
        return web.json_response({"banned": body.banned})

    async def fail_next(self, request: web.Request) -> web.Response:
        """Let the next messages fail after they were accepted."""
        body = await read_body(request, Failures)
        self._whatsapp.fail_next(body.bot, *body.codes)
        return self._shown(body)

    async def inject(self, request: web.Request) -> web.Response:
        """Post any value."""
        body = await read_body(request, Injected)
        self._whatsapp.inject(body.bot, body.value, signature=body.signature)
        return self._shown(body)

    async def repeat(self, request: web.Request) -> web.Response:
        """Post the last body once more."""
        body = await read_body(request, OfNumber)
        self._whatsapp.repeat(body.bot)
        return self._shown(body)

    async def hold(self, _request: web.Request) -> web.Response:
        """Gather webhooks."""
        self._whatsapp.hold()
        return web.json_response({"held": True})

    async def release_held(self, _request: web.Request) -> web.Response:
        """Post what was gathered; tells in how many bodies."""
        return web.json_response({"bodies": self._whatsapp.release_held()})

    async def change_number(self, request: web.Request) -> web.Response:
        """Give a person a new phone number, or only a new BSUID."""
        body = await read_body(request, NewPhone)
        if body.phone is None:
            self._whatsapp.change_user_id(body.person, body.bot)
        else:
            self._whatsapp.change_number(body.person, body.bot, body.phone)
        identity = self._whatsapp.identity(body.person)
        return web.json_response({"wa_id": identity.wa_id, "user_id": identity.user_id})

    async def appearance(self, request: web.Request) -> web.Response:
        """Choose what webhooks show of a person."""
        body = await read_body(request, Appearance)
        identity = self._whatsapp.identity(body.person)
        match body.shows:
            case "username":
                self._whatsapp.hide_phone(body.person)
            case "phone":
                self._whatsapp.legacy(body.person)
            case "both":
                self._whatsapp.show_all(body.person)
        identity.given_wa_id, identity.has_receipts = body.wa_id, body.receipts
        named = {"wa_id": identity.wa_id, "user_id": identity.user_id, "username": identity.username}
        return web.json_response(named)

    async def limits(self, _request: web.Request) -> web.Response:
        """Tell the rates of sending."""
        limits = asdict(self._whatsapp.limits)
        return web.json_response({"on": limits.pop("is_on"), **limits})

    async def set_limits(self, request: web.Request) -> web.Response:
        """Change the rates of sending."""
        body = await read_body(request, WhatsAppLimits)
        for name, value in body.model_dump(exclude_none=True).items():
            setattr(self._whatsapp.limits, "is_on" if name == "on" else name, value)
        return await self.limits(request)

    def _shown(self, body: OfNumber) -> web.Response:
        return web.json_response(_described(self._whatsapp.number(body.bot)))


def _described(number: Number) -> dict[str, object]:
    return {
        **number.to_json(),
        "account_id": number.account_id,
        "callback_url": number.callback_url,
        "subscribed": number.is_subscribed,
    }
