"""The first start makes one secret, and nobody else on the machine gets to choose or to read it."""

import stat
from pathlib import Path

import pytest

from core.entropy import SystemEntropy
from daemon.master_key import MasterKeyError, load_master_key, put_key


def test_the_first_key_is_random_and_its_owners_alone(tmp_path: Path) -> None:
    """T31: 32 random bytes, mode 600 from the first moment; there is no default, and no page that sets one up."""
    first, second = (tmp_path / name for name in ("first.key", "second.key"))
    keys = [load_master_key(path, SystemEntropy()) for path in (first, second)]
    assert keys[0] != keys[1]
    assert [len(key) for key in keys] == [32, 32]
    assert [stat.S_IMODE(path.stat().st_mode) for path in (first, second)] == [0o600, 0o600]
    assert load_master_key(first, SystemEntropy()) == keys[0]


def test_of_two_who_make_it_at_once_one_does(tmp_path: Path) -> None:
    """T31: a key that is there is never written over."""
    path = tmp_path / "gatepost.key"
    put_key(path, bytes(32))
    put_key(path, bytes([1]) * 32)
    assert load_master_key(path, SystemEntropy()) == bytes(32)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o622, 0o700 | 0o001])
def test_a_key_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    """T31: the text says what to do."""
    path = tmp_path / "gatepost.key"
    load_master_key(path, SystemEntropy())
    path.chmod(mode)
    with pytest.raises(MasterKeyError, match="chmod 600"):
        load_master_key(path, SystemEntropy())
