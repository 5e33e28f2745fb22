"""What an outbox expects of every messenger's adapter: a message is there, or is not, or that is said to be unsure."""

import asyncio
from dataclasses import replace

import pytest

from core.model.messages.message import Choice, Media, MediaKind, Message, Pressed, UrlButton
from core.model.text.html import from_html
from core.ports.messengers import Refused, Revoked, TryLater, Unreachable, Unsure, WindowClosed
from emulator import Fault
from emulator.faults import When
from tests.bots.contract import Line
from tests.bots.test_contract import listening, started

NEWS = Message(text="Your parcel is there.")
SHOP = UrlButton("Shop", "https://shop.example.com/?a=1&b=2")
MAP = UrlButton("Map", "https://map.example.com/")
PHOTO = Media(MediaKind.PHOTO, "https://shop.example.com/parcel.jpg")
VIDEO = Media(MediaKind.VIDEO, "https://shop.example.com/parcel.mp4")
INVOICE = Media(MediaKind.DOCUMENT, "https://shop.example.com/invoice.pdf")
TABLE = Media(MediaKind.DOCUMENT, "https://shop.example.com/table.xlsx")
LONG = " ".join(f"word{number}" for number in range(400))
"""More than a caption or a text above WhatsApp's buttons may have, less than a message."""


def said_by_bot(line: Line) -> list[str]:
    """Return everything the bot has said to the person."""
    return [message.text for message in line.handset.chat(line.person).messages.values() if message.sender is None]


async def test_what_was_sent_is_named(line: Line) -> None:
    """The message is on the phone, once, under the id that was returned."""
    async with listening(line) as ear:
        sender = await started(line, ear)
        message_id = await line.messenger.deliver(sender.chat, NEWS)
        assert message_id
        assert said_by_bot(line) == [NEWS.text]


async def test_somebody_who_is_gone_is_unreachable(line: Line) -> None:
    """Who blocked the bot, who is not there, whom we blocked."""
    async with listening(line) as ear:
        sender = await started(line, ear)
        if line.handset.messenger == "whatsapp":
            line.handset.app.ban(line.person, line.handset.bot)
        else:
            line.handset.app.block(line.person, line.handset.bot)
        for chat in (sender.chat, "+12025550100" if line.handset.messenger == "whatsapp" else "12345"):
            with pytest.raises(Unreachable) as gone:
                await line.messenger.deliver(chat, NEWS)
            assert not isinstance(gone.value, WindowClosed)


async def test_who_has_been_silent_for_a_day_is_out_of_reach_for_now(line: Line) -> None:
    """WhatsApp brings only answers; the others bring everything."""
    async with listening(line) as ear:
        sender = await started(line, ear)
        line.platform.advance(24 * 3600 + 1)
        if line.handset.messenger != "whatsapp":
            assert await line.messenger.deliver(sender.chat, NEWS)
            return
        with pytest.raises(WindowClosed):
            await line.messenger.deliver(sender.chat, NEWS)
        with pytest.raises(Refused):
            await line.messenger.send(sender.chat, NEWS)


async def test_too_many_is_told_with_its_pause(line: Line) -> None:
    """Nothing was sent; 429 carries the seconds that the platform asks for, where it asks."""
    async with listening(line) as ear:
        sender = await started(line, ear)
        line.platform.add_fault(
            Fault("status", status=429, description="Too Many Requests", retry_after=7), method=line.sending
        )
        with pytest.raises(TryLater) as later:
            await line.messenger.deliver(sender.chat, NEWS)
        assert later.value.after == {"telegram": 7, "max": 2, "whatsapp": 1}[line.handset.messenger]
        assert said_by_bot(line) == []


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    "fault",
    [Fault("hang"), Fault("drop"), *(Fault("garbage", status=status) for status in (200, 504))],
    ids=lambda fault: f"{fault.kind} {fault.status}",
)
async def test_what_may_have_been_sent_is_unsure(line: Line, fault: Fault, when: When) -> None:
    """No answer, a broken connection, or a page that is nobody's answer: it is there or not, and never twice."""
    async with listening(line) as ear:
        sender = await started(line, ear)
        line.platform.add_fault(replace(fault, when=when), method=line.sending)
        with pytest.raises(Unsure):
            await line.another(line.url, 0.2).deliver(sender.chat, NEWS)
        assert said_by_bot(line) == ([NEWS.text] if when == "after" else [])
        line.platform.clear_faults()


