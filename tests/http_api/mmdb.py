"""Writes a tiny GeoIP file in the MaxMind DB format (version 2.0), since nobody may ship a real one.

Source: the MaxMind DB File Format Specification. IPv4 only, records of 24 bits, texts and maps only.
"""

import struct
from ipaddress import IPv4Network
from pathlib import Path
from typing import Final

_TEXT, _UINT16, _UINT32, _MAP, _UINT64, _ARRAY = 2, 5, 6, 7, 9, 11
_MARK: Final = b"\xab\xcd\xefMaxMind.com"
_SEPARATOR: Final = b"\0" * 16
_FIRST_EXTENDED: Final = 8
_LONG: Final = 29

Value = str | int | dict[str, "Value"] | list["Value"]


def write_mmdb(path: Path, places: dict[str, Value]) -> None:
    """Write a file that says of each network what ``places`` says."""
    nodes: list[list[int | None]] = [[None, None]]
    data, offsets = b"", {}
    for network, value in places.items():
        offsets[network] = len(data)
        data += _encoded(value)
    leaves: list[tuple[int, int, int]] = []
    for network in places:
        parsed = IPv4Network(network)
        bits, node = int(parsed.network_address), 0
        for depth in range(parsed.prefixlen - 1):
            side = bits >> (31 - depth) & 1
            following = nodes[node][side]
            if following is None:
                nodes.append([None, None])
                following = nodes[node][side] = len(nodes) - 1
            node = following
        leaves.append((node, bits >> (32 - parsed.prefixlen) & 1, offsets[network]))
    for node, side, offset in leaves:
        nodes[node][side] = len(nodes) + len(_SEPARATOR) + offset
    tree = b"".join(_record(side, len(nodes)) for node in nodes for side in node)
    path.write_bytes(tree + _SEPARATOR + data + _MARK + _encoded(_metadata(len(nodes))))


def _record(value: int | None, nothing: int) -> bytes:
    return struct.pack(">I", nothing if value is None else value)[1:]


def _metadata(node_count: int) -> dict[str, Value]:
    return {
        "node_count": node_count,
        "record_size": 24,
        "ip_version": 4,
        "database_type": "Gatepost-Test",
        "languages": ["en", "ru"],
        "binary_format_major_version": 2,
        "binary_format_minor_version": 0,
        "build_epoch": 1_763_700_000,
        "description": {"en": "made by a test"},
    }


def _encoded(value: Value) -> bytes:
    match value:
        case str():
            raw = value.encode()
            return _control(_TEXT, len(raw)) + raw
        case int():
            raw = value.to_bytes((value.bit_length() + 7) // 8)
            return _control(_UINT32, len(raw)) + raw
        case dict():
            return _control(_MAP, len(value)) + b"".join(_encoded(key) + _encoded(item) for key, item in value.items())
        case list():
            return _control(_ARRAY, len(value)) + b"".join(map(_encoded, value))


def _control(kind: int, size: int) -> bytes:
    extra = b""
    if size >= _LONG:
        size, extra = _LONG, bytes([size - _LONG])
    if kind < _FIRST_EXTENDED:
        return bytes([kind << 5 | size]) + extra
    return bytes([size, kind - 7]) + extra
