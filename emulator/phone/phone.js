// The phone: which screen is open, and what a tap of a finger does outside the messages.

import { clearChat, drawChat, focusNext, forgetEntry, keepEntry, sendEntry } from "/phone/chat.js";
import { ask, watchPhone } from "/phone/control.js";
import { drawList } from "/phone/list.js";
import { linkIn, messengerOf } from "/phone/messengers.js";
import { attempt } from "/phone/notices.js";
import { choosePerson, firstPerson, makePerson, rememberPerson } from "/phone/people.js";
import { act, at, keyOf, openChat, phone } from "/phone/state.js";
import { clockTime, language, texts } from "/phone/texts.js";

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

function redraw() {
  if (phone.open) drawChat();
  else drawList(show);
}

function show(which) {
  phone.open = which;
  clearChat();
  at("menu").hidden = at("toast").hidden = true;
  at("list-screen").hidden = Boolean(which);
  at("chat-screen").hidden = !which;
  at("phone").dataset.messenger = which?.messenger ?? "";
  redraw();
  if (which) focusNext();
}

function become(person) {
  phone.me = person;
  phone.chats = [];
  rememberPerson(person);
  watching.abort();
  watching = new AbortController();
  show(phone.open);
  watchPhone(person.id, (state) => {
    phone.me = state.person;
    phone.chats = state.chats;
    redraw();
  }, watching.signal);
}

async function follow(link) {
  if (!phone.me) return;
  const messenger = messengerOf(link);
  const body = { person: phone.me.id, link, press_start: false };
  const chat = await attempt(() => ask(`${messenger}/open_link`, { body }));
  if (!chat) return;
  forgetEntry(chat);
  phone.chats = [...phone.chats.filter((each) => keyOf(each) !== keyOf(chat)), chat];
  show({ messenger: chat.messenger, bot: chat.bot });
}

function listHands() {
  at("open-people").addEventListener("click", () => choosePerson("people", become));
  at("link-form").addEventListener("submit", (event) => {
    event.preventDefault();
    const link = at("link-input").value.trim();
    at("link-input").value = "";
    ready.then(() => follow(link));
  });
  at("person-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    const person = await makePerson(event.target);
    if (!person) return;
    at("people-dialog").close();
    event.target.reset();
    become(person);
  });
}

function menuHands() {
  const open = (isOpen) => {
    at("menu").hidden = !isOpen;
    at("open-menu").ariaExpanded = String(isOpen);
  };
  at("open-menu").addEventListener("click", () => {
    open(at("menu").hidden);
    if (!at("menu").hidden) at("menu-block").focus();
  });
  at("menu-block").addEventListener("click", () => {
    open(false);
    act(openChat().blocked ? "unblock" : "block");
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest("#menu, #open-menu")) open(false);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || at("menu").hidden) return;
    open(false);
    at("open-menu").focus();
  });
}

function chatHands() {
  at("back").addEventListener("click", () => show(null));
  at("attach").addEventListener("click", () => {
    choosePerson("contacts", (person) => act("share_contact", { owner: person.id, attached: true }));
  });
  at("start").addEventListener("click", () => {
    const chat = openChat();
    const isOnlyBlocked = chat.blocked && chat.start_payload === null;
    act(isOnlyBlocked ? "unblock" : "press_start");
  });
  at("entry").addEventListener("input", keepEntry);
  at("entry").addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    at("composer").requestSubmit();
  });
  at("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    sendEntry();
  });
}

async function begin() {
  words();
  listHands();
  menuHands();
  chatHands();
  const tellTime = () => { at("status-time").textContent = clockTime(Date.now() / 1000); };
  tellTime();
  setInterval(tellTime, 15000);
  const person = await firstPerson();
  ({ bots: phone.bots } = await ask("bots"));
  become(person);
}

async function followAddress() {
  const link = linkIn(new URLSearchParams(location.search));
  if (!link) return;
  history.replaceState(null, "", "/phone");
  await follow(link);
}

const ready = attempt(begin);
ready.then(followAddress);
