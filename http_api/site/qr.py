"""QR codes as SVG paths: small enough to ride in an answer, and drawn by the page without a library."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_MASK: Final = 3
_QUIET_ZONE: Final = 4
"""Light modules around the code (ISO/IEC 18004)."""


@dataclass(frozen=True, slots=True)
class QrCode:
    """A code: ``path`` is SVG path data in modules, within a square of ``size`` modules, quiet zone included."""

    size: int
    path: str

    def to_json(self) -> dict[str, object]:
        """Word it for an answer."""
        return {"size": self.size, "path": self.path}


@lru_cache(maxsize=2048)
def qr_code(text: str) -> QrCode:
    """Return the QR code of ``text``, such that a seventh of it may be unreadable (level M).

    The mask is not chosen among all eight, which takes four times as long and which readers can do without.
    """
    import segno  # noqa: PLC0415 - 15 ms that a start can do without

    code = segno.make(text, error="m", micro=False, boost_error=False, mask=_MASK)
    rows = [list(row) for row in code.matrix_iter(border=_QUIET_ZONE)]
    return QrCode(len(rows), "".join(_dark_runs(row, y) for y, row in enumerate(rows)))


def _dark_runs(row: list[int], y: int) -> str:
    """Return one rectangle for each run of dark modules."""
    path, x = "", 0
    while x < len(row):
        start = x
        while x < len(row) and row[x]:
            x += 1
        if x > start:
            path += f"M{start} {y}h{x - start}v1h-{x - start}z"
        x += 1
    return path
