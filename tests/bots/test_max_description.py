"""Every call we make to MAX is one that the vendor's schema allows.

The schema is somebody else's file and no part of this project: it is used where it is at hand, as
``$GATEPOST_SPECS/max/max-bot-api-0.0.32.json``, by default in ``shared/specs`` beside the checkout. Where the live
service is known to differ from it, the service counts (``AS_IT_IS``, ``description``).
"""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest
from jsonschema import Draft202012Validator

from bots.max.bodies import changed_message, new_message
from core.model.messages.message import Choice, Media, MediaKind, Message, UrlButton
from core.model.text.text import Entity, EntityKind
from emulator import Fault
from emulator.calls import Call
from tests.bots.test_max_heard import EVERY_KIND, message_callback
from tests.stories.test_bot_api_description import SPECS
from tests.stories.town import Town, town
from tests.waiting import a_moment, patience

Json = dict[str, Any]

AS_IT_IS: Final[dict[str, list[str]]] = {
    "NewMessageBody": [],
    "User": ["user_id", "first_name", "is_bot"],
    "MessageBody": ["mid", "seq"],
    "Recipient": ["chat_type"],
}
"""What is really required."""
GONE: Final = (("get", "/chats"), ("get", "/chats/{chatLink}"), ("post", "/chats/{chatId}/members"))
LINK: Final = UrlButton("Shop", "https://shop.example.com/")
_ROOT: Final = "#/components/schemas/"


@pytest.fixture(scope="module")
def description() -> Json:
    """Return the schema, corrected by what is known of the service."""
    file = SPECS / "max" / "max-bot-api-0.0.32.json"
    if not file.exists():
        pytest.skip("MAX's schema is not at hand; set GATEPOST_SPECS")
    api: Json = json.loads(file.read_text())
    schemas, paths = api["components"]["schemas"], api["paths"]
    for name, required in AS_IT_IS.items():
        schemas[name]["required"] = required
    schemas["ChatType"]["enum"] = ["dialog", "chat", "channel"]
    schemas["MessageCallbackUpdate"]["allOf"][1]["required"] = ["callback"]
    opens_app = schemas["OpenAppButton"]["allOf"][1]
    opens_app["required"] = ["web_app"]
    opens_app["properties"]["payload"] |= {"pattern": r"^[\w-]*$", "maxLength": 512}
    for kind in ("comment_created", "comment_edited", "comment_removed", "bot_admin_permissions_changed"):
        schemas["Update"]["discriminator"]["mapping"][kind] = f"{_ROOT}BotStoppedUpdate"
    rows = schemas["InlineKeyboardAttachmentRequestPayload"]["properties"]["buttons"]
    rows |= {"minItems": 1, "maxItems": 30}
    rows["items"] |= {"minItems": 1, "maxItems": 7}
    for verb, path in GONE:
        del paths[path][verb]
    preview = {"name": "disable_link_preview", "in": "query", "schema": {"type": "boolean"}}
    paths["/answers"]["post"]["parameters"].append(preview)
    api["security"] = [{"Authorization": []}]
    return api


def as_json_schema(api: Json) -> Json:
    """Return the document's schemas as JSON Schema, each with a discriminator beside the union it stands for."""
    schemas: Json = api["components"]["schemas"]
    unions = {name for name, schema in schemas.items() if "discriminator" in schema}
    made = {name: _converted(schema, unions) for name, schema in schemas.items()}
    for name in unions:
        told = schemas[name]["discriminator"]
        kinds = {kind: found["$ref"] if isinstance(found, dict) else found for kind, found in told["mapping"].items()}
        made[f"Any{name}"] = {
            "oneOf": [
                {"allOf": [{"$ref": found}, {"properties": {told["propertyName"]: {"const": kind}}}]}
                for kind, found in kinds.items()
            ],
            "required": [told["propertyName"]],
        }
    return {"components": {"schemas": made}}


