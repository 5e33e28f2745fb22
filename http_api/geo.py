"""From which city or country a request comes, if the operator has a GeoIP file (MaxMind DB format); never required."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import maxminddb


class Regions:
    """Looks networks up in the file at ``path``; ``None`` = there is none. Raises ``OSError`` or ``ValueError``."""

    def __init__(self, path: Path | None) -> None:
        self._reader = None if path is None else _open(path)
        self.region_of = lru_cache(maxsize=4096)(self._region_of)

    def _region_of(self, network: str, language: str) -> str:
        """Return city and country of a network such as ``203.0.113.0/24`` in ``language``; empty if not known."""
        if self._reader is None or not network:
            return ""
        try:
            record = self._reader.get(network.partition("/")[0])
        except ValueError:  # an IPv6 address and a file of IPv4, or a damaged record
            return ""
        if not isinstance(record, Mapping):
            return ""
        places = (record.get("city"), record.get("country") or record.get("registered_country"))
        return ", ".join(name for place in places if (name := _name(place, language)))


def _open(path: Path) -> "maxminddb.Reader":
    import maxminddb  # noqa: PLC0415 - only who has such a file needs it

    try:
        return maxminddb.open_database(path, maxminddb.MODE_MMAP)
    except maxminddb.InvalidDatabaseError:
        raise ValueError("is not a MaxMind database") from None


def _name(place: Any, language: str) -> str:  # noqa: ANN401 - whatever the file holds
    names = place.get("names") if isinstance(place, Mapping) else None
    if not isinstance(names, Mapping):
        return ""
    return str(names.get(language) or names.get("en") or "")
