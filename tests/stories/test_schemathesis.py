"""Schemathesis calls every operation of the description, with good data and with bad: no 500, no answer outside it.

One of its checks is ours (``described_codes``).
"""

import asyncio
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from core.sending.submission import PhoneRecipient
from tests.stories.backend import CALLBACK, Backend, move_in
from tests.stories.test_code_login import confirmed_code
from tests.stories.town import town

CHECKS = (
    "not_a_server_error,response_schema_conformance,status_code_conformance,content_type_conformance,described_codes"
)
LIMITS = {
    "logins_per_minute_per_address": 0,
    "logins_per_minute_per_app": 0,
    "misses_per_minute_per_address": 0,
    "requests_per_minute_per_project": 0,
    "messages_per_minute_per_app": 0,
    "waiting_polls": 0,
    "waiting_polls_per_address": 0,
}
TAGS = [f"tag{number}" for number in range(8)]
PLACES = {
    "apps": ["body.app_id"],
    "callbacks": ["body.redirect_uri"],
    "codes": ["body.code"],
    "messages": ["path.correlation_id"],
    "phones": ["body.recipient"],
    "permissions": ["path.key", "query.permission", "body.key", "body.permissions[*]"],
    "sessions": ["path.session_id", "query.session_id"],
    "subscribers": ["path.subscriber_id", "body.subscriber_id"],
    "endpoints": ["path.id", "query.endpoint"],
    "templates": ["body.template"],
    "tags": ["path.name", "query.tag", "body.name", "body.new_name", "body.tags[*]"],
}
"""Where schemathesis is to send what is there."""


async def test_whatever_it_sends(tmp_path: Path) -> None:
    """Half of the ids it sends are of something that is there: made-up ones alone would get no further than a 404."""
    async with town(tmp_path, limits=LIMITS) as here:
        await here.daemon.keepers.reached()
        backend = await move_in(here)
        settings = tmp_path / "schemathesis.toml"
        settings.write_text(dictionaries(await known(backend)))
        told, said = await run(
            tmp_path,
            f"--config-file={settings}",
            "run",
            f"{here.url}/openapi.json",
            f"--url={here.url}",
            f"--header=Authorization: Bearer {backend.secrets.api_key}",
            f"--header=X-Authorization: token {backend.secrets.message_api_token}",
            f"--checks={CHECKS}",
            "--mode=all",
            "--max-examples=30",
            "--generation-deterministic",
            "--request-timeout=60",  # a poll is held for ten seconds
            "--no-color",
        )
    assert told == 0, said
    assert "Failures" not in said


async def known(backend: Backend) -> dict[str, list[str]]:
    """Let something of everything be there, and return its ids.

    No login is pending: whoever polls one waits for ten seconds.
    """
    here = backend.town
    for tag in TAGS:
        await backend.post("/tags", {"name": tag})
    await backend.post("/permissions", {"key": "news", "title": "News"})
    await backend.post("/templates", {"key": "ready", "text": "Order {{number}} is ready"})
    codes = [await confirmed_code(backend, here.visitor()) for _ in range(2)]
    sessions = [(await here.log_in(here.visitor()))["session_id"] for _ in range(2)]
    sessions.append((await backend.post("/auth/session", {}))["session_id"])
    anna = here.visitor()
    await here.log_in(anna)
    message_id = await here.daemon.services.submission.to_phone(
        here.app.app_id, PhoneRecipient(f"+{anna.phone}"), "Hello"
    )
    endpoint = await backend.post("/webhooks", {"url": "https://hooks.invalid/"})
    event = {"event": "auth.completed"}
    _, told = await backend.ask("POST", "/test/simulate-event", event, key=backend.secrets.test_api_key)
    page = await backend.get("/subscribers")
    return {
        "apps": [here.app.app_id],
        "callbacks": [CALLBACK],
        "codes": codes,
        "endpoints": [endpoint["id"], *(each["id"] for each in told["deliveries"])],
        "messages": [message_id],
        "permissions": ["news"],
        "phones": [f"+{anna.phone}"],
        "sessions": sessions,
        "subscribers": [each["id"] for each in page["subscribers"]],
        "tags": TAGS,
        "templates": ["ready"],
    }


def dictionaries(known: Mapping[str, Sequence[str]]) -> str:
    """Return the settings by which schemathesis knows what is there."""
    lines = [f"dictionaries.{name}.values = {json.dumps(list(values))}" for name, values in known.items()]
    lines.append("[parameters]")
    for name, places in PLACES.items():
        lines += [f'"{place}" = {{ dictionary = "{name}", probability = 0.5 }}' for place in places]
    return "\n".join(lines)


async def run(folder: Path, *arguments: str) -> tuple[int, str]:
    """Run schemathesis beside us, from ``folder``, and return its exit status and what it said."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", *arguments),
        cwd=folder,
        env={**os.environ, "SCHEMATHESIS_HOOKS": "tests.stories.described_codes"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(900):
            said, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return await process.wait(), said.decode()