def _converted(schema: Any, unions: set[str], *, is_variant: bool = False) -> Any:  # noqa: ANN401 - any JSON
    """Convert one schema; a variant names its bare parent, everything else the union."""
    if isinstance(schema, list):
        return [_converted(each, unions, is_variant=is_variant) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(_ROOT)
        return {"$ref": f"{_ROOT}{'' if is_variant or name not in unions else 'Any'}{name}"}
    told = {name: part for name, part in schema.items() if name not in {"discriminator", "nullable", "example"}}
    if not isinstance(told.get("required", []), list):
        del told["required"]
    properties = {name: _converted(part, unions) for name, part in told.pop("properties", {}).items()}
    is_variant_here = "allOf" in told and "type" not in told and not schema.get("nullable")
    parts = {
        name: _converted(part, unions, is_variant=name == "allOf" and is_variant_here and _is_parent(part, unions))
        for name, part in told.items()
    }
    made = {**parts, **({"properties": properties, "type": "object"} if properties else {})}
    return {"anyOf": [{"type": "null"}, made]} if schema.get("nullable") else made


def _is_parent(parts: list[Json], unions: set[str]) -> bool:
    return any(part.get("$ref", "").removeprefix(_ROOT) in unions for part in parts)


def complaints(api: Json, name: str, body: object) -> list[str]:
    """Return what is wrong with a body that should be of this schema."""
    schema = {**as_json_schema(api), "$ref": f"{_ROOT}{name}"}
    return [error.message for error in Draft202012Validator(schema).iter_errors(body)]


def complaints_about(api: Json, call: Call) -> list[str]:
    """Return what is wrong with a call: its query and its body."""
    verb, path = call.method.lower().split(" ")
    method = api["paths"][path][verb]
    known = {each["name"]: each["schema"] for each in method.get("parameters", []) if each["in"] == "query"}
    required = {each["name"] for each in method.get("parameters", []) if each.get("required")}
    query, body = call.parameters["query"], call.parameters["body"]
    wrong = [f"unknown parameter {name}" for name in query if name not in known]
    wrong += [f"{name} is missing" for name in required if name not in query]
    wrong += [f"{name}: {value!r}" for name, value in query.items() if name in known and not _fits(known[name], value)]
    content = method.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if content is None:
        return wrong if body is None else [*wrong, "a body where there is none"]
    return wrong + complaints(api, content["$ref"].removeprefix(_ROOT), body)


def _fits(schema: Json, value: str) -> bool:
    """Tell whether a query's text is of a schema; lists are written with commas."""
    schema = {name: part for name, part in schema.items() if name != "nullable"}
    match schema.get("type"):
        case "array":
            told: object = value.split(",")
        case "string":
            told = value
        case _:
            told = json.loads(value)
    return Draft202012Validator(schema).is_valid(told)


@pytest.fixture(params=["webhook", "polling"])
async def here(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Town]:
    """Build a town with a MAX bot only, in each of its two ways."""
    async with town(tmp_path, messengers=("max",), bot={"updates": request.param}) as built:
        await built.daemon.keepers.reached()
        yield built


async def test_every_call_is_valid_by_the_schema(here: Town, description: Json) -> None:
    """All that happens in a bot's life: contact and numbers, plain questions, commands, a late edit, a stop."""
    anna, handset = here.visitor(), here.handset("max")
    for match in (True, False):
        session = await here.create(match=match)
        await handset.ask(anna, session["links"]["max"])
        await handset.tap(anna, str(session.get("match_number", "Log in")))
    for text in ("/lang", "/stop", "hello"):
        await handset.say(anna, text)
    here.telegram.add_fault(Fault("status", status=400, description="too late"), method="POST /answers")
    session = await here.create()
    question = await handset.ask(anna, session["links"]["max"])
    handset.app.tap(anna, handset.bot, "Not me")
    async with patience():
        while question.inline_keyboard:
            await a_moment()
    calls = here.telegram.calls(messenger="max")
    assert {call.method for call in calls} >= {
        "GET /me", "GET /subscriptions", "POST /messages", "PUT /messages", "POST /answers",
    }  # fmt: skip
    assert {call.method for call in calls} & {"POST /subscriptions", "GET /updates"}
    for call in calls:
        assert not complaints_about(description, call), call
    assert [call.status for call in calls if call.status != 200] == [400]


@pytest.mark.parametrize(
    "message",
    [
        Message(text="<&>\" 'hello'"),
        Message(text="Log in?", choices=((Choice("17", "y:1:17"), Choice("42", "y:1:42")), (Choice("No", "n:1"),))),
        Message(text="Done.", url_button=UrlButton("Back", "https://shop.example.com/")),
        Message(text="Your phone?", ask_contact="Share"),
        Message(text="Thanks", contact_done=True),
        Message(text="b", entities=(Entity(EntityKind.BOLD, 0, 1),), choices=((Choice("Yes", "y"), LINK), (LINK,))),
        Message(text="&" * 4000, media=Media(MediaKind.PHOTO, "https://shop.example.com/a.jpg"), choices=((LINK,),)),
        Message(text="", media=Media(MediaKind.PHOTO, "https://shop.example.com/a.jpg")),
        Message(text="x" * 4000, media=Media(MediaKind.DOCUMENT, "https://shop.example.com/a.pdf")),
    ],
)
def test_every_message_is_valid_by_the_schema(message: Message, description: Json) -> None:
    """Whatever the core can say, new, in another's place, or in the answer to a tap."""
    assert not complaints(description, "NewMessageBody", new_message(message))
    assert not complaints(description, "NewMessageBody", changed_message(message))
    assert not complaints(description, "CallbackAnswer", {"notification": "Done", "message": changed_message(message)})


def keyboard(*buttons: Json) -> Json:
    """Return a body with one row of buttons."""
    return {"text": "?", "attachments": [{"type": "inline_keyboard", "payload": {"buttons": [list(buttons)]}}]}


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("NewMessageBody", {"text": "a" * 4001}),
        ("NewMessageBody", {"text": 7}),
        ("NewMessageBody", {"text": "?", "format": "plain"}),
        ("NewMessageBody", {"text": "?", "attachments": [{"type": "something_new"}]}),
        ("NewMessageBody", {"text": "?", "attachments": [{"type": "inline_keyboard"}]}),
        ("NewMessageBody", keyboard()),
        ("NewMessageBody", keyboard({"type": "callback", "text": "Yes"})),
        ("NewMessageBody", keyboard({"type": "callback", "text": "Yes", "payload": "a" * 1025})),
        ("NewMessageBody", keyboard({"type": "something_new", "text": "Yes"})),
        ("NewMessageBody", keyboard({"type": "link", "text": "Back"})),
        ("NewMessageBody", keyboard({"type": "request_contact"})),
        ("NewMessageBody", keyboard({"type": "request_contact", "text": ""})),
        ("NewMessageBody", keyboard({"type": "open_app", "text": "Open"})),
        ("NewMessageBody", keyboard(*[{"type": "callback", "text": "Yes", "payload": "y"}] * 8)),
        ("CallbackAnswer", {"notification": 7}),
        ("CallbackAnswer", {"message": {"text": "a" * 4001}}),
        ("SubscriptionRequestBody", {"url": "https://id.example.com/", "secret": "ab"}),
        ("SubscriptionRequestBody", {"url": "https://id.example.com/", "secret": "with space"}),
        ("SubscriptionRequestBody", {"secret": "long-enough"}),
    ],
    ids=str,
)
def test_the_schema_refuses_what_is_wrong(name: str, body: Json, description: Json) -> None:
    """What these tests lean on can say no."""
    assert complaints(description, name, body)


def test_the_schema_knows_the_updates_we_are_made_for(description: Json) -> None:
    """What ``test_max_heard`` makes up is what MAX sends, by its own word."""
    for update in (*EVERY_KIND, message_callback(None)):
        assert not complaints(description, "AnyUpdate", update), update
    assert complaints(description, "AnyUpdate", {"update_type": "something_new", "timestamp": 1})
    assert complaints(description, "AnyUpdate", {"update_type": "bot_started", "timestamp": 1})
