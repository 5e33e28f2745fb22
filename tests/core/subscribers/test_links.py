"""What permanent links carry: read as it was written, within what a start payload holds."""

from hypothesis import given
from hypothesis import strategies as st

from core.model.apps.project import Permission, Project
from core.model.ids import AppId
from core.model.login.requests import with_answer
from core.model.messages.payloads import SubscribeLink, find_payload, read_login, read_subscribe, write_subscribe
from core.people.names import Names
from core.subscribers.links import gain_of, token_of
from tests.core.conftest import PUBLISHER

_SLUG = st.from_regex(r"\A[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?\Z")
_NAME = st.from_regex(r"\A[A-Za-z0-9-]{1,64}\Z")
_TOKEN = "0123456789ABCDEF"


@given(_SLUG, st.none() | _NAME, st.none() | _NAME)
def test_what_is_written_is_read(slug: str, permission: str | None, tag: str | None) -> None:
    """A payload fits Telegram's 64 characters, and means what it was made of, or its token."""
    payload = write_subscribe(slug, permission, tag, _TOKEN)
    assert len(payload) <= 64
    link = read_subscribe(payload)
    assert link is not None
    assert link.slug == slug
    if link.token is None:
        assert (link.permission, link.tag) == (permission, tag)
    else:
        assert link.token == _TOKEN
    assert find_payload(f"Subscribe: {payload}") == payload
    assert read_login(payload) is None


@given(st.text(max_size=80))
def test_anything_else_is_no_payload(text: str) -> None:
    """Whatever people write is looked through without harm."""
    for payload in (read_subscribe(text), read_login(text), find_payload(text)):
        assert payload is None


def test_a_token_stands_for_what_the_app_still_has() -> None:
    """A permission and a tag that were too long for a link are found again; a removed one is not granted."""
    permission, tag = "p" * 60, "t" * 60
    project = Project(
        app_id=AppId("a" * 24), tags=("vip", tag), permissions=(Permission("news", "News"), Permission(permission, "P"))
    )
    token = token_of(permission, tag, PUBLISHER.seal)
    assert read_subscribe(write_subscribe("shop", permission, tag, token)) == SubscribeLink("shop", token=token)
    gain = gain_of(SubscribeLink("shop", token=token), project, Names(), PUBLISHER.seal)
    assert (gain.permissions, gain.tags) == ((permission,), (tag,))
    poorer = Project(app_id=project.app_id, tags=("vip",), permissions=project.permissions)
    assert gain_of(SubscribeLink("shop", token=token), poorer, Names(), PUBLISHER.seal).permissions == ()
    gone = gain_of(SubscribeLink("shop", permission="old", tag="vip"), project, Names(), PUBLISHER.seal)
    assert (gone.permissions, gone.tags) == ((), ("vip",))


def test_the_answer_joins_what_is_in_the_address() -> None:
    """An existing query stays, a state is encoded to the last mark."""
    assert with_answer("https://a.example/cb", "C", None) == "https://a.example/cb?code=C"
    assert with_answer("https://a.example/cb?", "C", None) == "https://a.example/cb?code=C"
    assert with_answer("https://a.example/cb?x=1", "C", "a=b%&") == "https://a.example/cb?x=1&code=C&state=a%3Db%25%26"
