"""What there is to set of bots. The settings know no messengers: the daemon tells them which there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, Protocol, TypeVar, Union

from pydantic import BaseModel, Field

B = TypeVar("B", bound=BaseModel)
B_co = TypeVar("B_co", bound=BaseModel, covariant=True)


class Kind(Protocol[B_co]):
    """A messenger as far as the settings go.

    ``settings`` is a bot's table, which has the messenger's ``name`` under ``messenger``; ``hints`` say what to give
    where one of its keys is missing. No two bots share a name, or what is ``unique``.
    """

    @property
    def name(self) -> str:
        """What the file calls the messenger."""
        ...

    @property
    def settings(self) -> type[B_co]:
        """The shape of a bot's table."""
        ...

    @property
    def hints(self) -> Mapping[str, str]:
        """By key."""
        ...

    @property
    def unique(self) -> tuple[str, ...]:
        """Keys."""
        ...

    def hindrance(self, bot: Mapping[str, object], *, is_https: bool, is_on_443: bool) -> tuple[str, str] | None:
        """Return what keeps the messenger from calling ``http.public_url``, as a key and a sentence, or ``None``."""
        ...


@dataclass(frozen=True, slots=True)
class Bots(Generic[B]):
    """All messengers' bots: ``common`` is what the tables of all ``kinds`` have in common."""

    common: type[B]
    kinds: Sequence[Kind[B]]

    def tables(self) -> dict[str, type[BaseModel]]:
        """Return each messenger's table, as ``bots.max``."""
        return {f"bots.{kind.name}": kind.settings for kind in self.kinds}

    def hints(self) -> dict[str, str]:
        """Return what to give for a missing key, as ``bots.max.token``."""
        return {f"bots.{kind.name}.{key}": hint for kind in self.kinds for key, hint in kind.hints.items()}

    def kind_of(self, bot: Mapping[str, object]) -> Kind[B] | None:
        """Return the messenger of a bot's table as written, ``None`` for one that there is not."""
        return next((kind for kind in self.kinds if kind.name == bot.get("messenger")), None)

    def shape(self) -> Any:  # noqa: ANN401 - a type that is made here
        """Return the type of any bot's table."""
        return Annotated[Union[tuple(kind.settings for kind in self.kinds)], Field(discriminator="messenger")]  # noqa: UP007 - of a tuple
