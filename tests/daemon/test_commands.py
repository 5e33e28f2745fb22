"""The command line, as an operator and a script see it."""

import re
import socket
from pathlib import Path

import pytest

import daemon
from core import __version__
from daemon import preflight
from tests.daemon.conftest import CREATE, SETTINGS, Run


def test_create_prints_what_a_site_needs(run: Run) -> None:
    """With --json, one object with just the five things a script stores."""
    made = run(*CREATE, "--json")
    assert list(made.json) == ["app_id", "slug", "message_api_token", "api_key", "test_api_key"]
    assert re.fullmatch(r"[0-9a-f]{24}", made.json["app_id"])
    assert made.json["slug"] == "tea"
    assert made.json["api_key"].startswith("gp_live_")


def test_create_prints_a_table_for_people(run: Run) -> None:
    """Each value is whole and on one line, so that it can be copied, and the operator is told it comes once."""
    made = run(*CREATE)
    assert re.search(r"^app_id +[0-9a-f]{24}\s*$", made.out, re.MULTILINE)
    assert re.search(r"^test_api_key +gp_test_\w{32}\s*$", made.out, re.MULTILINE)
    assert "not shown again" in made.out


def test_an_app_is_shown_as_it_was_created(run: Run) -> None:
    """By id or slug; every bot is the app's unless some were named; nothing secret is shown."""
    made = run(
        *CREATE, "--redirect", "https://tea.example.com/in", "--callback", "https://tea.example.com/cb", "--json"
    )

    shown = run("app", "show", made.json["app_id"], "--json").json

    assert shown == {
        "app_id": made.json["app_id"],
        "slug": "tea",
        "name": "Tea [red] & Co.",
        "origins": ["https://tea.example.com"],
        "redirect": "https://tea.example.com/in",
        "callbacks": ["https://tea.example.com/cb"],
        "bots": ["tg", "spare"],
        "wants_phone": True,
        "enabled": True,
        "match_policy": "site",
        "login_minutes": 5,
        "code_login_minutes": 30,
        "last_successful_first": False,
        "sessions_per_hour": 0,
        "color": None,
        "has_logo": False,
        "quiet_hours": None,
        "timezone": None,
        "broadcasts_per_day": 0,
        "broadcasts_per_week": 0,
        "created_at": shown["created_at"],
    }
    for_people = run("app", "show", "tea").out
    assert "Tea [red] & Co." in for_people
    assert "gp_" not in for_people


def test_apps_are_listed(run: Run) -> None:
    """Without any, the operator is told how to make one."""
    assert "gatepost app create" in run("app", "list").out
    assert run("app", "list", "--json").json == []
    run(*CREATE, "--bot", "spare")

    listed = run("app", "list", "--json").json

    assert [(app["slug"], app["bots"]) for app in listed] == [("tea", ["spare"])]
    assert "Tea [red] & Co." in run("app", "list").out


def test_set_changes_what_is_named_and_nothing_else(run: Run) -> None:
    """A repeatable option replaces the whole list; an empty --redirect removes it."""
    run(*CREATE, "--redirect", "https://tea.example.com/in")
    before = run("app", "show", "tea", "--json").json

    after = run(
        *("app", "set", "tea", "--slug", "teapot", "--origin", "https://a.example.com"),
        *("--origin", "https://*.b.example.com", "--redirect", "", "--bot", "spare", "--bot", "tg"),
        *("--no-wants-phone", "--disable", "--json"),
    ).json

    assert after == before | {
        "slug": "teapot",
        "origins": ["https://a.example.com", "https://*.b.example.com"],
        "redirect": None,
        "bots": ["spare", "tg"],
        "wants_phone": False,
        "enabled": False,
    }
    assert "disabled" in run("app", "list").out
    assert run("app", "set", "teapot", "--enable", "--json").json["enabled"] is True


