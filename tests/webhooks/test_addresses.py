"""T26: which addresses sites may have us call."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhooks.addresses import GLOBAL_V6, NOT_PUBLIC_V4, NOT_PUBLIC_V6, Reach, is_public

REFUSED = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.7",
    "203.0.113.7",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "100::1",
    "2001::1",
    "2001:2::1",
    "2001:10::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd12:3456::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
]
PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "100.63.255.255",
    "100.128.0.1",
    "172.15.0.1",
    "172.32.0.1",
    "198.17.0.1",
    "2606:4700::1111",
    "2a00:1450::1",
]
OPEN = Reach((), is_public_open=True)


@pytest.mark.parametrize("address", REFUSED)
def test_no_address_of_t26_is_public(address: str) -> None:
    """Each kind, in each way of writing it."""
    assert not OPEN.allows(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_public(address: str) -> None:
    """Also those right beside private ones."""
    assert OPEN.allows(address)


@given(st.ip_addresses(v=4))
def test_python_agrees_about_ipv4(address: IPv4Address) -> None:
    """What Python's own list does not call global is not public to us; where we are stricter, we say so."""
    assert is_public(address) <= (address.is_global and not address.is_multicast)


@given(st.ip_addresses(v=6))
def test_python_agrees_about_ipv6(address: IPv6Address) -> None:
    """The same."""
    assert is_public(address) <= (address.is_global and not address.is_multicast)


@given(st.sampled_from((*NOT_PUBLIC_V4, *NOT_PUBLIC_V6)), st.data())
def test_nothing_in_a_refused_network_is_public(network: object, data: st.DataObject) -> None:
    """From its first address to its last."""
    inside = ip_network(str(network))
    assert not is_public(data.draw(st.ip_addresses(network=str(inside)).map(lambda each: ip_address(str(each)))))


@given(st.ip_addresses(v=4), st.sampled_from(["::ffff:0:0/96", "::/96", "64:ff9b::/96", "2002::/16", "2001::/32"]))
def test_an_ipv4_address_inside_ipv6_is_never_public(address: IPv4Address, carrier: str) -> None:
    """Mapped, compatible, NAT64, 6to4 and Teredo: whatever they carry."""
    prefix = int(ip_network(carrier).network_address)
    shift = 80 if carrier.startswith("2002") else 0
    assert not is_public(IPv6Address(prefix | (int(address) << shift)))


@given(st.ip_addresses(v=6).filter(lambda address: address not in GLOBAL_V6))
def test_only_global_unicast_is_public(address: IPv6Address) -> None:
    """2000::/3, and nothing that was not thought of."""
    assert not is_public(address)


def test_the_operator_s_networks_are_open() -> None:
    """They alone, where the public internet is not."""
    networks = (ip_network("10.1.0.0/16"), ip_network("fd00::/8"))
    for is_public_open in (True, False):
        reach = Reach(networks, is_public_open=is_public_open)
        assert reach.allows("10.1.2.3")
        assert reach.allows("fd00::1")
        assert not reach.allows("10.2.0.1")
        assert not reach.allows("::ffff:10.1.2.3")
        assert reach.allows("8.8.8.8") is is_public_open


@given(st.text(max_size=20))
def test_what_is_no_address_is_not_allowed(text: str) -> None:
    """No name, no odd way of writing a number."""
    try:
        ip_address(text)
    except ValueError:
        assert not OPEN.allows(text)
