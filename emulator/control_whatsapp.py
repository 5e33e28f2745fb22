"""The control API's verbs of WhatsApp: what a person does in the app, and what the chat looks like."""

from aiohttp import web

from emulator.control_answers import query_number, query_wait, read_body
from emulator.control_whatsapp_shapes import (
    InWhatsAppChat,
    SentDraft,
    WhatsAppCard,
    WhatsAppLink,
    WhatsAppTap,
    WhatsAppText,
)
from emulator.errors import ImpossibleError
from emulator.whatsapp.app import WhatsAppApp
from emulator.whatsapp.contacts import WhatsAppContact
from emulator.whatsapp.model import Chat, Tap, chat_state
from emulator.whatsapp.phone import TextDetails, find_button, find_message


class WhatsAppControl:
    """Handlers of `/control/whatsapp/…` about people, one for each method of WhatsAppApp."""

    def __init__(self, whatsapp: WhatsAppApp) -> None:
        self._whatsapp = whatsapp

    def routes(self) -> list[web.RouteDef]:
        """List the routes to mount below /control."""
        return [
            web.post("/whatsapp/open_link", self.open_link),
            web.post("/whatsapp/draft", self.draft),
            web.post("/whatsapp/tap", self.tap),
            web.post("/whatsapp/share_contact", self.share_contact),
            web.post("/whatsapp/text", self.text),
            web.post("/whatsapp/unsupported", self.unsupported),
            web.post("/whatsapp/read", self.read),
            web.post("/whatsapp/block", self.block),
            web.post("/whatsapp/unblock", self.unblock),
            web.get("/whatsapp/chat", self.chat),
        ]

    async def open_link(self, request: web.Request) -> web.Response:
        """Open a link, and send what it brings unless told to leave it a draft."""
        body = await read_body(request, WhatsAppLink)
        press_send = body.press_send and body.press_start
        return self._shown(self._whatsapp.open_link(body.person, body.link, press_send=press_send))

    async def draft(self, request: web.Request) -> web.Response:
        """Send the draft."""
        body = await read_body(request, SentDraft)
        self._whatsapp.send_draft(body.person, body.bot, body.text)
        return self._shown(self._whatsapp.chat(body.person, body.bot))

    async def tap(self, request: web.Request) -> web.Response:
        """Tap a button; with `wait`, answer when the business has read the tap or the time is up."""
        body = await read_body(request, WhatsAppTap)
        if body.force:
            if body.data is None:
                raise ImpossibleError("bad_request", "A forced tap needs data.")
            tap = self._whatsapp.forge_tap(
                body.person, body.bot, body.data, message_id=body.message_id, as_person=body.as_person
            )
            return await self._tapped(tap, body.wait)
        chat = self._whatsapp.chat(body.person, body.bot)
        message, button = find_button(chat, body.button, body.data, body.message_id)
        if "callback_data" not in button:
            return web.json_response({"button": button})
        tap = self._whatsapp.tap(
            body.person, body.bot, body.button, data=body.data, message_id=message.id, as_person=body.as_person
        )
        return await self._tapped(tap, body.wait)

    async def _tapped(self, tap: Tap, wait: float) -> web.Response:
        answer = await self._whatsapp.wait_for_answer(tap, within=wait)
        return web.json_response({"id": tap.id, "message_id": tap.message_id, "data": tap.data, "answer": answer})

    async def share_contact(self, request: web.Request) -> web.Response:
        """Share a contact."""
        body = await read_body(request, WhatsAppCard)
        contact = WhatsAppContact(
            owner=body.owner,
            phone_number=body.phone_number,
            second_phone=body.second_phone,
            has_wa_id=body.has_wa_id,
            is_attached=body.attached,
            is_forwarded=body.forwarded,
        )
        self._whatsapp.share_contact(body.person, body.bot, contact)
        return self._shown(self._whatsapp.chat(body.person, body.bot))

    async def text(self, request: web.Request) -> web.Response:
        """Write to the business."""
        body = await read_body(request, WhatsAppText)
        details = TextDetails(
            is_forwarded=body.forwarded,
            is_frequently_forwarded=body.frequently_forwarded,
            timestamp_offset=body.timestamp_offset,
        )
        if body.group_id is not None:
            details["group_id"] = body.group_id
        self._whatsapp.send_text(body.person, body.bot, body.text, **details)
        return self._shown(self._whatsapp.chat(body.person, body.bot))

    async def unsupported(self, request: web.Request) -> web.Response:
        """Send something the API does not know."""
        body = await read_body(request, InWhatsAppChat)
        self._whatsapp.send_unsupported(body.person, body.bot)
        return self._shown(self._whatsapp.chat(body.person, body.bot))

    async def read(self, request: web.Request) -> web.Response:
        """Look into the chat."""
        body = await read_body(request, InWhatsAppChat)
        self._whatsapp.read(body.person, body.bot)
        return self._shown(self._whatsapp.chat(body.person, body.bot))

    async def block(self, request: web.Request) -> web.Response:
        """Block the number."""
        body = await read_body(request, InWhatsAppChat)
        self._whatsapp.block(body.person, body.bot)
        return self._shown(self._whatsapp.chat(body.person, body.bot))

    async def unblock(self, request: web.Request) -> web.Response:
        """Unblock the number."""
        body = await read_body(request, InWhatsAppChat)
        self._whatsapp.unblock(body.person, body.bot)
        return self._shown(self._whatsapp.chat(body.person, body.bot))

    async def chat(self, request: web.Request) -> web.Response:
        """Show a chat; with `wait`, once the business wrote after `after` or anything changed since `revision`."""
        person, bot = int(query_number(request, "person")), request.query.get("bot", "")
        wait = query_wait(request)
        if "revision" in request.query:
            revision = int(query_number(request, "revision"))
            return self._shown(await self._whatsapp.wait_for_change(person, bot, revision=revision, within=wait))
        if "after" in request.query:
            after = _number_of(self._whatsapp.chat(person, bot), request.query["after"])
            await self._whatsapp.wait_for_message(person, bot, after=after, within=wait)
        return self._shown(self._whatsapp.chat(person, bot))

    def _shown(self, chat: Chat) -> web.Response:
        return web.json_response(chat_state(chat, self._whatsapp.platform.clock.now()))


def _number_of(chat: Chat, after: str) -> int:
    """Return the number of the message with this wamid; 0 stands before all messages."""
    if after == "0":
        return 0
    message = find_message(chat, after)
    if message is None:
        raise ImpossibleError("no_such_message", "The chat has no message with this wamid.")
    return message.number