def test_rotating_keys_gives_new_ones(run: Run) -> None:
    """In the same shape as creating the app did."""
    made = run(*CREATE, "--json").json

    rotated = run("app", "rotate-keys", "tea", "--json").json

    assert list(rotated) == list(made)
    assert rotated["app_id"] == made["app_id"]
    assert not {rotated[key] for key in rotated if key.endswith(("token", "key"))} & set(made.values())


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("app", "show", "coffee"), "APP_NOT_FOUND"),
        (CREATE, "APP_EXISTS"),
        (("app", "set", "tea", "--bot", "nobody"), "VALIDATION_ERROR"),
        (("app", "set", "tea", "--redirect", "https://evil.example.com"), "VALIDATION_ERROR"),
        (("permission", "list", "coffee"), "APP_NOT_FOUND"),
        (("permission", "add", "tea", "two words", "--title", "x"), "VALIDATION_ERROR"),
        (("permission", "remove", "tea", "news"), "PERMISSION_NOT_FOUND"),
        (("subscriber", "list", "coffee"), "APP_NOT_FOUND"),
        (("subscriber", "forget", "tea", "1"), "SUBSCRIBER_NOT_FOUND"),
    ],
)
def test_a_refusal_is_told_with_its_code(run: Run, arguments: tuple[str, ...], code: str) -> None:
    """Status 1, one line on stderr that begins with the stable code, and nothing on stdout for a script to read."""
    run(*CREATE)

    refused = run(*arguments)

    assert (refused.status, refused.out, refused.err.count("\n")) == (1, "", 1)
    assert refused.err.startswith(f"{code}: ")


@pytest.mark.parametrize(
    "arguments",
    [
        ("app", "create", "--name", "x"),
        ("app", "set", "tea"),
        ("permission", "add", "tea", "news"),
        ("subscriber", "list", "tea", "--channel", "pigeon"),
        ("subscriber", "list", "tea", "--limit", "0"),
        ("emulator", "--bot", "tg"),
        ("emulator", "--listen", "8090"),
        ("emulator", "--bot", "a:123456:same:one_bot", "--bot", "b:123457:other:one_bot"),
        ("demo", "--port", "65535"),
        ("subscriber", "show", "tea", "\udcff"),
        ("app", "show", "\udcff"),
        ("broadcasts", "cancel", "\udcff"),
        ("webhooks", "log", "tea", "--cursor", "\udcff"),
    ],
)
def test_what_is_not_understood_is_told(run: Run, arguments: tuple[str, ...]) -> None:
    """Status 2, as everywhere."""
    assert run(*arguments).status == 2


def test_keys_are_listed_and_rotated(run: Run) -> None:
    """The new key signs; the old one is kept to verify, unless one was stolen: then every key that ever signed goes."""
    assert "no signing key yet" in run("keys", "list").out
    run("keys", "rotate")
    first = run("keys", "list", "--json").json[0]["kid"]

    assert "retired" in run("keys", "rotate").out
    states = {key["kid"]: key["state"] for key in run("keys", "list", "--json").json}
    assert states.pop(first) == "retired"
    assert "active" in states.values()

    assert "deleted" in run("keys", "rotate", "--drop-old").out
    left = {key["kid"]: key["state"] for key in run("keys", "list", "--json").json}
    assert not [kid for kid, state in states.items() if state == "active" and kid in left]
    assert first not in left


def test_check_config_says_ok_and_shows_no_secret(run: Run, tmp_path: Path) -> None:
    """A summary to read over before the first start; it makes neither key nor database."""
    checked = run("check-config")

    assert checked.status == 0
    assert checked.out.startswith("OK\n")
    for word in ("http://localhost:8080", "gatepost.db", "gatepost.key, to be made", "bot spare"):
        assert word in checked.out
    assert "swordfish" not in checked.out
    assert [path.name for path in tmp_path.iterdir()] == ["gatepost.toml"]