@pytest.mark.parametrize("status", [403, 500, 502, 503])
async def test_a_page_of_somebody_else_is_tried_later(line: Line, status: int) -> None:
    """HTML from a proxy that could not reach the platform: an outage, which is over some time."""
    async with listening(line) as ear:
        sender = await started(line, ear)
        line.platform.add_fault(Fault("garbage", status=status), method=line.sending)
        with pytest.raises(TryLater):
            await line.messenger.deliver(sender.chat, NEWS)
        assert said_by_bot(line) == []


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_platform_that_is_ill_in_its_own_words(line: Line, status: int) -> None:
    """It says that nothing was done; only a gateway that waited in vain does not know, and Meta words that itself."""
    async with listening(line) as ear:
        sender = await started(line, ear)
        line.platform.add_fault(Fault("status", status=status), method=line.sending)
        is_open = status == 504 and line.handset.messenger != "whatsapp"
        with pytest.raises(Unsure if is_open else TryLater):
            await line.messenger.deliver(sender.chat, NEWS)


async def test_what_never_went_out_is_tried_later(line: Line, unused_tcp_port: int) -> None:
    """Nobody listens, nobody is called so, or nobody speaks TLS there."""
    bases = (f"http://127.0.0.1:{unused_tcp_port}", "http://gatepost.invalid", line.url.replace("http:", "https:"))
    for base in bases:
        with pytest.raises(TryLater) as later:
            await line.another(base, 10).deliver("+15550100", NEWS)
        assert type(later.value) is TryLater


async def test_what_will_never_be_accepted_is_refused(line: Line) -> None:
    """And a token that is worth nothing is the operator's to mend."""
    async with listening(line) as ear:
        sender = await started(line, ear)
        with pytest.raises(Refused):
            await line.messenger.deliver(sender.chat, Message(text=" "))
        if line.handset.messenger == "telegram":
            line.platform.add_fault(Fault("status", status=401, description="Unauthorized"), method=line.sending)
        else:
            line.handset.app.revoke(line.handset.bot)
        with pytest.raises(Revoked):
            await line.messenger.deliver(sender.chat, NEWS)


async def test_words_look_as_they_should(line: Line) -> None:
    """Every look that the messenger has, and no markup out of what was said."""
    rich = from_html(
        "\U0001f600 <b>bold <i>both</i></b> *a*_b_ <u>u</u> <s>gone</s> <tg-spoiler>p</tg-spoiler>\n"
        '<a href="https://x.example/a_b?c=1&amp;d=2">link</a> &lt;b&gt; <code>x_*y*</code>\n'
        "<blockquote>one\ntwo</blockquote>"
    )
    async with listening(line) as ear:
        sender = await started(line, ear)
        await line.messenger.deliver(sender.chat, Message(text=rich.text, entities=rich.entities))
        shown = line.handset.newest(line.person)
    if line.handset.messenger == "whatsapp":
        assert shown.text.replace("\u2060", "") == (
            "\U0001f600 *bold _both_* *a*_b_ u ~gone~ p\n"
            "link (https://x.example/a_b?c=1&d=2) <b> ```x_*y*```\n> one\n> two"
        )
        return
    assert shown.text == rich.text
    unknown = {"spoiler"} if line.handset.messenger == "max" else set()
    expected = [(e.kind.value, e.offset, e.length, e.url) for e in rich.entities if e.kind not in unknown]
    assert [(e["type"], e["offset"], e["length"], e.get("url")) for e in shown.entities] == expected


