"""Look-ups that hang: they hold up neither other hosts nor the end of the program."""

import asyncio
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from tests.waiting import patience
from webhooks.names import AT_ONCE_FOR_ONE, SystemNames

_HANGS = """
import asyncio, threading
from webhooks.names import SystemNames

async def main():
    names = SystemNames(lambda host: threading.Event().wait())
    try:
        await asyncio.wait_for(names.look_up("dead.example"), 0.01)
    except TimeoutError:
        print("gave up")

asyncio.run(main())
"""


@dataclass
class Servers:
    """Name servers of which those of ``dead.…`` hang until ``revived``."""

    revived: threading.Event = field(default_factory=threading.Event)
    asked: list[str] = field(default_factory=list)

    def ask(self, host: str) -> Sequence[str]:
        """Answer, or do not."""
        self.asked.append(host)
        if host.lower().startswith("dead"):
            self.revived.wait()
        if host.startswith("nowhere"):
            raise OSError("no such name")
        return ["192.0.2.1"]


@pytest.fixture
def servers() -> Iterator[Servers]:
    """Return the name servers, revived in the end."""
    built = Servers()
    yield built
    built.revived.set()


async def give_up(names: SystemNames, host: str) -> None:
    """Look a name up, and wait no longer than an instant."""
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await names.look_up(host)


async def test_names_are_looked_up(servers: Servers) -> None:
    """Also those that are not there."""
    names = SystemNames(servers.ask)
    assert await names.look_up("shop.example") == ["192.0.2.1"]
    with pytest.raises(OSError, match="no such name"):
        await names.look_up("nowhere.example")


async def test_a_host_whose_servers_are_dead_holds_up_no_other(servers: Servers) -> None:
    """It has two places however often it is asked for and given up, and has them again when its servers are back."""
    names = SystemNames(servers.ask)
    await asyncio.gather(*(give_up(names, host) for host in ["dead.example", "DEAD.example"] * 50))
    assert len(servers.asked) == AT_ONCE_FOR_ONE
    async with patience():
        assert await names.look_up("shop.example") == ["192.0.2.1"]
        servers.revived.set()
        assert await names.look_up("dead.example") == ["192.0.2.1"]


async def test_sixteen_dead_hosts_hold_up_no_other(servers: Servers) -> None:
    """As many as the worker calls at once."""
    names = SystemNames(servers.ask)
    await asyncio.gather(*(give_up(names, f"dead{number % 16}.example") for number in range(64)))
    async with patience():
        assert await names.look_up("shop.example") == ["192.0.2.1"]


async def test_the_program_ends_though_a_look_up_hangs() -> None:
    """At once, and well."""
    program = await asyncio.create_subprocess_exec(sys.executable, "-c", _HANGS, stdout=asyncio.subprocess.PIPE)
    try:
        async with patience():
            told, _ = await program.communicate()
    except TimeoutError:
        program.kill()
        raise
    assert (told, program.returncode) == (b"gave up\n", 0)
