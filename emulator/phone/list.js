// The first screen: the chats of all messengers, the newest above, then the bots nobody wrote to yet.

import { avatar, dress, element } from "/phone/bubbles.js";
import { MESSENGERS, mark, wordsOf } from "/phone/messengers.js";
import { at, keyOf, needsStart, phone, untouched } from "/phone/state.js";
import { clockTime, fullName, shownPhone } from "/phone/texts.js";

function preview(chat) {
  const own = wordsOf(chat.messenger);
  if (chat.draft) return `${own.draft}: ${chat.draft}`;
  const last = chat.messages.at(-1);
  if (last) return last.text ?? `☎ ${last.contact?.first_name ?? ""}`;
  return needsStart(chat) ? own.pressStart : own.write;
}

function chatLine(chat, show) {
  const last = chat.messages.at(-1);
  const line = element("div", "chat-line",
    element("div", "", element("strong", "", chat.bot_name), element("time", "", last ? clockTime(last.date) : "")),
    element("div", "", element("span", "last", preview(chat)),
      element("span", "messenger", MESSENGERS[chat.messenger].name)));
  const face = element("span", "face", avatar(chat.bot_name, chat.bot), mark(chat.messenger));
  const button = element("button", "", face, line);
  button.type = "button";
  button.dataset.chat = keyOf(chat);
  button.addEventListener("click", () => show({ messenger: chat.messenger, bot: chat.bot }));
  return element("li", "", button);
}

export function drawList(show) {
  const { me, bots, chats } = phone;
  dress(at("me-avatar"), me.first_name, me.id);
  at("me-name").textContent = `${fullName(me)} · ${shownPhone(me.phone)}`;
  const known = new Set(chats.map(keyOf));
  const fresh = bots
    .map((bot) => untouched({ messenger: bot.messenger, bot: bot.username, bot_name: bot.first_name }))
    .filter((chat) => !known.has(keyOf(chat)));
  const newest = (chat) => chat.messages.at(-1)?.date ?? 0;
  const sorted = [...[...chats].sort((one, two) => newest(two) - newest(one)), ...fresh];
  const focused = document.activeElement?.dataset.chat;
  at("chats").replaceChildren(...sorted.map((chat) => chatLine(chat, show)));
  if (focused) [...at("chats").querySelectorAll("button")].find((each) => each.dataset.chat === focused)?.focus();
  at("no-chats").hidden = sorted.length > 0;
}
