"""What messengers told us is kept once, in order, until it was worked on."""

from core.model.ids import BotName
from core.model.messages.message import Update
from storage.unit import SqlUnit
from tests.storage.builders import MINUTE, NOW, TG, kept, take


def test_an_update_is_taken_once(unit: SqlUnit) -> None:
    """What is told again is not kept again, and does not replace what was kept; another bot's key is another."""
    assert take(unit, "1", b"first")
    assert not take(unit, "1", b"second")
    assert unit.inbox.take(Update(BotName("other"), "1", b""), b"other", NOW)
    assert unit.inbox.waiting(TG, None, 10) == [("1", b"first")]


def test_updates_wait_in_the_order_in_which_they_were_told(unit: SqlUnit) -> None:
    """The order is kept among updates of the same moment; the limit leaves the youngest out."""
    for key in ("9", "10", "8"):
        take(unit, key)
    assert kept(unit) == ["9", "10", "8"]
    assert [key for key, _ in unit.inbox.waiting(TG, None, 2)] == ["9", "10"]
    assert "9" not in [key for key, _ in unit.inbox.waiting(TG, "9", 100)]


def test_a_worked_on_update_is_remembered_without_its_body(unit: SqlUnit) -> None:
    """It waits no more, and is still known when it is told again."""
    for key in ("1", "2", "3"):
        take(unit, key)
    unit.inbox.done(TG, ["1", "3", "unknown"])
    unit.inbox.done(TG, [])
    assert kept(unit) == ["2"]
    assert not take(unit, "1")
    assert kept(unit) == ["2"]


def test_old_updates_are_forgotten(unit: SqlUnit) -> None:
    """What was taken before is forgotten, worked on or not, and counted."""
    take(unit, "old")
    unit.inbox.take(Update(TG, "new", b""), b"", NOW + MINUTE)
    assert unit.inbox.forget(NOW + MINUTE, 500) == 1
    assert kept(unit) == ["new"]
    assert take(unit, "old")
