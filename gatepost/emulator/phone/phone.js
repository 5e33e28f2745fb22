// The phone: whose it is, which screen is open, and what a tap of a finger does.

import { ask, watchPhone } from "/phone/control.js";
import { attempt, question, toast } from "/phone/notices.js";
import { avatar, bubble, dress, element } from "/phone/bubbles.js";
import { MESSENGERS, clockTime, fullName, language, shownPhone, texts } from "/phone/texts.js";

const PERSON_KEY = "gatepost-emulator-person";
const at = (id) => document.getElementById(id);

let me = null;
let bots = [];
let chats = [];
let open = null; // {messenger, bot} of the chat on the screen
let drawn = new Map(); // message id -> {source, item} on the screen
let watching = new AbortController();

function words() {
  document.documentElement.lang = language;
  const labels = {
    caption: "caption", "list-title": "chats", "people-title": "people", "new-person-title": "newPerson",
    "label-first": "firstName", "label-last": "lastName", "label-phone": "phone", "label-language": "language",
    "make-person": "make", "close-people": "close", "contact-title": "whoseContact", "close-contact": "cancel",
    "no-chats": "noChats",
  };
  for (const [id, text] of Object.entries(labels)) at(id).textContent = texts[text];
  const names = {
    "open-people": "changePerson", back: "back", "open-menu": "menu", attach: "attach", send: "send",
    entry: "message", "link-input": "pasteLink", messages: "messages", scroll: "messages",
  };
  for (const [id, text] of Object.entries(names)) at(id).ariaLabel = texts[text];
  at("entry").placeholder = texts.message;
  at("link-input").placeholder = texts.pasteLink;
}

const isOpen = (chat) => open && chat.bot.toLowerCase() === open.bot.toLowerCase() && chat.messenger === open.messenger;

function openChat() {
  const known = chats.find(isOpen);
  if (known) return known;
  const bot = bots.find((each) => isOpen({ messenger: each.messenger, bot: each.username }));
  return {
    ...open, bot_name: bot?.first_name ?? open.bot, started: false, blocked: false, start_payload: null, action: "",
    messages: [], reply_keyboard: null,
  };
}

function act(verb, more = {}) {
  return attempt(() => ask(`${open.messenger}/${verb}`, { body: { person: me.id, bot: open.bot, ...more } }));
}

// The list of chats

function chatLine(chat) {
  const last = chat.messages.at(-1);
  const preview = last ? last.text ?? `☎ ${last.contact?.first_name ?? ""}` : texts.draft;
  const line = element("div", "chat-line",
    element("div", "", element("strong", "", chat.bot_name), element("time", "", last ? clockTime(last.date) : "")),
    element("div", "", element("span", "last", preview), element("span", "messenger", MESSENGERS[chat.messenger])));
  const button = element("button", "", avatar(chat.bot_name, chat.bot), line);
  button.type = "button";
  button.addEventListener("click", () => show({ messenger: chat.messenger, bot: chat.bot }));
  return element("li", "", button);
}

function drawList() {
  dress(at("me-avatar"), me.first_name, me.id);
  at("me-name").textContent = `${fullName(me)} · ${shownPhone(me.phone)}`;
  const fresh = bots
    .filter((bot) => !chats.some((chat) => chat.messenger === bot.messenger && chat.bot === bot.username))
    .map((bot) => ({ messenger: bot.messenger, bot: bot.username, bot_name: bot.first_name, messages: [] }));
  const newest = (chat) => chat.messages.at(-1)?.date ?? 0;
  const sorted = [...[...chats].sort((one, two) => newest(two) - newest(one)), ...fresh];
  at("chats").replaceChildren(...sorted.map(chatLine));
  at("no-chats").hidden = sorted.length > 0;
}

// One chat

function drawMessages(chat) {
  const scroll = at("scroll");
  const wasAtEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80;
  const seen = new Set();
  let before = null;
  for (const message of chat.messages) {
    seen.add(message.message_id);
    const source = JSON.stringify(message);
    const known = drawn.get(message.message_id);
    let item = known?.item;
    if (known?.source !== source) {
      const answered = chat.messages.find((each) => each.message_id === message.reply_to_message_id);
      item = bubble(message, answered, tap);
      if (known) known.item.replaceWith(item);
      else if (before) before.after(item);
      else at("messages").prepend(item);
      drawn.set(message.message_id, { source, item });
    }
    before = item;
  }
  for (const [id, { item }] of drawn) {
    if (seen.has(id)) continue;
    item.remove();
    drawn.delete(id);
  }
  if (wasAtEnd) scroll.scrollTop = scroll.scrollHeight;
}

function drawKeyboard(markup) {
  const keyboard = at("keyboard");
  keyboard.hidden = !markup;
  at("entry").placeholder = markup?.input_field_placeholder || texts.message;
  const source = JSON.stringify(markup);
  if (keyboard.dataset.source === source) return;
  keyboard.dataset.source = source;
  keyboard.replaceChildren(...(markup?.keyboard ?? []).map((row) =>
    element("div", "", ...row.map((key) => {
      const button = element("button", "", key.text);
      button.type = "button";
      button.addEventListener("click", () => (key.request_contact ? shareMine() : act("text", { text: key.text })));
      return button;
    }))));
}

