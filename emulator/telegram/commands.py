"""The Bot API's methods about the list of commands a bot shows, by scope and language."""

import json
import re
from typing import Final

from emulator.telegram.errors import bad_request
from emulator.telegram.model import Bot
from emulator.telegram.parameters import Parameters
from emulator.telegram.platform import Telegram

_COMMAND: Final = re.compile(r"[a-z0-9_]{1,32}")
_LANGUAGE: Final = re.compile(r"([a-z]{2})?")
_MOST: Final = 100
_DESCRIPTION_LIMIT: Final = 256


def set_my_commands(_telegram: Telegram, bot: Bot, parameters: Parameters) -> object:
    """Set the commands of one scope and language."""
    commands = parameters.decoded("commands", "list of bot commands")
    if not isinstance(commands, list):
        raise bad_request("expected an Array of BotCommand")
    if len(commands) > _MOST:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    bot.commands[_place(parameters)] = [_checked(command) for command in commands]
    return True


def get_my_commands(_telegram: Telegram, bot: Bot, parameters: Parameters) -> object:
    """List the commands of one scope and language."""
    return bot.commands.get(_place(parameters), [])


def delete_my_commands(_telegram: Telegram, bot: Bot, parameters: Parameters) -> object:
    """Forget the commands of one scope and language."""
    bot.commands.pop(_place(parameters), None)
    return True


def _place(parameters: Parameters) -> tuple[str, str]:
    scope = parameters.decoded("scope", "bot command scope") or {"type": "default"}
    if not isinstance(scope, dict) or not isinstance(scope.get("type"), str):
        raise bad_request("can't parse BotCommandScope: BotCommandScope must be an Object")
    language = parameters.text("language_code")
    if not _LANGUAGE.fullmatch(language):
        raise bad_request("BOT_COMMAND_LANG_CODE_INVALID")
    return json.dumps(scope, sort_keys=True), language


def _checked(command: object) -> dict[str, str]:
    if not isinstance(command, dict):
        raise bad_request("can't parse BotCommand: BotCommand must be an Object")
    name = str(command.get("command", "")).removeprefix("/")
    description = str(command.get("description", ""))
    if not _COMMAND.fullmatch(name):
        raise bad_request("BOT_COMMAND_INVALID")
    if not 1 <= len(description) <= _DESCRIPTION_LIMIT:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": name, "description": description}
