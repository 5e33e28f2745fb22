"""The messages about a login, and the data in their buttons.

Button data is ``verb:login id:nonce[:number]``, well under the 64 bytes that every messenger allows. It is no secret
and no proof: the core checks who presses, which question it answers, and what the login allows.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from bots.talk import texts
from bots.talk.replies import own_text
from core.model.login.login import Asked, Cancelled, CancelReason, Confirmed, Login, Redeemed, RequestOrigin
from core.model.login.requests import Answered, PhoneClaim, Prompt
from core.model.messages.message import Choice, Message, UrlButton
from core.model.text.typed import normal
from core.model.text.variables import with_value

_URL: Final = "url"
"""What an ``auth_text`` calls the address of the site."""
_ANSWER: Final = re.compile(r"([yna]):([0-9a-f]{24}):([0-9a-f]{8})(?::([1-9][0-9]))?")
_NUMBER: Final = re.compile(r"[1-9][0-9]")
_LANGUAGE: Final = re.compile(r"l:([a-z]{2})")
PHONE_IS_MINE: Final = "p"
"""The data of the button by which a claimed phone's own chat confirms it; it proves nothing by itself."""
_SECONDS_WORTH_SAYING: Final = 5
_MINUTE: Final = 60
_COMMAND_LIMIT: Final = 200


class Verb(StrEnum):
    """What a button of a prompt says."""

    LOGIN = "y"
    NOT_ME = "n"
    CANCEL = "a"


@dataclass(frozen=True, slots=True)
class PromptAnswer:
    """A pressed button of a question marked by ``nonce``; ``picked`` is the number on it, if it has one."""

    verb: Verb
    login_id: str
    nonce: str
    picked: int | None


def read_answer(data: str) -> PromptAnswer | None:
    """Read a button's data; ``None`` if it is none of ours (any client can send anything)."""
    found = _ANSWER.fullmatch(data)
    return PromptAnswer(Verb(found[1]), found[2], found[3], int(found[4]) if found[4] else None) if found else None


def read_language(data: str) -> str | None:
    """Read the data of a language button; ``None`` if it is another button's."""
    found = _LANGUAGE.fullmatch(data)
    return found[1] if found and found[1] in texts.languages() else None


def language_data(code: str) -> str:
    """Return the data of the button that chooses a language."""
    return f"l:{code}"


def read_command(text: str) -> str:
    """Return the command that a text is: with its slash, ``/no`` for whatever means no, a two-digit number as it is.

    Empty if it is none.
    """
    plain = " ".join(normal(text, _COMMAND_LIMIT).lower().split()).rstrip(".!")
    for command, words in (("/stop", "stop_words"), ("/no", "no_words"), ("/help", "help_words")):
        if plain in texts.words(words):
            return command
    if _NUMBER.fullmatch(plain):
        return plain
    first = plain.partition(" ")[0].partition("@")[0]
    return first if first.startswith("/") else ""


def question(
    prompt: Prompt, language: str, now: datetime, room: int | None = None, *, is_last_word: bool = False
) -> Message:
    """Ask whether to log in, naming the site, where and when it was asked, with numbers to match if there are.

    Where there is ``room`` for so many buttons only, the numbers have them all and one refuses by a word. Where this
    ``is_last_word``, as each message costs, it says what happens after the answer.
    """
    asked = prompt.login.asked
    choices = _choices(prompt, language)
    key = "question_plain" if asked.match is None else "question_match"
    asks = texts.say(language, key)
    is_crowded = room is not None and sum(map(len, choices)) > room
    refusal = (
        texts.say(language, "refuse_by_word")
        if is_crowded
        else texts.say(language, "refuse_by_button", refuse=choices[-1][-1].label)
    )
    text = texts.say(
        language,
        "prompt",
        site=site(asked),
        app=_introduction(prompt),
        place=_place(asked.place, language),
        ago=_ago(asked.created_at, now, language),
        question=asks if not is_last_word else f"{asks} {texts.say(language, f'{key}_then')}",
        refusal=refusal,
    )
    return Message(text=text, choices=choices[:1] if is_crowded else choices)


def contact(prompt: Prompt, language: str, now: datetime) -> Message:
    """Ask for the person's phone, naming who wants it, from where and when it was asked, and how to say no."""
    asked = prompt.login.asked
    text = texts.say(
        language,
        "ask_contact",
        site=site(asked),
        app=prompt.app.name,
        place=_place(asked.place, language),
        ago=_ago(asked.created_at, now, language),
    )
    return Message(text=text, ask_contact=texts.say(language, "share_contact"))


def contact_again(language: str) -> Message:
    """Ask for the person's own phone after they shared something else."""
    return Message(text=texts.say(language, "contact_not_own"), ask_contact=texts.say(language, "share_contact"))