async def test_buttons_of_both_kinds(line: Line) -> None:
    """What cannot be a button stands in the text; a tap is heard with its data."""
    message = Message(text="Well?", choices=((Choice("Yes", "d:1"), SHOP), (MAP,)))
    async with listening(line) as ear:
        sender = await started(line, ear)
        await line.messenger.deliver(sender.chat, message)
        shown = line.handset.newest(line.person)
        yes = {"text": "Yes", "callback_data": "d:1"}
        if line.handset.messenger == "whatsapp":
            assert shown.inline_keyboard == [[yes]]
            assert shown.text == f"Well?\n\nShop ({SHOP.url})\nMap ({MAP.url})"
        else:
            links = [{"text": link.label, "url": link.url} for link in (SHOP, MAP)]
            assert shown.inline_keyboard == [[yes, links[0]], [links[1]]]
        line.handset.app.tap(line.person, line.handset.bot, "Yes")
        heard = await ear.next()
        assert isinstance(heard, Pressed)
        assert heard.data == "d:1"


async def test_one_link_is_a_button_everywhere(line: Line) -> None:
    """Where there is room for one."""
    async with listening(line) as ear:
        sender = await started(line, ear)
        await line.messenger.deliver(sender.chat, Message(text="Well?", choices=((SHOP,),)))
        shown = line.handset.newest(line.person)
        assert (shown.text, shown.inline_keyboard) == ("Well?", [[{"text": "Shop", "url": SHOP.url}]])


@pytest.mark.parametrize("media", [PHOTO, VIDEO, INVOICE, TABLE], ids=lambda media: media.url.rpartition(".")[2])
@pytest.mark.parametrize("text", ["Yours", LONG, ""], ids=["short", "long", "none"])
async def test_media_and_words_arrive(line: Line, media: Media, text: str) -> None:
    """Together or one after the other, as a picture or as an address, with the buttons last: nothing is lost."""
    choices = ((Choice("Yes", "d:1"),),) if text else ()
    async with listening(line) as ear:
        sender = await started(line, ear)
        await line.messenger.deliver(sender.chat, Message(text=text, media=media, choices=choices))
        messages = [each for each in line.handset.chat(line.person).messages.values() if each.sender is None]
    said = " ".join(message.text for message in messages)
    pictures = [url for message in messages for url in addresses(message)]
    assert said.replace("\n", " ").split() == [*text.split(), *([] if pictures else [media.url])]
    assert pictures in ([], [media.url])
    assert bool(pictures) == can_show(line.handset.messenger, media)
    assert bool(messages[-1].inline_keyboard) == bool(text)
    assert len(messages) == 1 + (len(text) > 1024 and bool(pictures) and line.handset.messenger != "max")


def addresses(message: object) -> list[str]:
    """Return the addresses of what is sent along."""
    media = getattr(message, "media", None)
    return list(getattr(message, "images", [])) or ([media["url"]] if media else [])


def can_show(messenger: str, media: Media) -> bool:
    """Tell whether the messenger fetches such media itself."""
    return {"telegram": media is not TABLE, "max": media is PHOTO, "whatsapp": True}[messenger]


async def test_half_a_message_is_unsure(line: Line) -> None:
    """Once a part is there, whatever befalls the rest: sent again, the part would be there twice."""
    if line.handset.messenger == "max":
        return
    async with listening(line) as ear:
        sender = await started(line, ear)
        skip = 0 if line.handset.messenger == "telegram" else 1
        refusal = Fault("status", status=429, description="Too Many Requests", retry_after=7)
        line.platform.add_fault(refusal, method=line.sending, skip=skip)
        with pytest.raises(Unsure, match="a part was sent"):
            await line.messenger.deliver(sender.chat, Message(text=LONG, media=PHOTO))


async def test_an_answer_of_somebody_else_is_unsure(line: Line) -> None:
    """JSON, but not the platform's."""
    async with listening(line) as ear:
        sender = await started(line, ear)
        for body in ("{}", "[]", '{"ok": true, "result": true}', '{"message": 1, "messages": []}'):
            line.platform.add_fault(Fault("garbage", status=200, body=body), method=line.sending)
            with pytest.raises(Unsure):
                await line.messenger.deliver(sender.chat, NEWS)


async def test_a_delivery_can_be_given_up(line: Line) -> None:
    """Cancelling ends it at once and leaves the platform's answer behind."""
    async with listening(line) as ear:
        sender = await started(line, ear)
        line.platform.add_fault(Fault("hang"), method=line.sending)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(line.messenger.deliver(sender.chat, NEWS), 0.1)
        line.platform.clear_faults()
        assert await line.messenger.deliver(sender.chat, NEWS)
