"""What people want of us apart from logging in: which apps may write to them, and in which language we speak."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bots.talk import prompts, texts
from bots.talk.replies import Occasion, Replies, Speech, own_text
from core.model.apps.errors import AppDisabled, AppNotFound
from core.model.ids import AppId
from core.model.messages.message import Choice, Message, Pressed
from core.model.messages.payloads import SubscribeLink
from core.model.people.person import Sender
from core.ports.messengers import Messenger
from core.subscribers.membership import Joined, MemberOf, Membership

_LEAVE: Final = re.compile(r"u:([0-9a-f]{24})")
_LISTED: Final = 20
"""How many apps a list shows at once; leaving one brings up the next."""


@dataclass(frozen=True, slots=True)
class SubscriptionTalk:
    """Answers people who list, leave or change what they get."""

    subscribe: Membership
    replies: Replies
    speech: Speech

    async def join(self, messenger: Messenger, sender: Sender, link: SubscribeLink) -> None:
        """Subscribe the sender to the app of a permanent link, and say so."""
        try:
            joined = await self.subscribe.join(sender, link)
        except (AppNotFound, AppDisabled):
            await self.speech.say(messenger, sender, "unknown_subscription")
            return
        if joined.is_news or not messenger.capabilities.is_metered:
            said = Message(text=_welcome(joined, await self.speech.language(sender)))
            await self.replies.send(messenger, sender, said)

    async def leave_all(self, messenger: Messenger, sender: Sender) -> None:
        """End all subscriptions of the sender, and say so; an app's own farewell only where it is the only one."""
        left = await self.subscribe.leave_all(sender)
        language = await self.speech.language(sender)
        if len(left) == 1 and (farewell := _farewell(left[0], language)):
            await self.replies.send(messenger, sender, Message(text=farewell), Occasion.LOGIN)
        else:
            # Who ends a consent is told so, whatever is left of the day's budget.
            key = "stopped" if left else "stopped_already"
            await self.speech.say(messenger, sender, key, Occasion.LOGIN if left else Occasion.TALK)

    async def show(self, messenger: Messenger, sender: Sender) -> None:
        """List the sender's subscriptions, each with a button to leave it."""
        listed = _listed(await self.subscribe.memberships(sender), await self.speech.language(sender), messenger)
        await self.replies.send(messenger, sender, listed)

    async def offer_languages(self, messenger: Messenger, sender: Sender) -> None:
        """Ask which language we shall speak."""
        choices = tuple(Choice(name, prompts.language_data(code)) for code, name in texts.languages().items())
        question = texts.say(await self.speech.language(sender), "choose_language")
        await self.replies.send(messenger, sender, Message(text=question, choices=(choices,)))

    async def leave_late(self, sender: Sender, data: str) -> None:
        """Do, without a word, what a button asks for that was pressed hours ago, if it is to leave an app."""
        app_id = _LEAVE.fullmatch(data)
        if app_id is not None:
            await self.subscribe.leave(sender, AppId(app_id[1]))

    async def press(self, messenger: Messenger, pressed: Pressed) -> bool:
        """Do what a button of ours asks for; return False if it is none of these."""
        language, app_id = prompts.read_language(pressed.data), _LEAVE.fullmatch(pressed.data)
        if language is not None:
            await self._choose_language(messenger, pressed, language)
        elif app_id is not None:
            await self._leave(messenger, pressed, AppId(app_id[1]))
        return language is not None or app_id is not None

    async def _choose_language(self, messenger: Messenger, pressed: Pressed, language: str) -> None:
        if messenger.capabilities.is_metered and not await self.subscribe.is_known(pressed.sender):
            return
        await self.subscribe.choose_language(pressed.sender, language)
        said = texts.say(language, "language_chosen")
        await self.replies.respond(messenger, pressed, said, Message(text=said))
        if messenger.capabilities.is_metered:
            await self.replies.send(messenger, pressed.sender, Message(text=said))

    async def _leave(self, messenger: Messenger, pressed: Pressed, app_id: AppId) -> None:
        left = await self.subscribe.leave(pressed.sender, app_id)
        language = await self.speech.language(pressed.sender)
        listed = _listed(await self.subscribe.memberships(pressed.sender), language, messenger)
        toast = texts.say(language, "left_toast" if left else "stopped_already")
        await self.replies.respond(messenger, pressed, toast, listed)
        if left is not None:
            farewell = _farewell(left, language) or texts.say(language, "left", app=name_of(left))
            await self.replies.send(messenger, pressed.sender, Message(text=farewell))


def name_of(member: MemberOf) -> str:
    """Return what an app calls itself in the bot, and where it is at home, which it cannot choose."""
    app = member.app
    name = member.project.sender.sender_name or app.name
    home = app.shown_origin.partition("://")[2] if app.shown_origin else app.name
    return name if name == home else f"{name} ({home})"


def _welcome(joined: Joined, language: str) -> str:
    """Return what is said to who subscribed: the app's own words, if it has any, and always how to leave it."""
    sender = joined.project.sender
    own = own_text(sender.subscribe_message, language) if sender.subscribe_message_enabled else None
    if own is not None and joined.is_news:
        return f"{own}\n\n{texts.say(language, 'subscribed_hint', app=name_of(joined))}"
    return texts.say(language, "subscribed" if joined.is_news else "subscribed_already", app=name_of(joined))


def _farewell(left: MemberOf, language: str) -> str | None:
    sender = left.project.sender
    return own_text(sender.unsubscribe_message, language) if sender.unsubscribe_message_enabled else None


def _listed(members: Sequence[MemberOf], language: str, messenger: Messenger) -> Message:
    if not members:
        return Message(text=texts.say(language, "stopped_already"))
    shown = members[: min(_LISTED, messenger.capabilities.most_choices or _LISTED)]
    choices = tuple(
        (Choice(texts.say(language, "leave", app=each.project.sender.sender_name or each.app.name), _data(each)),)
        for each in shown
    )
    names = "\n".join(f"• {name_of(each)}" for each in members[:_LISTED])
    return Message(text=texts.say(language, "subscriptions", apps=names), choices=choices)


def _data(member: MemberOf) -> str:
    return f"u:{member.app.app_id}"