function drawChat() {
  const chat = openChat();
  dress(at("chat-avatar"), chat.bot_name, chat.bot);
  at("chat-title").textContent = chat.bot_name;
  const quiet = `${texts.bot} · ${MESSENGERS[chat.messenger]}`;
  at("chat-state").textContent = chat.blocked ? texts.blocked : chat.action ? texts.typing : quiet;
  at("menu-block").textContent = chat.blocked ? texts.unblock : texts.block;
  const needsStart = !chat.started || chat.start_payload !== null;
  const canWrite = chat.started && !chat.blocked && !needsStart;
  at("start").hidden = canWrite;
  at("start").textContent = needsStart ? texts.start : texts.unblock;
  at("composer").hidden = !canWrite;
  drawMessages(chat);
  drawKeyboard(canWrite ? chat.reply_keyboard : null);
}

function show(which) {
  open = which;
  drawn = new Map();
  at("messages").replaceChildren();
  at("menu").hidden = at("toast").hidden = true;
  at("list-screen").hidden = Boolean(open);
  at("chat-screen").hidden = !open;
  if (open) {
    drawChat();
    at("scroll").scrollTop = at("scroll").scrollHeight;
    if (!at("start").hidden) at("start").focus();
  } else {
    drawList();
  }
}

async function tap(message, button, shown) {
  if (button.copy_text) {
    await attempt(() => navigator.clipboard.writeText(button.copy_text.text));
    toast(texts.copied);
    return;
  }
  if (!button.callback_data || shown.ariaBusy === "true") return;
  shown.ariaBusy = "true";
  const body = { message_id: message.message_id, button: button.text, data: button.callback_data, wait: 30 };
  const { answer } = (await act("tap", body)) ?? {};
  shown.ariaBusy = "false";
  if (answer?.text && answer.show_alert) await question(openChat().bot_name, answer.text, texts.ok);
  else if (answer?.text) toast(answer.text);
}

async function shareMine() {
  const text = texts.shareText(openChat().bot_name, shownPhone(me.phone));
  if (await question(texts.shareTitle, text, texts.share, texts.cancel)) await act("share_contact");
}

// Whose phone it is

function personLine(person, choose) {
  const text = element("span", "", person.id === me?.id ? texts.mine(fullName(person)) : fullName(person),
    element("small", "", shownPhone(person.phone)));
  const button = element("button", "", avatar(person.first_name, person.id), text);
  button.type = "button";
  button.ariaCurrent = String(person.id === me?.id);
  button.addEventListener("click", () => choose(person));
  return element("li", "", button);
}

async function fillPeople(list, choose) {
  const { people } = (await attempt(() => ask("people"))) ?? { people: [] };
  at(list).replaceChildren(...people.map((person) => personLine(person, choose)));
}

function become(person) {
  me = person;
  chats = [];
  localStorage.setItem(PERSON_KEY, String(person.id));
  watching.abort();
  watching = new AbortController();
  show(open);
  watchPhone(person.id, (state) => {
    ({ person: me, chats } = state);
    if (open) drawChat();
    else drawList();
  }, watching.signal);
}

async function choosePeople() {
  await fillPeople("people", (person) => {
    at("people-dialog").close();
    become(person);
  });
  at("people-dialog").showModal();
}

async function chooseContact() {
  await fillPeople("contacts", (person) => {
    at("contact-dialog").close();
    act("share_contact", { owner: person.id, attached: true });
  });
  at("contact-dialog").showModal();
}

async function firstPerson() {
  const { people } = await ask("people");
  const wanted = new URLSearchParams(location.search).get("person") ?? localStorage.getItem(PERSON_KEY);
  return people.find((person) => String(person.id) === wanted) ?? people[0] ?? ask("people", { body: texts.person });
}

async function follow(link) {
  const chat = await attempt(() => ask("telegram/open_link", { body: { person: me.id, link, press_start: false } }));
  if (!chat) return;
  chats = [...chats.filter((each) => each.messenger !== chat.messenger || each.bot !== chat.bot), chat];
  show({ messenger: chat.messenger, bot: chat.bot });
}

function hands() {
  at("open-people").addEventListener("click", choosePeople);
  at("back").addEventListener("click", () => show(null));
  at("attach").addEventListener("click", chooseContact);
  at("start").addEventListener("click", () => {
    const chat = openChat();
    act(chat.blocked && chat.start_payload === null ? "unblock" : "press_start");
  });
  at("open-menu").addEventListener("click", () => {
    at("menu").hidden = !at("menu").hidden;
    at("open-menu").ariaExpanded = String(!at("menu").hidden);
    if (!at("menu").hidden) at("menu-block").focus();
  });
  at("menu-block").addEventListener("click", () => {
    at("menu").hidden = true;
    act(openChat().blocked ? "unblock" : "block");
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("#menu, #open-menu")) at("menu").hidden = true;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !at("menu").hidden) {
      at("menu").hidden = true;
      at("open-menu").focus();
    }
  });
  at("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = at("entry").value.trim();
    at("entry").value = "";
    if (text) act("text", { text });
  });
  at("link-form").addEventListener("submit", (event) => {
    event.preventDefault();
    follow(at("link-input").value.trim());
    at("link-input").value = "";
  });
  at("person-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const person = await attempt(() => ask("people", { body: Object.fromEntries(new FormData(event.target)) }));
    if (!person) return;
    at("people-dialog").close();
    event.target.reset();
    become(person);
  });
}

async function begin() {
  words();
  hands();
  const tellTime = () => { at("status-time").textContent = clockTime(Date.now() / 1000); };
  tellTime();
  setInterval(tellTime, 15000);
  const person = await firstPerson();
  ({ bots } = await ask("bots"));
  become(person);
  const query = new URLSearchParams(location.search);
  if (!query.has("bot")) return;
  history.replaceState(null, "", "/phone");
  const payload = new URLSearchParams({ start: query.get("start") ?? "" });
  await follow(`https://t.me/${encodeURIComponent(query.get("bot"))}?${payload}`);
}

attempt(begin);
