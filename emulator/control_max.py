"""The control API's verbs of MAX: what a person does in the app, what the platform does, how the dialog looks."""

from dataclasses import asdict
from typing import Any

from aiohttp import web

from emulator.control_answers import query_number, query_wait, read_body
from emulator.control_shapes import (
    InChat,
    MaxBehaviour,
    MaxBot,
    MaxContact,
    MaxLimits,
    MaxReissue,
    MaxTapped,
    MaxUpdate,
    MaxWritten,
    OpenedLink,
)
from emulator.errors import ImpossibleError
from emulator.max.app import MaxApp
from emulator.max.contacts import SharedContact
from emulator.max.model import Chat, Tap, chat_state
from emulator.max.phone import find_button
from emulator.max.subscription import Subscription


class MaxControl:
    """Handlers of `/control/max/…`, one for each method of MaxApp."""

    def __init__(self, app: MaxApp) -> None:
        self._max = app

    def routes(self) -> list[web.RouteDef]:
        """List the routes to mount below /control."""
        return [
            web.post("/max/open_link", self.open_link),
            web.post("/max/press_start", self.press_start),
            web.post("/max/tap", self.tap),
            web.post("/max/share_contact", self.share_contact),
            web.post("/max/text", self.text),
            web.post("/max/block", self.block),
            web.post("/max/unblock", self.unblock),
            web.get("/max/chat", self.chat),
            web.get("/max/poll", self.poll),
            web.get("/max/subscriptions", self.subscriptions),
            web.post("/max/drop_subscriptions", self.drop_subscriptions),
            web.post("/max/revoke", self.revoke),
            web.post("/max/reissue", self.reissue),
            web.post("/max/inject", self.inject),
            web.get("/max/behaviour", self.behaviour),
            web.post("/max/behaviour", self.set_behaviour),
            web.get("/max/limits", self.limits),
            web.post("/max/limits", self.set_limits),
        ]

    async def open_link(self, request: web.Request) -> web.Response:
        """Open a deep link."""
        body = await read_body(request, OpenedLink)
        return _shown(self._max.open_link(body.person, body.link, press_start=body.press_start))

    async def press_start(self, request: web.Request) -> web.Response:
        """Press START."""
        body = await read_body(request, InChat)
        return _shown(self._max.press_start(body.person, body.bot))

    async def tap(self, request: web.Request) -> web.Response:
        """Tap a button; with `wait`, answer when the bot has answered the tap or the time is up."""
        body = await read_body(request, MaxTapped)
        if body.force:
            if body.data is None:
                raise ImpossibleError("bad_request", "A forced tap needs data.")
            tap = self._max.forge_tap(
                body.person, body.bot, body.data, message_id=body.message_id, as_person=body.as_person
            )
            return await self._tapped(tap, body.wait)
        chat = self._max.chat(body.person, body.bot)
        message, button = find_button(chat, body.button, body.data, body.message_id)
        if "callback_data" not in button:
            return web.json_response({"button": button})
        tap = self._max.tap(
            body.person, body.bot, body.button, data=body.data, message_id=message.id, as_person=body.as_person
        )
        return await self._tapped(tap, body.wait)

    async def _tapped(self, tap: Tap, wait: float) -> web.Response:
        answer = await self._max.wait_for_answer(tap, within=wait)
        message_id = None if tap.message is None else tap.message.id
        return web.json_response({"id": tap.id, "message_id": message_id, "data": tap.data, "answer": answer})

    async def share_contact(self, request: web.Request) -> web.Response:
        """Share a contact."""
        body = await read_body(request, MaxContact)
        contact = SharedContact(
            owner=body.owner,
            phone_number=body.phone_number,
            has_user_id=body.has_user_id,
            is_attached=body.attached,
            is_forwarded=body.forwarded,
            is_signed=body.signed,
            trick=body.trick,
        )
        self._max.share_contact(body.person, body.bot, None if contact == SharedContact() else contact)
        return _shown(self._max.chat(body.person, body.bot))

    async def text(self, request: web.Request) -> web.Response:
        """Write to the bot."""
        body = await read_body(request, MaxWritten)
        self._max.send_text(body.person, body.bot, body.text, is_forwarded=body.forwarded)
        return _shown(self._max.chat(body.person, body.bot))

    async def block(self, request: web.Request) -> web.Response:
        """Stop the bot."""
        body = await read_body(request, InChat)
        self._max.block(body.person, body.bot)
        return _shown(self._max.chat(body.person, body.bot))

    async def unblock(self, request: web.Request) -> web.Response:
        """Start a stopped bot again."""
        body = await read_body(request, InChat)
        self._max.unblock(body.person, body.bot)
        return _shown(self._max.chat(body.person, body.bot))

    async def chat(self, request: web.Request) -> web.Response:
        """Show a dialog; with `wait`, once the bot wrote after the mid `after` or anything changed since `revision`."""
        person, bot = int(query_number(request, "person")), request.query.get("bot", "")
        wait = query_wait(request)
        if "revision" in request.query:
            revision = int(query_number(request, "revision"))
            return _shown(await self._max.wait_for_change(person, bot, revision=revision, within=wait))
        if "after" in request.query:
            after = _number_of(self._max.chat(person, bot), request.query["after"])
            await self._max.wait_for_message(person, bot, after=after, within=wait)
        return _shown(self._max.chat(person, bot))

    async def poll(self, request: web.Request) -> web.Response:
        """Tell whether a bot's poll waits for news; with `wait`, once it does."""
        is_polling = await self._max.wait_for_poll(request.query.get("bot", ""), within=query_wait(request))
        return web.json_response({"polling": is_polling})

    async def subscriptions(self, request: web.Request) -> web.Response:
        """List a bot's subscriptions; with `wait`, once there is one."""
        bot = request.query.get("bot", "")
        await self._max.wait_for_subscription(bot, within=query_wait(request))
        return self._subscribed(bot)

    async def drop_subscriptions(self, request: web.Request) -> web.Response:
        """End a bot's subscriptions without telling the bot."""
        bot = (await read_body(request, MaxBot)).bot
        self._max.drop_subscriptions(bot)
        return self._subscribed(bot)

    def _subscribed(self, bot: str) -> web.Response:
        listed = [_described(subscription) for subscription in self._max.subscriptions(bot)]
        return web.json_response({"subscriptions": listed})

    async def revoke(self, request: web.Request) -> web.Response:
        """Make a bot's token invalid."""
        self._max.revoke((await read_body(request, MaxBot)).bot)
        return web.json_response({"revoked": True})

    async def reissue(self, request: web.Request) -> web.Response:
        """Give a bot another token."""
        body = await read_body(request, MaxReissue)
        return web.json_response({"token": self._max.reissue(body.bot, body.token)})

    async def inject(self, request: web.Request) -> web.Response:
        """Give a bot any update."""
        body = await read_body(request, MaxUpdate)
        self._max.inject(body.bot, body.update)
        return web.json_response({"injected": True})

    async def behaviour(self, _request: web.Request) -> web.Response:
        """Tell how MAX behaves where it is uncertain."""
        return web.json_response(asdict(self._max.behaviour))

    async def set_behaviour(self, request: web.Request) -> web.Response:
        """Change how MAX behaves where it is uncertain."""
        body = await read_body(request, MaxBehaviour)
        for name, value in body.model_dump(exclude_none=True).items():
            setattr(self._max.behaviour, name, value)
        return await self.behaviour(request)

    async def limits(self, _request: web.Request) -> web.Response:
        """Tell the rates of calls."""
        limits = asdict(self._max.limits)
        return web.json_response({"on": limits.pop("is_on"), **limits})

    async def set_limits(self, request: web.Request) -> web.Response:
        """Change the rates of calls."""
        body = await read_body(request, MaxLimits)
        for name, value in body.model_dump(exclude_none=True).items():
            setattr(self._max.limits, "is_on" if name == "on" else name, value)
        return await self.limits(request)


def _shown(chat: Chat) -> web.Response:
    return web.json_response(chat_state(chat))


def _described(subscription: Subscription) -> dict[str, Any]:
    return {**subscription.to_json(), "delivered": subscription.delivered, "failures": subscription.failures}


def _number_of(chat: Chat, after: str) -> int:
    """Return the number of the message with this mid; 0 stands before all messages."""
    if after == "0":
        return 0
    found = chat.bot.messages.get(after)
    if found is None or found[0] is not chat:
        raise ImpossibleError("no_such_message", "The dialog has no message with this mid.")
    return found[1].number