@pytest.mark.parametrize("command", [("check-config",), ("serve",), ("app", "list"), ("keys", "list")])
def test_wrong_settings_are_all_told(run: Run, config: Path, command: tuple[str, ...]) -> None:
    """Status 78, and one line on stderr for each complaint, whatever the command."""
    config.write_text("[http]\npublic_url = 'x'\nlisten = 'y'\n[[bots]]\nmessenger = 'telegram'\ntoken = 'swordfish'\n")

    refused = run(*command)

    assert (refused.status, refused.out) == (78, "")
    assert {line.split(":")[0] for line in refused.err.splitlines()} == {
        "http.public_url",
        "http.listen",
        "bots[0].name",
        "bots[0].token",
    }
    assert "swordfish" not in refused.err


def test_ground_that_cannot_be_built_on_is_told(run: Run, config: Path, tmp_path: Path) -> None:
    """A missing folder and a damaged key file are told in words, together, before anything is opened."""
    config.write_text(SETTINGS.format(folder=tmp_path / "nowhere"))
    missing = run("check-config")
    config.write_text(SETTINGS.format(folder=tmp_path))
    (tmp_path / "gatepost.key").write_text("not a key")
    (tmp_path / "gatepost.db").mkdir()
    damaged = run("app", "list")

    assert missing.status == damaged.status == 78
    assert missing.err.startswith("storage.url: the folder")
    assert [line.split(":")[0] for line in damaged.err.splitlines()] == ["storage.url", "security.key_file"]


@pytest.mark.parametrize("command", [CREATE, ("serve",), ("check-config",)])
def test_another_master_key_is_told(run: Run, tmp_path: Path, command: tuple[str, ...]) -> None:
    """Nothing is kept under another key than the rest was: what was restored from two backups is noticed at once."""
    run("keys", "rotate")
    key = tmp_path / "gatepost.key"
    key.write_text("0a" * 32)

    refused = run(*command)

    assert (refused.status, refused.out) == (78, "")
    assert refused.err.startswith(f"security.key: the key in {key} is not the one that {tmp_path / 'gatepost.db'} was")
    assert "put that one back from your backup" in refused.err
    assert refused.err.count("\n") == 1


@pytest.mark.parametrize("first", [("keys", "rotate"), CREATE], ids=["sealed", "digests"])
@pytest.mark.parametrize("command", [CREATE, ("serve",), ("check-config",)])
def test_no_key_is_made_beside_a_database_without_its_key(
    run: Run, tmp_path: Path, command: tuple[str, ...], first: tuple[str, ...]
) -> None:
    """Faults 4.5: a restored database without its key file; the file to bring back is named, and none is made."""
    run(*first)
    key = tmp_path / "gatepost.key"
    key.unlink()

    refused = run(*command)

    assert (refused.status, refused.out) == (78, "")
    assert refused.err.startswith(f"security.key: {key} is not there, and what {tmp_path / 'gatepost.db'} holds was")
    assert "bring gatepost.key back from your backup" in refused.err
    assert refused.err.count("\n") == 1
    assert not key.exists()


def test_another_master_key_in_the_settings_is_told(run: Run, config: Path) -> None:
    """The operator is sent to the settings, not to a file that is not used."""
    run("keys", "rotate")
    config.write_text(f'{config.read_text()}\n[security]\nkey = "{"0a" * 32}"\n')

    refused = run("app", "list")

    assert refused.status == 78
    assert refused.err.startswith("security.key: the key in the settings is not the one")


@pytest.mark.parametrize("command", [("app", "list"), ("serve",)])
def test_a_database_that_does_not_open_is_told(run: Run, tmp_path: Path, command: tuple[str, ...]) -> None:
    """One line under storage.url, whatever the command; the file is left as it is."""
    database = tmp_path / "gatepost.db"
    database.write_text("milk, bread, " * 1000)

    refused = run(*command)

    assert (refused.status, refused.out) == (78, "")
    assert refused.err == f"storage.url: The database {database} cannot be used: file is not a database.\n"
    assert database.read_text().startswith("milk")


def test_help_is_there_for_every_command(run: Run) -> None:
    """And names the command and its settings file."""
    for command in (
        ("serve",),
        ("check-config",),
        ("app", "set"),
        ("keys", "rotate"),
        ("emulator",),
        ("subscriber", "list"),
    ):
        shown = run(*command, "--help")

        assert shown.status == 0
        assert "--config FILE" in shown.out


