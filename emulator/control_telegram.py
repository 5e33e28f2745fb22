"""The control API's verbs of Telegram: what a person does in the app, and what the chat looks like."""

from typing import Any

from aiohttp import web

from emulator.control_answers import query_number, query_wait, read_body
from emulator.control_shapes import Contact, InChat, OpenedLink, Tapped, Written
from emulator.emulator import Emulator, SharedContact
from emulator.errors import ImpossibleError
from emulator.telegram.model import Chat, Tap, chat_state
from emulator.telegram.phone import find_button


class TelegramControl:
    """Handlers of `/control/telegram/…`, one for each method of the Emulator."""

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    def routes(self) -> list[web.RouteDef]:
        """List the routes to mount below /control."""
        return [
            web.post("/telegram/open_link", self.open_link),
            web.post("/telegram/press_start", self.press_start),
            web.post("/telegram/tap", self.tap),
            web.post("/telegram/share_contact", self.share_contact),
            web.post("/telegram/text", self.text),
            web.post("/telegram/block", self.block),
            web.post("/telegram/unblock", self.unblock),
            web.get("/telegram/chat", self.chat),
            web.get("/telegram/poll", self.poll),
        ]

    async def open_link(self, request: web.Request) -> web.Response:
        """Open a deep link."""
        body = await read_body(request, OpenedLink)
        return _shown(self._emulator.open_link(body.person, body.link, press_start=body.press_start))

    async def press_start(self, request: web.Request) -> web.Response:
        """Press START."""
        body = await read_body(request, InChat)
        self._emulator.press_start(body.person, body.bot)
        return _shown(self._emulator.chat(body.person, body.bot))

    async def tap(self, request: web.Request) -> web.Response:
        """Tap a button; with `wait`, answer when the bot has answered the tap or the time is up."""
        body = await read_body(request, Tapped)
        if body.force:
            if body.data is None:
                raise ImpossibleError("bad_request", "A forced tap needs data.")
            tap = self._emulator.forge_tap(
                body.person, body.bot, body.data, message_id=body.message_id, as_person=body.as_person
            )
            return await self._tapped(tap, body.wait)
        chat = self._emulator.chat(body.person, body.bot)
        _, button = find_button(chat, body.button, body.data, body.message_id)
        if "callback_data" not in button:
            return web.json_response({"button": button})
        tap = self._emulator.tap(
            body.person,
            body.bot,
            body.button,
            data=body.data,
            message_id=body.message_id,
            as_person=body.as_person,
        )
        return await self._tapped(tap, body.wait)

    async def _tapped(self, tap: Tap, wait: float) -> web.Response:
        answer = await self._emulator.wait_for_answer(tap, within=wait)
        described: dict[str, Any] = {"id": tap.id, "message_id": tap.message_id, "data": tap.data, "answer": answer}
        return web.json_response(described)

    async def share_contact(self, request: web.Request) -> web.Response:
        """Share a contact."""
        body = await read_body(request, Contact)
        contact = SharedContact(
            owner=body.owner,
            phone_number=body.phone_number,
            has_user_id=body.has_user_id,
            is_attached=body.attached,
            is_forwarded=body.forwarded,
        )
        self._emulator.share_contact(body.person, body.bot, contact)
        return _shown(self._emulator.chat(body.person, body.bot))

    async def text(self, request: web.Request) -> web.Response:
        """Write to the bot."""
        body = await read_body(request, Written)
        self._emulator.send_text(body.person, body.bot, body.text)
        return _shown(self._emulator.chat(body.person, body.bot))

    async def block(self, request: web.Request) -> web.Response:
        """Block the bot."""
        body = await read_body(request, InChat)
        self._emulator.block(body.person, body.bot)
        return _shown(self._emulator.chat(body.person, body.bot))

    async def unblock(self, request: web.Request) -> web.Response:
        """Unblock the bot."""
        body = await read_body(request, InChat)
        self._emulator.unblock(body.person, body.bot)
        return _shown(self._emulator.chat(body.person, body.bot))

    async def chat(self, request: web.Request) -> web.Response:
        """Show a chat; with `wait`, once the bot sent a message above `after` or anything changed since `revision`."""
        person, bot = int(query_number(request, "person")), request.query.get("bot", "")
        wait = query_wait(request)
        if "revision" in request.query:
            revision = int(query_number(request, "revision"))
            return _shown(await self._emulator.wait_for_change(person, bot, revision=revision, within=wait))
        if "after" in request.query:
            await self._emulator.wait_for_message(person, bot, after=int(query_number(request, "after")), within=wait)
        return _shown(self._emulator.chat(person, bot))

    async def poll(self, request: web.Request) -> web.Response:
        """Tell whether a bot's long poll waits for news; with `wait`, once it does."""
        is_polling = await self._emulator.wait_for_poll(request.query.get("bot", ""), within=query_wait(request))
        return web.json_response({"polling": is_polling})


def _shown(chat: Chat) -> web.Response:
    return web.json_response(chat_state(chat))
