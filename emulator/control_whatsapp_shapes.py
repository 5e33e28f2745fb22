"""The bodies the control API takes for WhatsApp. Unknown fields are refused, so that a misspelt one is noticed."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from emulator.whatsapp.model import Signature


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewNumber(_Body):
    """A business number to register; what is missing is made up."""

    phone: str
    phone_number_id: str | None = None
    token: str | None = None
    app_secret: str | None = None
    verified_name: str | None = None


class NewTemplate(_Body):
    """A message template to have approved for a number."""

    bot: str
    name: str
    language: str = "en_US"
    category: Literal["authentication", "utility", "marketing"] = "utility"
    body: str
    quick_replies: tuple[str, ...] = ()


class OfNumber(_Body):
    """Something done to a number, named by its digits or its id."""

    bot: str


class Subscription(OfNumber):
    """A callback to save; without the account nothing is delivered to it yet."""

    url: str
    verify_token: str
    with_account: bool = True


class Injected(OfNumber):
    """A value to post to the callback."""

    value: dict[str, Any]
    signature: Signature = "good"


class Failures(OfNumber):
    """The codes the next messages fail with after they were accepted."""

    codes: list[int] = Field(min_length=1)


class WhatsAppLink(_Body):
    """A link somebody opens; `press_start` is what other messengers call `press_send`."""

    person: int
    link: str
    press_send: bool = True
    press_start: bool = True


class OfPerson(_Body):
    """Something done to a person."""

    person: int


class InWhatsAppChat(OfPerson):
    """Something done in the chat of a person and a number."""

    bot: str


class SentDraft(InWhatsAppChat):
    """A draft to send, changed to `text` unless that is null."""

    text: str | None = None


class WhatsAppText(InWhatsAppChat):
    """A text message; a forwarded, grouped or stale one comes from a forged or a lost phone."""

    text: str
    forwarded: bool = False
    frequently_forwarded: bool = False
    group_id: str | None = None
    timestamp_offset: float = 0.0


class WhatsAppTap(InWhatsAppChat):
    """A tap on a button, found by text or data; with `force` the data is sent whether a button has it or not."""

    button: str | None = None
    data: str | None = None
    message_id: str | None = None
    as_person: int | None = None
    force: bool = False
    wait: float = Field(0.0, ge=0, le=60)


class WhatsAppCard(InWhatsAppChat):
    """A contact to share; with the person and the number alone it is the person's own, by the business's button."""

    owner: int | None = None
    phone_number: str | None = None
    second_phone: str | None = None
    has_wa_id: bool = True
    attached: bool = False
    forwarded: bool = False


class NewPhone(InWhatsAppChat):
    """A person's new phone number; null changes the BSUID alone."""

    phone: str | None = None


class Ban(InWhatsAppChat):
    """Whether the business blocks the person."""

    banned: bool = True


class Appearance(OfPerson):
    """What of a person webhooks show: phone and BSUID, a username without phone, or the phone alone."""

    shows: Literal["both", "username", "phone"]
    wa_id: str | None = None
    receipts: bool = True


class WhatsAppLimits(_Body):
    """The rates of sending; what is missing stays."""

    on: bool | None = None
    per_second: float | None = Field(None, gt=0)
    pair_seconds: float | None = Field(None, gt=0)
    pair_burst: int | None = Field(None, ge=1)
