"""Who is calling: addresses behind proxies, browsers and languages."""

from ipaddress import ip_network

import pytest
from aiohttp.test_utils import make_mocked_request

from http_api.clients import Proxies, language_of, place_of

PROXIES = Proxies([ip_network("127.0.0.1/32"), ip_network("10.0.0.0/8"), ip_network("::1/128")])


@pytest.mark.parametrize(
    ("peer", "forwarded", "network"),
    [
        ("203.0.113.7", "", "203.0.113.0/24"),
        ("203.0.113.7", "198.51.100.1", "203.0.113.0/24"),
        ("127.0.0.1", "198.51.100.1", "198.51.100.0/24"),
        ("127.0.0.1", "1.2.3.4, 198.51.100.1", "198.51.100.0/24"),
        ("127.0.0.1", "198.51.100.1, 10.0.0.5", "198.51.100.0/24"),
        ("127.0.0.1", "nonsense", "127.0.0.0/24"),
        ("127.0.0.1", "198.51.100.1, nonsense", "127.0.0.0/24"),
        ("127.0.0.1", "", "127.0.0.0/24"),
        ("::1", "2001:db8:1:2:3::4", "2001:db8:1::/56"),
        ("127.0.0.1", "203.0.113.9:5511", "203.0.113.0/24"),
        ("127.0.0.1", "[2001:db8:1:2::3]:443", "2001:db8:1::/56"),
        ("::ffff:127.0.0.1", "198.51.100.1", "198.51.100.0/24"),
        ("", "198.51.100.1", ""),
    ],
)
def test_only_our_own_proxies_are_believed(peer: str, forwarded: str, network: str) -> None:
    """T16: from right to left, as far as a configured proxy wrote it, and never further."""
    assert PROXIES.client(peer, forwarded) == network


def test_an_endless_header_is_cut() -> None:
    """T16: a huge header costs nothing, and its end still counts."""
    header = ",".join(["1.2.3.4"] * 10_000) + ", 198.51.100.1"
    request = make_mocked_request("GET", "/", headers={"X-Forwarded-For": header})
    request = request.clone(remote="127.0.0.1")
    assert PROXIES.network_of(request) == "198.51.100.0/24"


@pytest.mark.parametrize(
    ("user_agent", "browser", "system"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox", "Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0",
            "Edge",
            "Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Mobile Safari/604.1",
            "Safari",
            "iPhone",
        ),
        (
            "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36",
            "Chrome",
            "Android",
        ),
        ("curl/8.0 <b>", "", ""),
        ("", "", ""),
    ],
)
def test_browser_and_system_are_named_and_nothing_else_is_repeated(user_agent: str, browser: str, system: str) -> None:
    """T28: the person reads names we know, never a word of what the client sent."""
    place = place_of("203.0.113.0/24", user_agent)
    assert (place.browser, place.system) == (browser, system)


@pytest.mark.parametrize(
    ("locale", "language"),
    [("ru", "ru"), ("ru-RU", "ru"), ("EN_us", "en"), ("rus", None), ("", None), (None, None), ("<b>", None)],
)
def test_a_locale_is_two_letters_or_nothing(locale: str | None, language: str | None) -> None:
    """Whatever a page sends as its locale becomes a language code or is dropped."""
    assert language_of(locale) == language
