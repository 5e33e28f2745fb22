"""The bodies the control API takes. Unknown fields are refused, so that a misspelt one is noticed."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from emulator.faults import FaultKind, When
from emulator.max.behaviour import ExistingDialog
from emulator.max.contacts import Trick

MessengerName = Literal["telegram", "max", "whatsapp"]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewBot(_Body):
    """A bot to register; a missing token is made up. WhatsApp's username is the number."""

    messenger: MessengerName = "telegram"
    username: str
    token: str | None = None
    first_name: str | None = None


class NewPerson(_Body):
    """A person to make; everything has a default."""

    id: int | None = Field(None, gt=0, lt=2**52)
    first_name: str = "Anna"
    last_name: str = ""
    username: str = ""
    phone: str = ""
    language_code: str = "en"


class OpenedLink(_Body):
    """A deep link somebody opens."""

    person: int
    link: str
    press_start: bool = True


class InChat(_Body):
    """Something done in the chat of a person and a bot."""

    person: int
    bot: str


class Written(InChat):
    """A text message."""

    text: str


class Tapped(InChat):
    """A tap on a button, found by text or data; with `force` the data is sent whether a button has it or not."""

    button: str | None = None
    data: str | None = None
    message_id: int | None = None
    as_person: int | None = None
    force: bool = False
    wait: float = Field(0.0, ge=0, le=60)


class Contact(InChat):
    """A contact to share; with the person and the bot alone it is the person's own, by the keyboard's button."""

    owner: int | None = None
    phone_number: str | None = None
    has_user_id: bool = True
    attached: bool = False
    forwarded: bool = False


class MaxWritten(Written):
    """A text message to a MAX bot; a forwarded one comes from another chat."""

    forwarded: bool = False


class MaxTapped(InChat):
    """A tap on a button of a MAX message, which is named by its mid."""

    button: str | None = None
    data: str | None = None
    message_id: str | None = None
    as_person: int | None = None
    force: bool = False
    wait: float = Field(0.0, ge=0, le=60)


class MaxContact(Contact):
    """A contact to share in MAX; `signed` null means as the real app does it."""

    signed: bool | None = None
    trick: Trick | None = None


class MaxBot(_Body):
    """A MAX bot to do something to."""

    bot: str


class MaxReissue(MaxBot):
    """A new token for a MAX bot; a missing one is made up."""

    token: str | None = None


class MaxUpdate(MaxBot):
    """An update to give a MAX bot as it is."""

    update: dict[str, Any]


class MaxBehaviour(_Body):
    """What is uncertain of MAX; what is missing stays."""

    existing_dialog: ExistingDialog | None = None
    callbacks_lack_message: bool | None = None
    empty_polls_lack_marker: bool | None = None


class MaxLimits(_Body):
    """The rates of calls in MAX; what is missing stays."""

    on: bool | None = None
    per_second: int | None = Field(None, ge=1)
    chat_per_second: int | None = Field(None, ge=1)


class NewFault(_Body):
    """A fault and the calls it strikes; `count` null means until cleared."""

    kind: FaultKind
    when: When = "before"
    messenger: str = "*"
    method: str = "*"
    bot: str = "*"
    skip: int = Field(0, ge=0)
    count: int | None = Field(1, ge=1)
    status: int | None = Field(None, ge=200, le=599)
    description: str = "Internal Server Error"
    retry_after: int | None = None
    body: str | None = None
    seconds: float = Field(1.0, ge=0)


class Outage(_Body):
    """The status every call is refused with; null ends the outage."""

    status: int | None = Field(503, ge=400, le=599)


class Advance(_Body):
    """How many seconds the clock is moved forward."""

    advance: float = Field(ge=0)


class NewLimits(_Body):
    """The rates of sending; what is missing stays."""

    on: bool | None = None
    per_second: float | None = Field(None, gt=0)
    chat_per_second: float | None = Field(None, gt=0)
    chat_burst: int | None = Field(None, ge=1)
