"""Subscriptions without a login: permanent links, tags and permissions, leaving one by one or all at once."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.model.apps.project import Permission, Project, SenderSettings
from core.model.ids import AppId, BotName
from core.model.messages.message import Pressed
from core.model.people.person import MessengerName, Sender
from core.model.subscribers.subscriber import ALL_SUBSCRIBERS
from core.model.subscribers.subscription import Subscription
from tests.stories.backend import Backend, move_in
from tests.stories.handsets import Handset
from tests.stories.moved_clock import MovedClock
from tests.stories.town import Town, town
from tests.waiting import a_moment, patience

MESSENGERS = ("telegram", "max", "whatsapp")


@pytest.fixture
async def here(tmp_path: Path, clock: MovedClock) -> AsyncIterator[Town]:
    """Build a town with all three messengers."""
    async with town(tmp_path, clock, messengers=MESSENGERS) as built:
        await built.daemon.keepers.reached()
        yield built


@pytest.fixture
async def backend(here: Town) -> Backend:
    """Return the server of a project with a tag and two permissions."""
    backend = await move_in(here)
    await furnish(here, here.app.app_id)
    return backend


async def furnish(here: Town, app_id: AppId, **sender: object) -> None:
    """Give an app a tag, permissions and texts of its own."""
    permissions = (Permission("news", "News"), Permission("orders", "Orders", required=True))
    texts = SenderSettings(**sender)  # type: ignore[arg-type]
    project = Project(app_id=app_id, tags=("vip", "a" * 60), permissions=permissions, sender=texts)
    await here.daemon.services.store.write(lambda unit: unit.apps.put_project(project))


async def subscriptions_of(here: Town, app_id: AppId) -> list[Subscription]:
    """Return who is subscribed to an app."""
    page = await here.daemon.services.store.read(
        lambda unit: unit.subscriptions.list_page(app_id, ALL_SUBSCRIBERS, 50, 0)
    )
    return [subscription for subscription, _ in page]


async def test_following_a_link_subscribes(backend: Backend, handset: Handset, clock: MovedClock) -> None:
    """One step, and the bot says who may write now; the link's tag and permission come with it, once more too."""
    here, anna = backend.town, backend.town.visitor()
    links = await backend.get("/subscribe-link?permission=news&tag=vip")
    said = await handset.open(anna, links[f"{handset.messenger}_link"])
    assert "Teapot & Co. (shop.example.com) may write to you here from now on" in said.text
    (subscription,) = await subscriptions_of(here, here.app.app_id)
    assert (subscription.tags, subscription.permissions) == (("vip",), ("orders", "news"))

    clock.ahead += timedelta(minutes=2)
    plain = await backend.get("/subscribe-link")
    if handset.messenger != "whatsapp":  # where each answer costs money, nobody is told what they know
        assert "already" in (await handset.open(anna, plain[f"{handset.messenger}_link"])).text
    assert await subscriptions_of(here, here.app.app_id) == [subscription]


async def test_a_link_that_is_too_long_is_cut_short(backend: Backend) -> None:
    """A tag of sixty letters does not fit a start payload; a token stands for it, and brings it."""
    here, handset = backend.town, backend.town.handset("telegram")
    links = await backend.get(f"/subscribe-link?permission=news&tag={'a' * 60}")
    assert len(links["telegram_link"].partition("start=")[2]) <= 64
    await handset.open(here.visitor(), links["telegram_link"])
    (subscription,) = await subscriptions_of(here, here.app.app_id)
    assert subscription.tags == ("a" * 60,)


@pytest.mark.parametrize("query", ["tag=nobody", "permission=nobody", "tag=a_b", "tag=", "permission=%00"])
async def test_a_link_to_what_there_is_not(backend: Backend, query: str) -> None:
    """What a link should bring must exist."""
    assert await backend.refused("GET", f"/subscribe-link?{query}") == (400, "validation_failed")


async def test_an_app_speaks_for_itself(backend: Backend, handset: Handset) -> None:
    """Its own welcome and farewell, in the person's language, where it wrote them and did not switch them off."""
    here, anna = backend.town, backend.town.visitor()
    texts = {"subscribe_message": {"ru": "Привет", "en": "Welcome!"}, "unsubscribe_message": {"en": "Bye!"}}
    await furnish(here, here.app.app_id, **texts)
    links = await backend.get("/subscribe-link")
    said = (await handset.open(anna, links[f"{handset.messenger}_link"])).text
    assert said == "Welcome!\n\n— Teapot & Co. (shop.example.com) · /subscriptions to leave"
    assert (await handset.say(anna, "/stop")).text == "Bye!"
    await furnish(here, here.app.app_id, **texts, subscribe_message_enabled=False)
    assert "Teapot & Co." in (await handset.open(anna, links[f"{handset.messenger}_link"])).text


async def test_leaving_one_by_one(backend: Backend, handset: Handset) -> None:
    """``/subscriptions`` lists who may write, with a button each; the others stay."""
    here, anna = backend.town, backend.town.visitor()
    apps = here.daemon.services.apps
    other = replace(apps.draft("books", "Books"), callbacks=here.app.callbacks, origins=here.app.origins)
    books = Backend(here, await apps.create(other))
    for server in (backend, books):
        await handset.open(anna, (await server.get("/subscribe-link"))[f"{handset.messenger}_link"])
    listed = await handset.say(anna, "/subscriptions")
    assert "Teapot & Co." in listed.text
    assert handset.labels(anna) == ["✖ Teapot & Co.", "✖ Books"]
    before = handset.chat(anna).last_from_bot
    handset.app.tap(anna, handset.bot, "✖ Books")
    assert "Books (shop.example.com) will not write" in (await handset.next_message(anna, before)).text
    assert await subscriptions_of(here, other.app_id) == []
    assert len(await subscriptions_of(here, here.app.app_id)) == 1
    await handset.say(anna, "/stop")
    assert await subscriptions_of(here, here.app.app_id) == []
    assert "No website" in (await handset.say(anna, "/subscriptions")).text