def contact_not_asked(language: str) -> Message:
    """Say that the contact which was shared was not asked for."""
    return Message(text=texts.say(language, "contact_not_asked"), contact_done=True)


def phone_claim(claim: PhoneClaim, language: str) -> Message:
    """Ask in a phone's own chat whether it is theirs who claimed it, naming the site that they log in to."""
    text = (
        texts.say(language, "phone_claimed", site=site(claim.login.asked))
        if claim.login
        else texts.say(language, "phone_claimed_idle")
    )
    return Message(text=text, choices=((Choice(texts.say(language, "phone_is_mine"), PHONE_IS_MINE),),))


def contact_lost(language: str) -> Message:
    """Ask for the person's phone anew, since another person has proved it in the meantime."""
    return Message(text=texts.say(language, "contact_lost"), ask_contact=texts.say(language, "share_contact"))


def ending(login: Login, language: str) -> Message:
    """Say how a login ended; what is still pending is spoken of as expired."""
    return Message(text=texts.say(language, _ending_key(login), site=site(login.asked)))


def answered(answer: Answered, language: str) -> Message:
    """Say how a login ended that was just answered; one of the project dialect goes on at the site."""
    if answer.project is None or not isinstance(answer.login, Confirmed):
        return ending(answer.login, language)
    place = site(answer.login.asked)
    if answer.way_back is None:
        is_over = answer.login.asked.return_url is not None
        return Message(text=texts.say(language, "already_confirmed" if is_over else "authorized", site=place))
    sender = answer.project.sender
    own = own_text(sender.auth_text, language)
    ours = texts.say(language, "authorized_go", site=place)
    text = ours if own is None else with_value(own, _URL, answer.way_back)
    label = own_text(sender.auth_button_text, language) or texts.say(language, "go_to_site")
    return Message(text=text, url_button=UrlButton(label, answer.way_back))


def toast(login: Login, language: str) -> str:
    """Say how a login ended, in a few words."""
    match login:
        case Cancelled(reason=CancelReason.NOT_ME):
            return texts.say(language, "not_me_toast")
        case Cancelled(reason=CancelReason.WRONG_NUMBER):
            return texts.say(language, "wrong_number_toast")
        case Cancelled():
            return texts.say(language, "declined_toast")
        case _:
            return texts.say(language, "confirmed_toast")


def site(asked: Asked) -> str:
    """Return the site as people know it: the host (and port, if unusual) that asks."""
    return asked.origin.partition("://")[2]


def _ending_key(login: Login) -> str:
    match login:
        case Confirmed() | Redeemed():
            return "confirmed"
        case Cancelled(reason=CancelReason.NOT_ME):
            return "not_me_done"
        case Cancelled(reason=CancelReason.WRONG_NUMBER):
            return "wrong_number"
        case Cancelled(reason=CancelReason.BY_SITE):
            return "by_site"
        case Cancelled(reason=CancelReason.DECLINED):
            return "declined"
        case _:
            return "expired"


def _choices(prompt: Prompt, language: str) -> tuple[tuple[Choice, ...], ...]:
    """Return the rows of buttons; the last one of all refuses."""
    asked = prompt.login.asked
    mark = f"{asked.login_id}:{prompt.nonce}"
    if asked.match is None:
        login = Choice(texts.say(language, "login"), f"{Verb.LOGIN}:{mark}")
        return ((login, Choice(texts.say(language, "cancel"), f"{Verb.CANCEL}:{mark}")),)
    numbers = tuple(Choice(str(number), f"{Verb.LOGIN}:{mark}:{number}") for number in asked.match.choices)
    return (numbers, (Choice(texts.say(language, "not_me"), f"{Verb.NOT_ME}:{mark}"),))


def _introduction(prompt: Prompt) -> str:
    """Return what an app says of itself; in the project dialect with the sentence it wrote."""
    if prompt.project is None:
        return prompt.app.name
    sender = prompt.project.sender
    return "\n".join(part for part in (sender.sender_name or prompt.app.name, sender.sender_description) if part)


def _place(place: RequestOrigin, language: str) -> str:
    """Return the line that says where the login was asked from, empty if nothing is known."""
    program = " · ".join(part for part in (place.browser, place.system) if part)
    known = ", ".join(part for part in (program, place.region, place.address_prefix) if part)
    return texts.say(language, "place", place=known) if known else ""


def _ago(created_at: datetime, now: datetime, language: str) -> str:
    seconds = int((now - created_at).total_seconds())
    if seconds < _SECONDS_WORTH_SAYING:
        return texts.say(language, "just_now")
    if seconds < _MINUTE:
        return texts.say_count(language, "seconds_ago", seconds)
    return texts.say_count(language, "minutes_ago", seconds // _MINUTE)
