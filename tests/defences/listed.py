"""The list of defences, as ``defences.toml`` has it.

A defence is a text that stands once in one file, and the text that it would be without the defence: texts survive edits
around them, where the line numbers of a patch would not.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
_LIST: Final = Path(__file__).with_name("defences.toml")


@dataclass(frozen=True, slots=True)
class Defence:
    """What holds a threat off: ``old`` in ``file``, which is ``new`` once the defence is gone.

    ``tests`` must fail then, each of them; they are named from the folder of the tests: ``core/test_seal.py::test_it``.
    """

    threat: int
    what: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    @property
    def title(self) -> str:
        """The threat and the defence in one line."""
        return f"T{self.threat} {self.what}"

    def remove(self, root: Path) -> None:
        """Take the defence out of the checkout below ``root``."""
        path = root / self.file
        path.write_text(self.without(path.read_text()))

    def without(self, text: str) -> str:
        """Return the text of the file without the defence; raise ``ValueError`` unless it stands there once."""
        if text.count(self.old) != 1:
            raise ValueError(f"{self.title}: stands {text.count(self.old)} times in {self.file}")
        return text.replace(self.old, self.new)


def listed() -> list[Defence]:
    """Read the list, in the order of the threats."""
    entries = tomllib.loads(_LIST.read_text())["defence"]
    defences = [
        Defence(
            threat=entry["threat"],
            what=entry["what"],
            file=entry["file"],
            old=entry["old"],
            new=entry["new"],
            tests=tuple(entry["tests"]),
        )
        for entry in entries
    ]
    return sorted(defences, key=lambda each: each.threat)
