"""Apps: which origins they allow and where visitors may be sent."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid
from core.model.apps.app import App, checked_app, origin_of, plain_text
from core.model.apps.errors import ReturnUrlNotAllowed
from core.model.ids import AppId


def app(**changes: object) -> App:
    """Return an app of shop.example.com."""
    fields: dict[str, Any] = {
        "app_id": AppId("0" * 24),
        "slug": "shop",
        "name": "Shop",
        "origins": ("https://shop.example.com", "http://localhost:3000"),
        "created_at": datetime(2026, 11, 21, tzinfo=UTC),
    }
    return App(**{**fields, **changes})


@pytest.mark.parametrize(
    "url",
    [
        "https://shop.example.com",
        "https://shop.example.com/",
        "https://shop.example.com:443/callback?next=%2Fcart&x=1",
        "http://localhost:3000/callback",
    ],
)
def test_addresses_of_allowed_origins_are_taken_as_they_are(url: str) -> None:
    """A return address on an allowed origin is returned unchanged."""
    assert app().checked_return_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        "//shop.example.com/callback",
        "https:shop.example.com",
        "https:///shop.example.com",
        "https://shop.example.com@evil.example",
        "https://shop.example.com:x@evil.example/",
        "https://a@b@shop.example.com/",
        "https://evil.example/https://shop.example.com",
        "https://shop.example.com.evil.example/",
        "https://evilshop.example.com/",
        "https://shop.example.com\\@evil.example/",
        "https://shop.example.com\\.evil.example/",
        "https://evil.example\\@shop.example.com/",
        "https://shop.example.com%2f@evil.example",
        "javascript:alert(1)//https://shop.example.com",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "HTTPS://shop.example.com/",
        "https://SHOP.example.com/",
        "https://shop.example.com/#token",
        "https://shop.example.com/a/../b",
        "https://shop.example.com/%2e%2e/b",
        "https://shop.example.com/..;/b",
        "https://shop.example.com/ b",
        "https://shop.example.com/\nb",
        "https://shop.example.com\t/",
        "https://shop.example.com:8443/",
        "https://shop.example.com:99999/",
        "http://shop.example.com/",
        "http://localhost.evil.example:3000/",
        "http://localhost/",
        "https://шоп.example.com/",
        "https://shop.example.com/" + "a" * 2048,
        "shop.example.com",
        "",
    ],
)
def test_whatever_two_parsers_could_read_differently_is_refused(url: str) -> None:
    """T14: no trick address gets a visitor to another site."""
    with pytest.raises(ReturnUrlNotAllowed):
        app().checked_return_url(url)


@given(st.text(max_size=200), st.sampled_from(["https://shop.example.com", "https://", "//", "", "https://a@"]))
def test_any_text_is_judged_without_an_accident(text: str, prefix: str) -> None:
    """T14: an accepted address begins with an allowed origin followed by a path, a query or nothing."""
    url = prefix + text
    try:
        app().checked_return_url(url)
    except ReturnUrlNotAllowed:
        return
    rest = url.removeprefix("https://shop.example.com")
    assert rest != url
    assert rest.removeprefix(":443")[:1] in {"", "/", "?"}


def test_no_return_address_means_the_apps_own() -> None:
    """Without a return address the default is used, and no default is fine too."""
    assert app().checked_return_url(None) is None
    default = "https://shop.example.com/in"
    assert app(redirect_url=default).checked_return_url(None) == default


def test_a_wildcard_covers_subdomains_and_nothing_else() -> None:
    """``*.example.com`` is any name below example.com, on the same scheme and port."""
    wild = app(origins=("https://*.example.com",))
    assert wild.allows_origin("https://shop.example.com")
    assert wild.allows_origin("https://a.b.example.com")
    assert not wild.allows_origin("https://example.com")
    assert not wild.allows_origin("https://evilexample.com")
    assert not wild.allows_origin("http://shop.example.com")
    assert not wild.allows_origin("https://shop.example.com:8443")


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"slug": "Shop!"}, "slug"),
        ({"name": ""}, "name"),
        ({"name": "Sh\u202eop"}, "name"),
        ({"name": "x" * 65}, "name"),
        ({"origins": ("https://shop.example.com/",)}, "origin"),
        ({"origins": ("http://shop.example.com",)}, "origin"),
        ({"origins": ("https://*",)}, "origin"),
        ({"redirect_url": "https://other.example.com/"}, "redirect"),
        ({"callbacks": ("javascript:x",)}, "callback"),
    ],
)
def test_an_operator_is_told_which_key_is_wrong(changes: dict[str, object], key: str) -> None:
    """A bad setting of an app is refused by name."""
    with pytest.raises(Invalid, match=f"^{key}"):
        checked_app(app(**changes))


def test_a_good_app_passes() -> None:
    """A sound app is returned as it is, wildcards included."""
    good = app(origins=("https://shop.example.com", "https://*.example.org"))
    assert checked_app(good) == good


@given(st.text(max_size=100) | st.text(alphabet="ab \u202e\u2066\u200b\n\x1b\x00", max_size=20))
def test_plain_text_hides_nothing(text: str) -> None:
    """T28: what is shown to people is one short line without invisible or direction-changing characters."""
    shown = plain_text(text, 20)
    assert len(shown) <= 20
    assert not set(shown) & set("\u202e\u2066\u200b\n\x1b\x00")


def test_an_origin_is_written_as_browsers_write_it() -> None:
    """Default ports go, others stay, IPv6 keeps its brackets."""
    assert origin_of("https://a.example:443/x?y") == "https://a.example"
    assert origin_of("https://a.example:8443") == "https://a.example:8443"
    assert origin_of("http://[::1]:8080/x") == "http://[::1]:8080"
