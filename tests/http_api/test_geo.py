"""City and country from the operator's GeoIP file, where there is one."""

from pathlib import Path

import pytest

from http_api.geo import Regions
from tests.http_api.mmdb import Value, write_mmdb

PERM: Value = {
    "city": {"names": {"en": "Perm", "ru": "Пермь"}},
    "country": {"iso_code": "RU", "names": {"en": "Russia", "ru": "Россия"}},
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a file that knows two networks."""
    path = tmp_path / "cities.mmdb"
    write_mmdb(path, {"203.0.113.0/24": PERM, "198.51.100.0/24": {"country": {"names": {"en": "Iceland"}}}})
    return path


@pytest.mark.parametrize(
    ("network", "language", "region"),
    [
        ("203.0.113.0/24", "en", "Perm, Russia"),
        ("203.0.113.0/24", "ru", "Пермь, Россия"),
        ("203.0.113.0/24", "", "Perm, Russia"),
        ("198.51.100.0/24", "ru", "Iceland"),
        ("192.0.2.0/24", "en", ""),
        ("", "en", ""),
        ("2001:db8::/56", "en", ""),
    ],
)
def test_a_network_is_told_by_city_and_country(file: Path, network: str, language: str, region: str) -> None:
    """In the language asked for, else in English; nothing where nothing is known."""
    assert Regions(file).region_of(network, language) == region


def test_without_a_file_nothing_is_known() -> None:
    """The file is never required."""
    assert Regions(None).region_of("203.0.113.0/24", "en") == ""


def test_a_file_that_is_none_is_told(tmp_path: Path) -> None:
    """An operator reads what is wrong with it."""
    path = tmp_path / "cities.mmdb"
    with pytest.raises(OSError, match="No such file"):
        Regions(path)
    path.write_bytes(b"not a database")
    with pytest.raises(ValueError, match="not a MaxMind database"):
        Regions(path)