async def test_who_comes_back_is_the_same_subscriber(backend: Backend, handset: Handset) -> None:
    """Left, and subscribed again by logging in: the same id, tags kept, permissions given anew."""
    here, anna = backend.town, backend.town.visitor()
    link = (await backend.get("/subscribe-link?permission=news&tag=vip"))[f"{handset.messenger}_link"]
    await handset.open(anna, link)
    (before,) = await subscriptions_of(here, here.app.app_id)
    await handset.say(anna, "/stop")
    await handset.open(anna, (await backend.get("/auth/link"))[f"{handset.messenger}_link"])
    await handset.tap(anna, "Log in")
    (after,) = await subscriptions_of(here, here.app.app_id)
    assert after.subscription_id == before.subscription_id
    assert (after.tags, after.permissions) == (("vip",), ("orders",))


async def test_blocking_the_bot_unsubscribes_and_erases_the_name(backend: Backend) -> None:
    """The app cannot write any more, and what it was told of the name is gone."""
    here, anna, handset = backend.town, backend.town.visitor(), backend.town.handset("telegram")
    await handset.open(anna, (await backend.get("/subscribe-link"))["telegram_link"])
    (subscription,) = await subscriptions_of(here, here.app.app_id)
    assert subscription.names is not None
    here.telegram.block(anna, handset.bot)
    async with patience():
        while await subscriptions_of(here, here.app.app_id):
            await a_moment()
    ended = await here.daemon.services.store.read(lambda unit: unit.subscriptions.by_id(subscription.subscription_id))
    assert ended is not None
    assert (ended.names, ended.permissions) == (None, ())


async def test_a_name_that_a_site_made_up_stands_beside_its_address(backend: Backend) -> None:
    """T29: whatever a site calls itself, people are told where it is at home, in its welcome and in their list."""
    here, anna, handset = backend.town, backend.town.visitor(), backend.town.handset("telegram")
    await backend.put("/sender", {"sender_name": "Telegram Support"})
    said = await handset.open(anna, (await backend.get("/subscribe-link"))["telegram_link"])
    assert "Telegram Support (shop.example.com) may write" in said.text
    listed = await handset.say(anna, "/subscriptions")
    assert "Telegram Support (shop.example.com)" in listed.text
    assert handset.labels(anna) == ["✖ Telegram Support"]
    assert len(await subscriptions_of(here, here.app.app_id)) == 1


async def test_leaving_counts_hours_later(backend: Backend) -> None:
    """A button to leave that is heard of only now still counts, like ``/stop``."""
    here, anna, handset = backend.town, backend.town.visitor(), backend.town.handset("telegram")
    await handset.open(anna, (await backend.get("/subscribe-link"))["telegram_link"])
    sender = Sender(
        bot=BotName("tg"),
        messenger=MessengerName.TELEGRAM,
        user_id=str(anna.id),
        chat=str(anna.id),
        first_name="Anna",
        at=here.daemon.services.clock.now() - timedelta(hours=2),
    )
    messenger = here.daemon.keepers.messenger(BotName("tg"))
    assert messenger is not None
    late = Pressed(sender, f"u:{here.app.app_id}", "1", None)
    await here.daemon.services.conversation.hear(messenger, late)
    assert await subscriptions_of(here, here.app.app_id) == []


async def test_whatsapp_speaks_the_language_of_its_link(backend: Backend) -> None:
    """A link that was asked for in Russian prepares a Russian text, and is answered in Russian."""
    anna, handset = backend.town.visitor(), backend.town.handset("whatsapp")
    links = await backend.get("/subscribe-link?lang=ru")
    assert "может писать вам сюда" in (await handset.open(anna, links["whatsapp_link"])).text
    boris = backend.town.visitor(first_name="Boris")
    asks = await handset.open(boris, (await backend.get("/auth/link?lang=ru"))["whatsapp_link"])
    assert "Войти на сайт" in asks.text
    clara = backend.town.visitor(first_name="Clara")
    session = await backend.post("/auth/session", {"lang": "ru"})
    assert "Войти на сайт" in (await handset.open(clara, session["whatsapp_link"])).text


async def test_a_permanent_link_ends_with_a_word(backend: Backend) -> None:
    """Where messages cost money too: nothing but the bot tells how such a login ended."""
    anna, handset = backend.town.visitor(), backend.town.handset("whatsapp")
    await handset.open(anna, (await backend.get("/auth/link"))["whatsapp_link"])
    before = handset.chat(anna).last_from_bot
    handset.app.tap(anna, handset.bot, "Cancel")
    assert "cancelled" in (await handset.next_message(anna, before)).text
    await handset.say(anna, "/lang")
    before = handset.chat(anna).last_from_bot
    handset.app.tap(anna, handset.bot, "Русский")
    assert "по-русски" in (await handset.next_message(anna, before)).text