def test_serve_says_when_its_port_is_taken(run: Run, config: Path) -> None:
    """One sentence that names the setting, and no stack of errors."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        config.write_text(config.read_text().replace("127.0.0.1:0", f"127.0.0.1:{port}"))

        refused = run("serve")

    assert refused.status == 1
    last = refused.err.splitlines()[-1]
    assert last == f"Cannot listen on 127.0.0.1:{port}: Address already in use. Free it, or set http.listen to another."


def test_where_messages_go_first(run: Run) -> None:
    """By the order of the bots unless the operator says otherwise, and so again."""
    run(*CREATE)
    for option, expected, shown in (
        ("--last-successful-first", True, "where the last one arrived"),
        ("--no-last-successful-first", False, "by the first of the bots"),
    ):
        assert run("app", "set", "tea", option, "--json").json["last_successful_first"] is expected
        assert shown in run("app", "show", "tea").out


def test_which_logins_need_the_number(run: Run) -> None:
    """Faults 7.5: by name, or by the switch of before; what it opens is said where it is chosen."""
    run(*CREATE)
    for options, expected, shown in (
        (("--no-require-match",), "off", "asked when the page shows it"),
        (("--require-match",), "all", "always asked"),
        (("--match", "site"), "site", "asked for all logins that anybody can start"),
    ):
        assert run("app", "set", "tea", *options, "--json").json["match_policy"] == expected
        assert shown in run("app", "show", "tea").out
    assert run("app", "set", "tea", "--match", "never").err.startswith("VALIDATION_ERROR: match: must be one of")
    assert run("app", "set", "tea", "--match", "all", "--no-require-match").status == 2
    assert "can log in as them" in " ".join(run("app", "set", "--help").out.split())


def test_how_long_a_login_may_take(run: Run) -> None:
    """One to ten minutes in the site dialect, five to sixty in the project dialect."""
    run(*CREATE)
    shown = run("app", "set", "tea", "--login-minutes", "10", "--code-login-minutes", "60", "--json").json
    assert (shown["login_minutes"], shown["code_login_minutes"]) == (10, 60)
    for option, minutes in (("--login-minutes", 11), ("--code-login-minutes", 4), ("--code-login-minutes", 61)):
        refused = run("app", "set", "tea", option, str(minutes))
        assert refused.err.startswith(f"VALIDATION_ERROR: {option[2:].replace('-', '_')}: must be")


def test_the_version_is_told(run: Run) -> None:
    """Faults 6: in a form that scripts can cut."""
    told = run("--version")
    assert (told.status, told.out) == (0, f"gatepost {__version__}\n")


def test_one_origin_is_added_and_removed(run: Run) -> None:
    """Faults 6: beside replacing them all; one that is not there is told, and changes nothing."""
    run(*CREATE)
    before = run("app", "show", "tea", "--json").json["origins"]
    added = run("app", "set", "tea", "--add-origin", "https://a.example.com", "--add-origin", before[0], "--json")
    assert added.json["origins"] == [*before, "https://a.example.com"]
    removed = run("app", "set", "tea", "--remove-origin", "https://a.example.com", "--name", "Tea", "--json").json
    assert (removed["origins"], removed["name"]) == (before, "Tea")
    refused = run("app", "set", "tea", "--remove-origin", "https://b.example.com")
    assert refused.status == 2
    assert run("app", "show", "tea", "--json").json["origins"] == before


def test_the_untouched_example_is_fine_before_the_unit_ran(run: Run) -> None:
    """Faults 6: the folder that the systemd unit makes is nothing to complain of."""
    example = Path(daemon.__file__).parents[1] / "config" / "gatepost.example.toml"
    assert not preflight.UNIT_FOLDER.exists()
    told = run("check-config", "--config", str(example))
    assert (told.status, told.err) == (0, "")
